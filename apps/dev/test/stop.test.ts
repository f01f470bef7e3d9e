/** Stopping the API while it works: what runs is finished, and nothing new is taken. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import { randomUUID } from "node:crypto"
import { asInvoice, invoice, request } from "./support/Api.ts"
import { eventually } from "./support/Waiting.ts"
import * as World from "./support/World.ts"

describe("SIGTERM", () => {
  it.live(
    "lets a creation that is under way answer, while new connections are refused",
    () =>
      Effect.gen(function* () {
        const { api, httpWith, simulator, url } = yield* World.make
        const http = yield* httpWith({})
        yield* simulator.set({ holdCreateAnswers: true })
        const running = yield* Effect.forkChild(api.create(randomUUID(), invoice(12398)))
        yield* eventually("the charge", simulator.charges, (charges) => charges.length === 1)
        const stopped = yield* Effect.forkChild(http.stop("SIGTERM"))
        yield* eventually("refusal", request(`${url}/healthz`), Option.isNone)
        assert.isFalse(http.hasEnded())
        yield* simulator.heal
        const answer = asInvoice(yield* Fiber.join(running))
        assert.deepInclude(Option.getOrThrow(answer), { status: "open", confirmed: true })
        assert.isNull((yield* Fiber.join(stopped)).signal)
        // What was answered was also written: another process replays it.
        yield* httpWith({})
        assert.deepEqual(yield* api.invoices, Option.toArray(answer))
      }),
    5 * 60_000
  )
})
