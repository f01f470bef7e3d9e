/** The routes of the document under `/v1`, and what only a test can do under `/control`. */
import { Control, Creations, type Faults, Parse } from "@salesos/simulator-kit"
import { Effect, Option } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { shown } from "./charges.ts"
import type { Provider } from "./provider.ts"
import { CreateCharge } from "./wire.ts"

type Response = HttpServerResponse.HttpServerResponse

/** What a request has to show as `Authorization: Bearer {apiKey}`. */
export interface Credentials {
  readonly apiKey: string
}

const decodeCreate = Parse.decoder(CreateCharge)

/** FILL IN: errors as the document shows them. */
const error = (status: number, code: string, message: string): Response =>
  HttpServerResponse.jsonUnsafe({ error: { code, message } }, { status })

const failure = (status: number): Response => error(status, `http_${status}`, "The request failed")

/** Adds the document's routes to `router`. Delayed creations live in the scope of this effect. */
export const addRoutes = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  { charges, create }: Provider,
  faults: Faults.Faults,
  { apiKey }: Credentials
) {
  const creation = yield* Creations.make(faults, {
    failure,
    rejection: ({ code, message }) => error(422, code, message)
  })

  /** What every route under `/v1` does first. */
  const guarded = <R>(answer: Effect.Effect<Response, never, R>) =>
    Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
      if (faults.current().down === true) return failure(503)
      return request.headers["authorization"] === `Bearer ${apiKey}` ? yield* answer : failure(401)
    })

  const created = Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const decoded = decodeCreate(yield* Effect.mapError(request.json, () => failure(400)))
    if ("invalid" in decoded) return yield* Effect.fail(error(422, "invalid", decoded.invalid.message))
    return Effect.map(create(decoded.value), (charge) => ({ status: 201, body: shown(charge) }))
  })
  yield* router.add("POST", "/v1/charges", guarded(creation(created)))

  yield* router.add(
    "GET",
    "/v1/charges/:id",
    guarded(
      Effect.map(HttpRouter.params, ({ id }) => {
        const charge = charges.get(id ?? "")
        return charge === undefined ? failure(404) : HttpServerResponse.jsonUnsafe(shown(charge))
      })
    )
  )

  const search = Effect.map(HttpServerRequest.ParsedSearchParams, ({ external_id }) => {
    const ids = typeof external_id === "string" ? charges.idsOf("externalId", external_id) : charges.ids
    const data = ids.slice(-Control.maxListed).flatMap((id) => {
      const charge = charges.get(id)
      return charge === undefined ? [] : [shown(charge)]
    })
    return HttpServerResponse.jsonUnsafe({ data })
  })
  yield* router.add("GET", "/v1/charges", guarded(search))
  yield* router.add("GET", "/control/charges", search)
})

/** Adds the ways to end a charge before its time. */
export const addControl = Effect.fnUntraced(function* (router: HttpRouter.HttpRouter, { charges, end }: Provider) {
  for (const [action, ending] of [
    ["pay", "paid"],
    ["refuse", "refused"],
    ["expire", "expired"]
  ] as const) {
    yield* Control.onRow(router, `/control/charges/:id/${action}`, charges, (charge) =>
      Effect.map(end(charge, ending), Option.map(shown))
    )
  }
})
