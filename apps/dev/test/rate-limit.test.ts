import { assert, it } from "@effect/vitest"
import { ApiKeys, basePath } from "@salesos/api"
import { Ports } from "@salesos/test-servers"
import { Effect, Option, Schema } from "effect"
import { request } from "./support/Api.ts"
import * as World from "./support/World.ts"

const limit = 1000

const decodeKey = Schema.decodeUnknownEffect(Schema.fromJsonString(ApiKeys.CreatedApiKey))

it.live(
  "of the requests that two processes get in an hour exactly as many are let in as the key has, and each is told apart",
  () =>
    Effect.gen(function* () {
      const world = yield* World.make
      const port = String(yield* Ports.freePort)
      yield* Effect.all([world.http, world.httpWith({ PORT: port })], { concurrency: 2 })
      const urls = [world.url, `http://127.0.0.1:${port}`]

      const exhaust = Effect.fnUntraced(function* (round: number) {
        const made = yield* world.api.post("/api-keys", `limited-${round}`, {
          name: "limited",
          scopes: ["payments:read"],
          rate_limit_per_hour: limit
        })
        const { key } = yield* decodeKey(Option.getOrThrow(made).text)
        // More to the one process than to the other, as a load balancer may.
        const answers = yield* Effect.forEach(
          Array.from({ length: limit + 120 }, (_, each) => urls[each % 3 === 0 ? 0 : 1]),
          (url) => request(`${url}${basePath}/invoices`, { headers: { authorization: `Bearer ${key}` } }),
          { concurrency: 24 }
        )
        const told = answers.map(Option.getOrThrow)
        const resets = told.map(({ headers }) => Number(headers.get("ratelimit-reset")))
        return { told, turned: Math.max(...resets) - Math.min(...resets) > 1800 }
      })
      // The hour may turn meanwhile, then all begins again with another key; it does not turn twice.
      const first = yield* exhaust(1)
      const { told } = first.turned ? yield* exhaust(2) : first

      const letIn = told.filter(({ status }) => status === 200)
      assert.lengthOf(letIn, limit)
      assert.lengthOf(
        told.filter(({ status }) => status === 429),
        120
      )
      const remaining = letIn.map(({ headers }) => Number(headers.get("ratelimit-remaining")))
      assert.deepEqual(
        remaining.toSorted((a, b) => a - b),
        Array.from({ length: limit }, (_, each) => each)
      )
    }),
  120_000
)
