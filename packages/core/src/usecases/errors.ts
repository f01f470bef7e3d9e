/** What a use case may answer besides success. Each is one problem of the public API. */
import { Schema } from "effect"

/** There is no such resource, or it is another owner's: the two are not told apart. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { message: Schema.String }) {}

/** There is no such API key, or it is not in force. */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", {}) {}

/** The API key may not be used from this address. */
export class IpNotAllowed extends Schema.TaggedError<IpNotAllowed>()("IpNotAllowed", {}) {}

/** The API key's requests of this hour are used up. */
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", {
  limit: Schema.Int,
  remaining: Schema.Int,
  /** Until the hour is over. */
  resetSeconds: Schema.Int
}) {}

/** An API key can't grant what it may not do itself. */
export class ScopeNotHeld extends Schema.TaggedError<ScopeNotHeld>()("ScopeNotHeld", { scope: Schema.String }) {}

/** The key was used before with another method, path or body. */
export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()("IdempotencyKeyReused", {}) {}

/** The same request is being carried out right now, or its holder died a moment ago. */
export class IdempotencyInProgress extends Schema.TaggedError<IdempotencyInProgress>()("IdempotencyInProgress", {
  retryAfterSeconds: Schema.Int
}) {}

/** Another operation on the same resource is being carried out, or one is in doubt and has to be resolved first. */
export class OperationInProgress extends Schema.TaggedError<OperationInProgress>()("OperationInProgress", {
  retryAfterSeconds: Schema.Int
}) {}

/** The resource is in a state in which this can't be done. */
export class InvalidState extends Schema.TaggedError<InvalidState>()("InvalidState", { message: Schema.String }) {}

/** It is too late for the authority to cancel the tax document. Nothing has changed. */
export class CancellationWindowExpired extends Schema.TaggedError<CancellationWindowExpired>()(
  "CancellationWindowExpired",
  { message: Schema.String }
) {}

/** The payout can't be taken back: it is sent at once, its provider can't, or it is too late. */
export class PayoutNotCancelable extends Schema.TaggedError<PayoutNotCancelable>()("PayoutNotCancelable", {
  message: Schema.String
}) {}

/**
 * No provider did it. Safe to send again with the same key: if it is not known whether one did (`inDoubt`), the next
 * execution finds out first.
 */
export class ProviderError extends Schema.TaggedError<ProviderError>()("ProviderError", {
  /** Sanitized by the driver, fit for clients. */
  message: Schema.String,
  code: Schema.optionalKey(Schema.String),
  inDoubt: Schema.Boolean
}) {}
