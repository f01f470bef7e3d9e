import { assert, describe, it } from "@effect/vitest"
import { Vault } from "@salesos/store-postgres"
import { Effect, Redacted } from "effect"

const keys = [Vault.generateKey(), Vault.generateKey()]
const withKeys = (...these: ReadonlyArray<string>) => Vault.Vault.layer(Redacted.make(these.join(",")))

const sealed = Effect.gen(function* () {
  return (yield* Vault.Vault).encrypt("secret", "account/a")
}).pipe(Effect.provide(withKeys(keys[0]!)))

const open = (bytes: Uint8Array, place: string) =>
  Effect.gen(function* () {
    const vault = yield* Vault.Vault
    return yield* Effect.try({
      try: () => Redacted.value(vault.decrypt(bytes, place)),
      catch: () => "refused" as const
    })
  })

describe("secrets at rest", () => {
  it.effect("are read back with the key that sealed them, also while another replaces it", () =>
    Effect.gen(function* () {
      const bytes = yield* sealed
      assert.notInclude(Buffer.from(bytes).toString("latin1"), "secret")
      for (const these of [[keys[0]!], [keys[1]!, keys[0]!]]) {
        assert.strictEqual(yield* open(bytes, "account/a").pipe(Effect.provide(withKeys(...these))), "secret")
      }
    })
  )

  it.effect("can't be read with another key, in another place, or with one bit changed", () =>
    Effect.gen(function* () {
      const bytes = yield* sealed
      const broken = bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte))
      const refused = (sealedBytes: Uint8Array, place: string, key: string) =>
        open(sealedBytes, place).pipe(Effect.flip, Effect.provide(withKeys(key)))
      assert.strictEqual(yield* refused(bytes, "account/a", keys[1]!), "refused")
      assert.strictEqual(yield* refused(bytes, "account/b", keys[0]!), "refused")
      assert.strictEqual(yield* refused(broken, "account/a", keys[0]!), "refused")
    })
  )

  it.effect("need a key of 32 bytes", () =>
    Effect.gen(function* () {
      for (const wrong of ["", "c2hvcnQ=", `${keys[0]!},c2hvcnQ=`]) {
        const error = yield* Effect.flip(Effect.provide(Effect.void, withKeys(wrong)))
        assert.strictEqual(error._tag, "UnusableKey")
      }
    })
  )
})
