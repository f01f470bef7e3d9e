/** Reading a POST: who sends it, under which key, and its JSON. */
import { basePath, Problems, Security } from "@salesos/api"
import { Errors, type Execution, FieldError, Idempotency, Ids, type Owner } from "@salesos/core"
import { Effect, Schema, SchemaIssue } from "effect"
import type { HttpServerRequest } from "effect/http"
import { answered, respond, type UseCaseError } from "./Answers.ts"

/** The owner that the caller's key stands for. */
export const owner: Effect.Effect<Owner.Owner, never, Security.Caller> = Effect.map(
  Security.Caller,
  ({ environment, tenant }) => ({ tenant: Ids.TenantId.make(tenant), environment })
)

const isKey = Schema.is(Idempotency.IdempotencyKey)

/** The request's `Idempotency-Key`. Fails with `BadRequest`. */
const idempotencyKey = (headers: { readonly "idempotency-key"?: string }) => {
  const key = headers["idempotency-key"]
  if (key === undefined)
    return Effect.fail(new Problems.BadRequest({ detail: "The header Idempotency-Key is missing" }))
  return isKey(key)
    ? Effect.succeed(key)
    : Effect.fail(new Problems.BadRequest({ detail: "Idempotency-Key: expected 1 to 255 visible ASCII characters" }))
}

/**
 * The request's body, or `fallback` where there is none. Fails with `UnsupportedMediaType` or `BadRequest`; a body that is too
 * large is the server's.
 */
export const json = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest, fallback?: unknown) {
  if (fallback !== undefined && (yield* Effect.orDie(request.text)) === "") return fallback
  const mediaType = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase()
  if (mediaType !== "application/json") {
    return yield* new Problems.UnsupportedMediaType({ detail: "Send the body as application/json" })
  }
  const text = yield* Effect.orDie(request.text) // what can't be read is answered around all routes
  return yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: () => new Problems.BadRequest({ detail: "The body is not valid JSON" })
  })
})

interface Posted {
  readonly headers: Parameters<typeof idempotencyKey>[0]
  readonly request: HttpServerRequest.HttpServerRequest
}

/** What every POST begins with: whose it is, its JSON, and its key. Fails with `BadRequest` or `UnsupportedMediaType`. */
export const posted = Effect.fnUntraced(function* (path: string, given: Posted, fallback?: unknown) {
  const key = yield* idempotencyKey(given.headers)
  const body = yield* json(given.request, fallback)
  return {
    owner: yield* owner,
    body,
    /** The key with what makes the request the same; asked for once the body has been found well-formed. */
    keyed: (): Idempotency.Keyed => ({ key, fingerprint: Idempotency.fingerprint("POST", `${basePath}${path}`, body) })
  }
})

/** An object without fields. (An empty struct would let all pass.) */
const decodeNothing = FieldError.decode(
  Schema.Record(Schema.String, Schema.Unknown).check(
    Schema.makeFilter(
      (body: Readonly<Record<string, unknown>>) =>
        Object.keys(body).map((name) => ({
          path: [name],
          issue: new SchemaIssue.InvalidValue({ message: "Expected no such field" })
        })),
      { code: "unknown_field" }
    )
  )
)

/** An id that was asked for. One that can't exist is not found, like one that does not. */
export const idOf = <Id extends string>(is: (text: unknown) => text is Id, id: string, what: string) =>
  is(id) ? Effect.succeed(id) : Effect.fail(new Errors.NotFound({ message: `No such ${what}` }))

/** A POST that says all in its path, without a body or with an empty object: read, carried out by a use case, answered. */
export const act = Effect.fnUntraced(function* <R>(
  path: string,
  given: Posted,
  carryOut: (owner: Owner.Owner, keyed: Idempotency.Keyed) => Effect.Effect<Execution.Answer, UseCaseError, R>
) {
  const { body, keyed, owner } = yield* posted(path, given, {})
  return yield* decodeNothing(body).pipe(
    Effect.flatMap(() => carryOut(owner, keyed())),
    Effect.flatMap(answered),
    Effect.catch(respond)
  )
})

/** What a PATCH begins with: whose it is, and its JSON. Fails with `BadRequest` or `UnsupportedMediaType`. */
export const patched = ({ request }: Pick<Posted, "request">) => Effect.all({ owner, body: json(request) })
