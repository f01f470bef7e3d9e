/**
 * Secrets at rest: AES-256-GCM under a key from the environment. Several keys may be given while one replaces another:
 * the first encrypts, all decrypt.
 */
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"

export class UnusableKey extends Schema.TaggedError<UnusableKey>()("UnusableKey", { message: Schema.String }) {}

const nonceBytes = 12
const tagBytes = 16
const idBytes = 4

/** Tells keys apart in what they encrypted. */
const idOf = (key: Buffer): Buffer => createHash("sha256").update(key).digest().subarray(0, idBytes)

/** The size of a key. */
export const keyBytes = 32

/** A new key, as the environment variable takes it. */
export const generateKey = (): string => randomBytes(keyBytes).toString("base64")

export class Vault extends Context.Service<
  Vault,
  {
    /** Encrypts text; `place` says whose it is, and the same must be given to decrypt it. */
    readonly encrypt: (text: string, place: string) => Uint8Array
    readonly decrypt: (sealed: Uint8Array, place: string) => Redacted.Redacted
    /** What everything begins with that the first key has encrypted, in hex. Says nothing about the key. */
    readonly currentKey: string
  }
>()("@salesos/store-postgres/Vault") {
  /** `keys`: base64 of 32 bytes each, separated by commas. Fails with `UnusableKey`. */
  static readonly layer = (keys: Redacted.Redacted) =>
    Layer.effect(
      Vault,
      Effect.gen(function* () {
        const all = Redacted.value(keys)
          .split(",")
          .map((text) => Buffer.from(text.trim(), "base64"))
        const [current] = all
        if (current === undefined || all.some((key) => key.length !== keyBytes)) {
          return yield* new UnusableKey({
            message: `Expected base64 of ${keyBytes} bytes, several separated by commas`
          })
        }
        return Vault.of({
          currentKey: idOf(current).toString("hex"),
          encrypt: (text, place) => {
            const nonce = randomBytes(nonceBytes)
            const cipher = createCipheriv("aes-256-gcm", current, nonce).setAAD(Buffer.from(place))
            const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
            return Buffer.concat([idOf(current), nonce, cipher.getAuthTag(), sealed])
          },
          decrypt: (sealed, place) => {
            const bytes = Buffer.from(sealed)
            const key = all.find((each) => idOf(each).equals(bytes.subarray(0, idBytes)))
            if (key === undefined) throw new Error(`No encryption key for ${place}`)
            const nonce = bytes.subarray(idBytes, idBytes + nonceBytes)
            const tag = bytes.subarray(idBytes + nonceBytes, idBytes + nonceBytes + tagBytes)
            const cipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(place)).setAuthTag(tag)
            const text =
              cipher.update(bytes.subarray(idBytes + nonceBytes + tagBytes), undefined, "utf8") + cipher.final("utf8")
            return Redacted.make(text)
          }
        })
      })
    )
}
