import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { load } from "../src/Config.ts"

const loaded = (env: Record<string, string>) =>
  Effect.provideService(load, ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))

describe("where the API listens", () => {
  it.effect("is this machine only, unless it is told otherwise", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* loaded({}), { host: "127.0.0.1", port: 8080, trustedProxies: [] })
      assert.deepEqual(yield* loaded({ HOST: "0.0.0.0", PORT: "80" }), {
        host: "0.0.0.0",
        port: 80,
        trustedProxies: []
      })
    })
  )

  it.effect("may be behind proxies, which are named by address or range", () =>
    Effect.gen(function* () {
      const { trustedProxies } = yield* loaded({ TRUSTED_PROXIES: "10.0.0.0/8, 2001:db8::1,," })
      assert.deepEqual(trustedProxies, ["10.0.0.0/8", "2001:db8::1"])
      assert.deepEqual((yield* loaded({ TRUSTED_PROXIES: "" })).trustedProxies, [])
    })
  )

  it.effect.each([
    ["PORT", "eighty"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["TRUSTED_PROXIES", "10.0.0.0/33"],
    ["TRUSTED_PROXIES", "10.0.0.0/8,proxy.example"]
  ] as const)("cannot be %s=%s, which is said by name", ([name, value]) =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(loaded({ [name]: value }))
      assert.match(message, new RegExp(`^${name}: [^\\n]+$`))
      assert.notInclude(message, value)
    })
  )
})
