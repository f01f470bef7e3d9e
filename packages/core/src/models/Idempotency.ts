/**
 * Idempotency: one key, one operation. The rules of what a repeated key means, apart from where records are kept.
 */
import { Schema } from "effect"
import { canonical } from "../values/Json.ts"

/** What a client sends in `Idempotency-Key`: 1 to 255 visible ASCII characters. */
export const IdempotencyKey = Schema.String.check(
  Schema.isPattern(/^[\x21-\x7e]{1,255}$/, {
    message: "Expected 1 to 255 visible ASCII characters",
    code: "invalid_idempotency_key"
  })
).pipe(Schema.brand("IdempotencyKey"))
export type IdempotencyKey = typeof IdempotencyKey.Type

/** What makes two requests the same: method, path and body in canonical form. A store may keep a digest of it. */
export const Fingerprint = Schema.String.pipe(Schema.brand("Fingerprint"))
export type Fingerprint = typeof Fingerprint.Type

export const fingerprint = (method: string, path: string, body: unknown): Fingerprint =>
  Fingerprint.make(canonical([method, path, body]))

/** A keyed request. */
export interface Keyed {
  readonly key: IdempotencyKey
  readonly fingerprint: Fingerprint
}

/** The answer of an operation that ended with 2xx: the status and the exact body. */
export interface StoredResponse {
  readonly status: number
  readonly body: string
}

/** The right to take the next step of an operation, until a time of the store's clock, told apart from other holders by its token. */
export interface Lease {
  readonly token: number
}

/** A key's record, as far as the decision needs it. */
export interface Found {
  readonly sameFingerprint: boolean
  readonly response: StoredResponse | null
  /** Seconds until the lease of the operation runs out; 0 or less when nobody holds it. */
  readonly leaseSeconds: number
}

export type Decision =
  | { readonly _tag: "Reused" }
  | { readonly _tag: "Replay"; readonly response: StoredResponse }
  | { readonly _tag: "InProgress"; readonly retryAfterSeconds: number }
  | { readonly _tag: "Resume" }

/** What a request with a known key gets. */
export const decide = (found: Found): Decision => {
  if (!found.sameFingerprint) return { _tag: "Reused" }
  if (found.response !== null) return { _tag: "Replay", response: found.response }
  if (found.leaseSeconds > 0) return { _tag: "InProgress", retryAfterSeconds: Math.ceil(found.leaseSeconds) }
  return { _tag: "Resume" }
}
