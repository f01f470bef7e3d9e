/**
 * API keys: what a tenant's programs come in with. A key belongs to one owner, and its secret says to which world.
 */
import { DateTime, Schema } from "effect"
import * as FieldError from "../values/FieldError.ts"
import type { ApiKeyId } from "../values/Ids.ts"
import { between } from "../values/Integer.ts"
import { contain, IpRange } from "../values/IpRange.ts"
import { Text } from "../values/Text.ts"
import type { Environment, Owner } from "./Owner.ts"
import { Time } from "./RequestFields.ts"

/** What a key may do: create and cancel, read, or manage. */
export const Scope = Schema.Literals(["payments:write", "payments:read", "payments:admin"])
export type Scope = typeof Scope.Type

/** How many requests a key has each hour unless it is told otherwise, and at most. */
export const defaultRateLimit = 1000
export const maximumRateLimit = 100_000

/** What is asked for when a key is created. */
export const ApiKeyRequest = Schema.Struct({
  name: Text(255),
  scopes: Schema.Array(Scope).check(
    Schema.isMinLength(1, { message: "Expected at least one scope", code: "invalid_length" }),
    Schema.makeFilter((scopes) => new Set(scopes).size === scopes.length, {
      message: "Expected each scope once",
      code: "duplicate"
    })
  ),
  rate_limit_per_hour: Schema.optionalKey(
    between(1, maximumRateLimit, { message: `Expected 1 to ${maximumRateLimit}`, code: "invalid_rate_limit" })
  ),
  ip_allowlist: Schema.optionalKey(
    Schema.Array(IpRange).check(
      Schema.isMinLength(1, {
        message: "Expected at least one range; leave it out to allow all",
        code: "invalid_length"
      }),
      Schema.isMaxLength(100, { message: "Expected at most 100 ranges", code: "invalid_length" })
    )
  ),
  expires_at: Schema.optionalKey(Time)
})
export type ApiKeyRequest = typeof ApiKeyRequest.Type

/** Reads a request from unknown input. Fails with `ValidationError`, every failing field listed by its path. */
export const decode = FieldError.decode(ApiKeyRequest)

/** A key as it is kept: its secret is not in it. */
export interface ApiKey {
  readonly id: ApiKeyId
  readonly name: string
  readonly scopes: ReadonlyArray<Scope>
  /** Requests each fixed hour (UTC). */
  readonly rateLimitPerHour: number
  /** Where it may be used from; null for anywhere. */
  readonly ipAllowlist: ReadonlyArray<IpRange> | null
  readonly expiresAt: DateTime.Utc | null
  readonly createdAt: DateTime.Utc
  readonly revokedAt: DateTime.Utc | null
}

/** A key with whose it is. */
export interface OwnedKey {
  readonly owner: Owner
  readonly key: ApiKey
}

/** What the secrets of a world begin with. */
export const secretPrefix = (environment: Environment): string => (environment === "live" ? "sk_live_" : "sk_test_")

/** Whether a text may be a secret at all. */
export const isSecret = (text: string): boolean => /^sk_(live|test)_[\x21-\x7e]{16,200}$/.test(text)

/** Whether a key is in force: neither revoked nor expired. */
export const isInForce = ({ expiresAt, revokedAt }: ApiKey, now: DateTime.Utc): boolean =>
  revokedAt === null && (expiresAt === null || DateTime.isGreaterThan(expiresAt, now))

/** Whether a key may be used from an address; where one is asked for, a caller without a known address may not. */
export const allows = ({ ipAllowlist }: ApiKey, address: string | null): boolean =>
  ipAllowlist === null || (address !== null && contain(ipAllowlist, address))
