import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as ClientAddress from "../src/ClientAddress.ts"
import { Gateway, newKey, tenant } from "./support/Gateway.ts"
import type * as Http from "./support/Http.ts"
import { expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const options = { excludeTestServices: true, timeout: "1 minute" } as const

const told = ({ headers }: Http.Answer) =>
  ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"].map((name) => Number(headers[name]))

layer(Gateway.layer, options)("a limited API key", (it) => {
  it.effect("says with every answer what is left of its hour, and is refused when that is nothing", () =>
    Effect.gen(function* () {
      const { call, limitedKey } = yield* tenant()
      // The hour may turn in between: then all is told again with another key.
      yield* Effect.gen(function* () {
        const { key } = yield* limitedKey({ rate_limit_per_hour: 5 })
        const answers = [
          yield* call("GET", "/invoices", { key }),
          yield* call("GET", "/invoices/inv_404", { key }),
          yield* call("GET", "/invoices?limit=0", { key }),
          yield* call("POST", "/invoices", { key, body: Samples.invoice() }),
          yield* call("POST", "/invoices", { key, idempotencyKey: null, body: Samples.invoice() })
        ]
        const refused = yield* call("GET", "/invoices", { key })
        return { answers, refused, key }
      }).pipe(
        Effect.repeat({
          until: ({ answers, refused }) =>
            [...answers, refused].every(
              (each, place, all) => place === 0 || told(each)[2]! <= told(all[place - 1]!)[2]!
            )
        }),
        Effect.tap(({ answers, key, refused }) =>
          Effect.gen(function* () {
            assert.deepEqual(
              answers.map(({ status }) => status),
              [200, 404, 422, 201, 400]
            )
            assert.deepEqual(
              answers.map((each) => told(each).slice(0, 2)),
              [4, 3, 2, 1, 0].map((left) => [5, left])
            )
            yield* expectProblem(refused, "rate_limited")
            const [limit, remaining, reset = 0] = told(refused)
            assert.deepEqual([limit, remaining], [5, 0])
            assert.isTrue(reset >= 1 && reset <= 3600)
            assert.strictEqual(refused.headers["retry-after"], String(reset))
            // Another key of the same tenant has an hour of its own.
            assert.strictEqual((yield* call("GET", "/invoices")).status, 200)
            const unknown = yield* call("GET", "/invoices", { key: `${key}x` })
            yield* expectProblem(unknown, "unauthorized")
            assert.isFalse("ratelimit-limit" in unknown.headers)
          })
        )
      )
    })
  )
})

describe("where a request comes from", () => {
  const from = (remote: string | null, forwarded: string | null, trusted: ReadonlyArray<string> = []) =>
    ClientAddress.of(
      {
        headers: forwarded === null ? {} : { "x-forwarded-for": forwarded },
        remoteAddress: Option.fromNullOr(remote)
      } as Parameters<typeof ClientAddress.of>[0],
      trusted
    )
  const proxies = ["10.0.0.0/8", "2001:db8::/32"]

  it.each<[string, string | null, Parameters<typeof from>]>([
    ["the socket's other end", "192.0.2.1", ["192.0.2.1", null]],
    ["IPv4, also on a socket of IPv6", "192.0.2.1", ["::ffff:192.0.2.1", null]],
    ["IPv6 without its zone", "fe80::1", ["fe80::1%eth0", null]],
    ["not what a client says", "192.0.2.1", ["192.0.2.1", "203.0.113.9"]],
    ["not what somebody says who is no trusted proxy", "192.0.2.1", ["192.0.2.1", "203.0.113.9", proxies]],
    ["what a trusted proxy says", "203.0.113.9", ["10.1.2.3", "203.0.113.9", proxies]],
    ["also one that is called by IPv6", "203.0.113.9", ["::ffff:10.1.2.3", "203.0.113.9", proxies]],
    ["not what the client told the proxy", "203.0.113.9", ["10.1.2.3", "8.8.8.8, 203.0.113.9", proxies]],
    [
      "what the first of several proxies says",
      "203.0.113.9",
      ["10.1.2.3", "8.8.8.8,203.0.113.9, 2001:db8::7", proxies]
    ],
    ["the proxy itself where it names nobody", "10.1.2.3", ["10.1.2.3", null, proxies]],
    ["the farthest of them where all are proxies", "10.9.9.9", ["10.1.2.3", "10.9.9.9, 10.8.8.8", proxies]],
    ["unknown where the proxy names no address", null, ["10.1.2.3", "unknown", proxies]],
    ["unknown where there is no socket", null, [null, null]]
  ])("is %s", (_, expected, given) => {
    assert.strictEqual(from(...given), expected)
  })
})

layer(Gateway.layer, options)("an API key with an allowlist", (it) => {
  it.effect("is refused from elsewhere, without using up its hour, and whatever the client says of itself", () =>
    Effect.gen(function* () {
      const { call, gateway, limitedKey } = yield* tenant()
      const inside = yield* limitedKey({ ip_allowlist: ["10.0.0.0/8", "127.0.0.0/8", "::1"] })
      assert.strictEqual((yield* call("GET", "/invoices", { key: inside.key })).status, 200)
      const outside = yield* limitedKey({ ip_allowlist: ["203.0.113.0/24"] })
      const before = yield* gateway.rows
      for (const headers of [{}, { "x-forwarded-for": "203.0.113.9" }]) {
        const answer = yield* call("POST", "/invoices", { key: outside.key, headers, body: Samples.invoice() })
        yield* expectProblem(answer, "ip_not_allowed")
        assert.isFalse("ratelimit-limit" in answer.headers)
      }
      assert.deepEqual(yield* gateway.rows, before)
      const counted = yield* gateway.sql`select 1 from api_key_usage where key = ${outside.id}`
      assert.lengthOf(counted, 0)
    })
  )
})

const behindProxy = Gateway.layer.pipe(Layer.provide(Layer.succeed(ClientAddress.TrustedProxies, ["127.0.0.1"])))

layer(behindProxy, options)("an API key with an allowlist, behind a trusted proxy", (it) => {
  it.effect("is let in by the address that the proxy names", () =>
    Effect.gen(function* () {
      const { call, limitedKey } = yield* tenant()
      const { key } = yield* limitedKey({ ip_allowlist: ["203.0.113.0/24"] })
      const comingFrom = (address: string) =>
        call("GET", "/invoices", { key, headers: { "x-forwarded-for": address }, idempotencyKey: newKey() })
      assert.strictEqual((yield* comingFrom("203.0.113.9")).status, 200)
      assert.strictEqual((yield* comingFrom("::ffff:203.0.113.9")).status, 200)
      yield* expectProblem(yield* comingFrom("203.0.114.9"), "ip_not_allowed")
      yield* expectProblem(yield* comingFrom("203.0.113.9, 8.8.8.8"), "ip_not_allowed")
      yield* expectProblem(yield* comingFrom("unknown"), "ip_not_allowed")
    })
  )
})
