/**
 * Verifies what arrives at a webhook endpoint, before it is believed.
 *
 * A delivery is signed in the header `X-Pay-Signature: t=<unix seconds>,v1=<hex>`, where `v1` is the HMAC-SHA256 of
 * `<t>.<raw body>`, keyed with the UTF-8 bytes of the endpoint's secret as it was shown. While a secret is being rotated
 * there are two `v1`, one of each secret. Needs nothing but WebCrypto, so it runs in Node, Bun, Deno and at the edge.
 */
import { Clock, Data, Effect, Schema } from "effect"

/** The header with the signature, in the case in which servers show it. */
export const signatureHeader = "x-pay-signature"

/** How far the time of a signature may be from now, in seconds, before and after. */
export const defaultTolerance = 300

/** A delivered event. Fields that this version does not know are left out; new types of events may appear any time. */
export const Event = Schema.Struct({
  /** The same on every delivery of the event: remember it to do things once. */
  id: Schema.String,
  /** Such as `invoice.paid`. */
  type: Schema.String,
  /** ISO 8601, UTC. */
  created_at: Schema.String,
  /** False in the sandbox. */
  livemode: Schema.Boolean,
  /** The resource as GET returned it at the time. Of two events on it, the one with the later `updated_at` is newer. */
  data: Schema.Struct({ object: Schema.Record(Schema.String, Schema.Unknown) })
})
export interface Event extends Schema.Schema.Type<typeof Event> {}

/** Why something was refused. Only `no_match` means that somebody else, or another secret, may have signed it. */
export type Reason =
  | "missing_secret"
  | "missing_header"
  | "malformed_header"
  | "payload_not_raw"
  | "no_match"
  | "too_old"
  | "too_new"
  | "malformed_event"

/** A delivery that is not to be believed: answer 400. The message never contains a secret or a signature. */
export class WebhookError extends Data.TaggedError("WebhookError")<{
  readonly reason: Reason
  readonly message: string
}> {}

const refuse = (reason: Reason, message: string) => new WebhookError({ reason, message })

export interface VerifyOptions {
  /** The body exactly as received: text or bytes, never parsed and printed again. */
  readonly payload: string | Uint8Array | ArrayBuffer
  /** The value of `X-Pay-Signature`. */
  readonly header: string | null | undefined
  /** The endpoint's secret, or several of which one must match while you rotate it. */
  readonly secret: string | ReadonlyArray<string>
  /** In seconds, {@link defaultTolerance} when left out. */
  readonly tolerance?: number
  /** The time to compare with, now when left out. */
  readonly now?: Date
}

export interface SignOptions {
  readonly payload: string | Uint8Array | ArrayBuffer
  /** Several give several signatures, as during a rotation. */
  readonly secret: string | ReadonlyArray<string>
  /** The time in the signature, now when left out. */
  readonly now?: Date
}

/**
 * Checks the signature and the age of a delivery, and reads its event. Fails with {@link WebhookError}; an event that is
 * returned was signed with one of the secrets.
 */
export const verifyEffect = Effect.fnUntraced(function* (
  options: VerifyOptions
): Effect.fn.Return<Event, WebhookError> {
  const secrets = yield* secretsOf(options.secret)
  const body = yield* bytesOf(options.payload)
  const { signatures, timestamp } = yield* parse(options.header)
  const signed = signedBytes(timestamp, body)
  if (!(yield* matches(signed, signatures, secrets))) {
    return yield* refuse(
      "no_match",
      "No signature in the header matches. Check that the secret is this endpoint's, and that the body is as received"
    )
  }
  const tolerance = options.tolerance ?? defaultTolerance
  const age = (yield* unixSeconds(options.now)) - Number(timestamp)
  // Written so that a tolerance or a time that is not a number refuses everything.
  if (!(age <= tolerance)) return yield* refuse("too_old", `Signed ${age} seconds ago, more than ${tolerance}`)
  if (!(age >= -tolerance)) return yield* refuse("too_new", `Signed ${-age} seconds from now, more than ${tolerance}`)
  return yield* Effect.mapError(decodeEvent(new TextDecoder().decode(body)), () =>
    refuse("malformed_event", "The signature is right, but the body is not an event")
  )
})

/** Like {@link verifyEffect}, as a promise that rejects with {@link WebhookError}. */
export const verify = (options: VerifyOptions): Promise<Event> => Effect.runPromise(verifyEffect(options))

/** The header that the gateway would send with a body: for tests of your own handler. Fails without a secret. */
export const signEffect = Effect.fnUntraced(function* (options: SignOptions): Effect.fn.Return<string, WebhookError> {
  const secrets = yield* secretsOf(options.secret)
  const timestamp = String(yield* unixSeconds(options.now))
  const signed = signedBytes(timestamp, yield* bytesOf(options.payload))
  const tags = yield* Effect.forEach(secrets, (secret) =>
    Effect.promise(async () => new Uint8Array(await crypto.subtle.sign("HMAC", await keyOf(secret), signed)))
  )
  return [`t=${timestamp}`, ...tags.map((tag) => `v1=${hexOf(tag)}`)].join(",")
})

/** Like {@link signEffect}, as a promise. */
export const sign = (options: SignOptions): Promise<string> => Effect.runPromise(signEffect(options))

const decodeEvent = Schema.decodeEffect(Schema.fromJsonString(Event))

const utf8 = new TextEncoder()

// An unset variable arrives as an empty or missing secret, and anyone can sign with that.
const secretsOf = (secret: VerifyOptions["secret"]): Effect.Effect<ReadonlyArray<string>, WebhookError> => {
  const secrets = typeof secret === "string" ? [secret] : secret
  return Array.isArray(secrets) &&
    secrets.length > 0 &&
    secrets.every((each) => typeof each === "string" && each !== "")
    ? Effect.succeed(secrets)
    : Effect.fail(refuse("missing_secret", "A secret is missing or empty"))
}

// Checked at run time too: frameworks like to parse JSON before a handler sees it.
const bytesOf = (payload: VerifyOptions["payload"]): Effect.Effect<Uint8Array<ArrayBuffer>, WebhookError> => {
  if (typeof payload === "string") return Effect.succeed(utf8.encode(payload))
  return payload instanceof Uint8Array || payload instanceof ArrayBuffer
    ? Effect.succeed(new Uint8Array(payload))
    : Effect.fail(
        refuse("payload_not_raw", "The payload must be the raw body, as text or bytes: parsed JSON can't be verified")
      )
}

interface Parsed {
  /** As it stands in the header, since this very text was signed. */
  readonly timestamp: string
  readonly signatures: ReadonlyArray<Uint8Array<ArrayBuffer>>
}

const parse = (header: VerifyOptions["header"]): Effect.Effect<Parsed, WebhookError> => {
  if (typeof header !== "string" || header === "") {
    return Effect.fail(refuse("missing_header", `The header ${signatureHeader} is missing`))
  }
  const items = header.split(",")
  const timestamps = items.flatMap((item) => /^t=(\d{1,12})$/.exec(item)?.[1] ?? [])
  const signatures = items.flatMap((item) => /^v1=([0-9a-f]{64})$/.exec(item)?.[1] ?? [])
  const [timestamp] = timestamps
  // Items of other names are skipped: a second kind of signature may be added some day.
  return timestamp === undefined || timestamps.length > 1 || signatures.length === 0
    ? Effect.fail(refuse("malformed_header", `The header ${signatureHeader} is not of the form t=<unix>,v1=<hex>`))
    : Effect.succeed({ timestamp, signatures: signatures.map(bytesOfHex) })
}

const signedBytes = (timestamp: string, body: Uint8Array): Uint8Array<ArrayBuffer> => {
  const prefix = utf8.encode(`${timestamp}.`)
  const signed = new Uint8Array(prefix.length + body.length)
  signed.set(prefix)
  signed.set(body, prefix.length)
  return signed
}

const bytesOfHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: hex.length / 2 }, (_, index) => parseInt(hex.slice(index * 2, index * 2 + 2), 16))

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const keyOf = (secret: string): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", utf8.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"])

/** Whether any signature is of any secret. `crypto.subtle.verify` compares in constant time. */
const matches = (
  signed: Uint8Array<ArrayBuffer>,
  signatures: Parsed["signatures"],
  secrets: ReadonlyArray<string>
): Effect.Effect<boolean> =>
  Effect.promise(async () => {
    for (const secret of secrets) {
      const key = await keyOf(secret)
      for (const signature of signatures) {
        if (await crypto.subtle.verify("HMAC", key, signature, signed)) return true
      }
    }
    return false
  })

const unixSeconds = (now: Date | undefined): Effect.Effect<number> =>
  Effect.map(now === undefined ? Clock.currentTimeMillis : Effect.succeed(now.getTime()), (millis) =>
    Math.floor(millis / 1000)
  )
