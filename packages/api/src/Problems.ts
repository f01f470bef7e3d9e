/**
 * Everything that can go wrong, as RFC 9457 problems (`application/problem+json`): one class for each code.
 *
 * The `type` of a problem is an address that the gateway itself serves. A definition does not know that address, so a
 * problem is made with the relative reference `/problems/{code}`, which the server completes with its own. Clients
 * tell problems apart by `code`, never by `type`.
 */
import { Effect, ErrorReporter, Schema } from "effect"
import { HttpServerRespondable, HttpServerResponse } from "effect/http"
import { HttpApiSchema } from "effect/http-api"

/** The media type of every problem. */
export const contentType = "application/problem+json"

/** Every kind of problem by its code. `meaning` says to a client's developer when it happens and what to do. */
export const catalog = {
  bad_request: {
    status: 400,
    title: "Bad request",
    meaning: "The request can't be read: the JSON is malformed, or a header is missing."
  },
  unauthorized: {
    status: 401,
    title: "Unauthorized",
    meaning: "There is no API key in the `Authorization` header, or it is unknown, expired or revoked."
  },
  insufficient_scope: {
    status: 403,
    title: "Insufficient scope",
    meaning: "The API key is valid, but lacks the scope that this call needs."
  },
  ip_not_allowed: {
    status: 403,
    title: "IP address not allowed",
    meaning: "The API key is valid, but its `ip_allowlist` does not hold the address that the request came from."
  },
  not_found: {
    status: 404,
    title: "Not found",
    meaning: "There is no such resource or address. Another tenant's resource gets the same answer."
  },
  method_not_allowed: {
    status: 405,
    title: "Method not allowed",
    meaning: "The address exists, but not with this method. The `Allow` header lists those that do."
  },
  idempotency_key_reused: {
    status: 409,
    title: "Idempotency key reused",
    meaning: "The `Idempotency-Key` was used before with another method, path or body. Use a new key."
  },
  idempotency_in_progress: {
    status: 409,
    title: "Idempotent request in progress",
    meaning: "The same request is being carried out right now. Repeat it after the seconds in `Retry-After`."
  },
  operation_in_progress: {
    status: 409,
    title: "Operation in progress",
    meaning: "Another operation on this resource is under way. Repeat the request a little later."
  },
  invalid_state: {
    status: 409,
    title: "Invalid state",
    meaning: "The resource's state does not allow the operation."
  },
  payout_not_cancelable: {
    status: 409,
    title: "Payout not cancelable",
    meaning:
      "A PIX is sent at once and can't be taken back. Another payout can be while it waits for its funds, where its " +
      "provider is able to."
  },
  cancellation_window_expired: {
    status: 409,
    title: "Cancellation window expired",
    meaning: "It is too late for the authority to cancel the tax document. Nothing has changed."
  },
  payload_too_large: {
    status: 413,
    title: "Payload too large",
    meaning: "The body is larger than 1 MB."
  },
  unsupported_media_type: {
    status: 415,
    title: "Unsupported media type",
    meaning: "The body is not declared as `application/json`."
  },
  validation_error: {
    status: 422,
    title: "Validation error",
    meaning: "Fields or query parameters break a rule; `errors` lists every one of them. Nothing was stored."
  },
  rate_limited: {
    status: 429,
    title: "Rate limited",
    meaning: "The API key has used up its requests of this hour. `Retry-After` says for how many seconds to wait."
  },
  server_error: {
    status: 500,
    title: "Server error",
    meaning: "Something went wrong on our side. A POST is safe to repeat with the same `Idempotency-Key`."
  },
  provider_not_configured: {
    status: 501,
    title: "Provider not configured",
    meaning: "No provider account is configured that can do this. Nothing was stored."
  },
  provider_error: {
    status: 502,
    title: "Provider error",
    meaning:
      "No provider did it, or none is known to have. Safe to repeat with the same `Idempotency-Key`: if a provider's " +
      "answer was lost, the repetition first finds out what became of it."
  },
  unavailable: {
    status: 503,
    title: "Unavailable",
    meaning: "The service is starting, stopping or can't reach its database. Repeat the request a little later."
  }
} as const satisfies Record<string, { readonly status: number; readonly title: string; readonly meaning: string }>

export type Code = keyof typeof catalog

/** One failing field: its path as sent (`customer.document`), a code for programs and a message for people. */
export const FieldError = Schema.Struct({
  field: Schema.String.annotate({ description: "The path of the field, or the name of the query parameter" }),
  code: Schema.String.annotate({ description: "What is wrong, for programs" }),
  message: Schema.String.annotate({ description: "What is wrong, for people" })
}).annotate({
  identifier: "FieldError",
  examples: [
    {
      field: "customer.document",
      code: "invalid_cpf",
      message: "Expected a CPF: 11 digits without punctuation, with valid check digits"
    }
  ]
})
export type FieldError = typeof FieldError.Type

const typeMember = (code: Code) =>
  Schema.String.annotate({
    format: "uri-reference",
    description: "The address of a page on this kind of problem",
    examples: [`https://payments.example/problems/${code}`]
  })

const titleMember = (title: string) =>
  Schema.String.annotate({ description: "The kind of problem, for people", examples: [title] })

const optionalMember = (description: string, example: string) =>
  Schema.optionalKey(Schema.String.annotate({ description, examples: [example] }))

/** What all problems have in common. It also reads a problem whose code this version does not know. */
export class Problem extends Schema.Error<Problem>("Problem")(
  {
    type: typeMember("not_found"),
    title: titleMember(catalog.not_found.title),
    status: Schema.Int.annotate({ description: "The HTTP status" }),
    code: Schema.String.annotate({ description: "The kind of problem, for programs" }),
    detail: optionalMember("What went wrong this time, for people", "No such invoice"),
    instance: optionalMember("The path that was called", "/functions/v1/payments/invoices"),
    request_id: optionalMember("The id of the request, as in the header `Request-Id`", "req_01K9X0ZB7C8W3Q2V5T6Y4N1M0P")
  },
  { description: "A problem, by RFC 9457" }
) {
  override get [ErrorReporter.ignore](): boolean {
    return this.status < 500
  }

  override get message(): string {
    return this.detail ?? this.title
  }

  /** So that a problem which an endpoint does not declare is answered like one that it does. */
  [HttpServerRespondable.symbol]() {
    return Effect.succeed(HttpServerResponse.jsonUnsafe(Object.assign({}, this), { status: this.status, contentType }))
  }
}

const members = <const C extends Code>(code: C) => {
  const { status, title }: { readonly status: (typeof catalog)[C]["status"]; readonly title: string } = catalog[code]
  return {
    type: typeMember(code).pipe(Schema.withConstructorDefault(Effect.succeed(`/problems/${code}`))),
    title: titleMember(title).pipe(Schema.withConstructorDefault(Effect.succeed(title))),
    status: Schema.tag(status),
    code: Schema.tag(code)
  }
}

const annotations = (code: Code) => ({
  description: catalog[code].meaning,
  httpApiStatus: catalog[code].status
})

// `_tag` is a getter so that it stays off the wire: there, `code` says the same.

export class BadRequest extends Problem.extend<BadRequest>("BadRequest")(
  members("bad_request"),
  annotations("bad_request")
) {
  get _tag() {
    return "BadRequest" as const
  }
}

export class Unauthorized extends Problem.extend<Unauthorized>("Unauthorized")(
  members("unauthorized"),
  annotations("unauthorized")
) {
  get _tag() {
    return "Unauthorized" as const
  }
}

export class InsufficientScope extends Problem.extend<InsufficientScope>("InsufficientScope")(
  members("insufficient_scope"),
  annotations("insufficient_scope")
) {
  get _tag() {
    return "InsufficientScope" as const
  }
}

export class IpNotAllowed extends Problem.extend<IpNotAllowed>("IpNotAllowed")(
  members("ip_not_allowed"),
  annotations("ip_not_allowed")
) {
  get _tag() {
    return "IpNotAllowed" as const
  }
}

export class NotFound extends Problem.extend<NotFound>("NotFound")(members("not_found"), annotations("not_found")) {
  get _tag() {
    return "NotFound" as const
  }
}

export class MethodNotAllowed extends Problem.extend<MethodNotAllowed>("MethodNotAllowed")(
  members("method_not_allowed"),
  annotations("method_not_allowed")
) {
  get _tag() {
    return "MethodNotAllowed" as const
  }
}

export class IdempotencyKeyReused extends Problem.extend<IdempotencyKeyReused>("IdempotencyKeyReused")(
  members("idempotency_key_reused"),
  annotations("idempotency_key_reused")
) {
  get _tag() {
    return "IdempotencyKeyReused" as const
  }
}

export class IdempotencyInProgress extends Problem.extend<IdempotencyInProgress>("IdempotencyInProgress")(
  members("idempotency_in_progress"),
  annotations("idempotency_in_progress")
) {
  get _tag() {
    return "IdempotencyInProgress" as const
  }
}

export class OperationInProgress extends Problem.extend<OperationInProgress>("OperationInProgress")(
  members("operation_in_progress"),
  annotations("operation_in_progress")
) {
  get _tag() {
    return "OperationInProgress" as const
  }
}

export class InvalidState extends Problem.extend<InvalidState>("InvalidState")(
  members("invalid_state"),
  annotations("invalid_state")
) {
  get _tag() {
    return "InvalidState" as const
  }
}

export class PayoutNotCancelable extends Problem.extend<PayoutNotCancelable>("PayoutNotCancelable")(
  members("payout_not_cancelable"),
  annotations("payout_not_cancelable")
) {
  get _tag() {
    return "PayoutNotCancelable" as const
  }
}

export class CancellationWindowExpired extends Problem.extend<CancellationWindowExpired>("CancellationWindowExpired")(
  members("cancellation_window_expired"),
  annotations("cancellation_window_expired")
) {
  get _tag() {
    return "CancellationWindowExpired" as const
  }
}

export class PayloadTooLarge extends Problem.extend<PayloadTooLarge>("PayloadTooLarge")(
  members("payload_too_large"),
  annotations("payload_too_large")
) {
  get _tag() {
    return "PayloadTooLarge" as const
  }
}

export class UnsupportedMediaType extends Problem.extend<UnsupportedMediaType>("UnsupportedMediaType")(
  members("unsupported_media_type"),
  annotations("unsupported_media_type")
) {
  get _tag() {
    return "UnsupportedMediaType" as const
  }
}

export class ValidationError extends Problem.extend<ValidationError>("ValidationError")(
  {
    ...members("validation_error"),
    errors: Schema.Array(FieldError).annotate({ description: "Every failing field" })
  },
  annotations("validation_error")
) {
  get _tag() {
    return "ValidationError" as const
  }
}

export class RateLimited extends Problem.extend<RateLimited>("RateLimited")(
  members("rate_limited"),
  annotations("rate_limited")
) {
  get _tag() {
    return "RateLimited" as const
  }
}

export class ServerError extends Problem.extend<ServerError>("ServerError")(
  members("server_error"),
  annotations("server_error")
) {
  get _tag() {
    return "ServerError" as const
  }
}

export class ProviderNotConfigured extends Problem.extend<ProviderNotConfigured>("ProviderNotConfigured")(
  members("provider_not_configured"),
  annotations("provider_not_configured")
) {
  get _tag() {
    return "ProviderNotConfigured" as const
  }
}

export class ProviderError extends Problem.extend<ProviderError>("ProviderError")(
  {
    ...members("provider_error"),
    provider_code: optionalMember("The provider's reason, where it is known", "insufficient_balance")
  },
  annotations("provider_error")
) {
  get _tag() {
    return "ProviderError" as const
  }
}

export class Unavailable extends Problem.extend<Unavailable>("Unavailable")(
  members("unavailable"),
  annotations("unavailable")
) {
  get _tag() {
    return "Unavailable" as const
  }
}

/** Declares a problem as an answer of an endpoint or a middleware, with the media type of problems. */
export const problem = HttpApiSchema.asJson({ contentType })
