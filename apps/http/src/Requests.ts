/** Reading a POST: who sends it, under which key, and its JSON. */
import { basePath, Problems, Security } from "@salesos/api"
import { Idempotency, Ids, type Owner } from "@salesos/core"
import { Effect, Schema } from "effect"
import type { HttpServerRequest } from "effect/http"

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

/** The request's body. Fails with `UnsupportedMediaType` or `BadRequest`; a body that is too large is the server's. */
const json = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
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

/** What every POST begins with: whose it is, its JSON, and its key. Fails with `BadRequest` or `UnsupportedMediaType`. */
export const posted = Effect.fnUntraced(function* (
  path: string,
  given: {
    readonly headers: Parameters<typeof idempotencyKey>[0]
    readonly request: HttpServerRequest.HttpServerRequest
  }
) {
  const key = yield* idempotencyKey(given.headers)
  const body = yield* json(given.request)
  return {
    owner: yield* owner,
    body,
    /** The key with what makes the request the same; asked for once the body has been found well-formed. */
    keyed: (): Idempotency.Keyed => ({ key, fingerprint: Idempotency.fingerprint("POST", `${basePath}${path}`, body) })
  }
})
