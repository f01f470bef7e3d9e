/**
 * The signature of a callback: `SmartFastPay-Signature: t=<ms>,v1=<hex>`, where `v1` is the HMAC-SHA256 of `t`, a dot and
 * the body as it came, with a secret of the merchant's that is not the one for tokens.
 */
import { Effect, Result } from "effect"
import { Mac } from "effect/crypto"
import { Hex } from "effect/encoding"

const header = "smartfastpay-signature"

/** The parts of the header, whatever its name's letters; none where it is missing or of another form. */
const partsOf = (headers: Readonly<Record<string, string | undefined>>) => {
  const value = Object.entries(headers).find(([name]) => name.toLowerCase() === header)?.[1] ?? ""
  const parts = new Map(
    value.split(",").map((part): readonly [string, string] => {
      const [name = "", ...rest] = part.trim().split("=")
      return [name, rest.join("=")]
    })
  )
  const time = parts.get("t") ?? ""
  const tag = Hex.decode(parts.get("v1") ?? "")
  return /^\d{1,16}$/.test(time) && Result.isSuccess(tag) ? { time, tag: tag.success } : undefined
}

/**
 * Whether the body was signed with the secret. How long ago does not matter: a callback that is sent again can but make us
 * read once more.
 */
export const isGenuine = Effect.fnUntraced(function* (
  mac: Mac.Mac["Service"],
  secret: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: Uint8Array
): Effect.fn.Return<boolean> {
  const parts = partsOf(headers)
  if (parts === undefined) return false
  const encoder = new TextEncoder()
  const prefix = encoder.encode(`${parts.time}.`)
  const signed = new Uint8Array(prefix.length + body.length)
  signed.set(prefix)
  signed.set(body, prefix.length)
  return yield* Mac.key(Mac.hmacSha256, encoder.encode(secret)).pipe(
    Effect.flatMap((key) => mac.verify(key, parts.tag, signed)),
    Effect.orElseSucceed(() => false)
  )
})
