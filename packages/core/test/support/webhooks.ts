/** What tests of webhooks begin with: an endpoint, a worker, and something to tell. */
import { Deliveries, type Delivery, Idempotency, Ids, WebhookEndpoints } from "@salesos/core"
import { Duration, Effect, Schema } from "effect"
import { assert } from "@effect/vitest"
import { create, Given, workFor } from "./gateway.ts"

export const request = { url: "https://shop.example/hooks", events: ["invoice.paid" as const] }
export const secret = "whsec_0123456789abcdef"

export const keyed = (key: string, body: unknown = request): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/webhook-endpoints", body)
})

export const register = (key: string, wanted: Parameters<typeof WebhookEndpoints.register>[2] = request) =>
  Effect.flatMap(Given, ({ owner }) => WebhookEndpoints.register(owner, keyed(key, wanted), wanted, secret))

const Told = Schema.decodeUnknownEffect(
  Schema.fromJsonString(Schema.Struct({ id: Ids.WebhookEndpointId, secret: Schema.optionalKey(Schema.String) }))
)

/** A new endpoint's id. */
export const theEndpoint = Effect.fnUntraced(function* (url = request.url) {
  const { response } = yield* register(`key-${url}`, { ...request, url })
  return (yield* Told(response.body)).id
})

/** The secret that an answer tells. */
export const toldSecret = ({ response }: { readonly response: { readonly body: string } }) =>
  Effect.map(Told(response.body), (told) => told.secret ?? assert.fail("no secret is told"))

/** An answer that came at once. */
export const answer = (status: number | null): Delivery.Attempt => ({
  status,
  excerpt: "",
  duration: Duration.millis(1)
})

/** Looks for what is due ever so often and delivers it, until interrupted; what was sent, answered by `answers` while there are any, and then with 200. */
export const delivering = Effect.fnUntraced(function* (every: Duration.Input = "250 millis") {
  const sent: Array<Delivery.Outgoing> = []
  const answers: Array<number | null> = []
  const send = (outgoing: Delivery.Outgoing) =>
    Effect.sync(() => {
      sent.push(outgoing)
      const status = answers.shift()
      return answer(status === undefined ? 200 : status)
    })
  const round = Effect.gen(function* () {
    const visits = [...(yield* Deliveries.take("prompt", 16, [])), ...(yield* Deliveries.take("slow", 4, []))]
    yield* Effect.forEach(visits, (visit) => Deliveries.visit(visit, send), { concurrency: "unbounded" })
    yield* Effect.sleep(every)
  })
  yield* Effect.forkScoped(Effect.forever(round))
  return { sent, answers }
})

/** Pays a new invoice, which is an event. */
export const payInvoice = (key = "k1") =>
  Effect.gen(function* () {
    const { provider } = yield* Given
    yield* create(key)
    const { charges } = yield* provider.books
    yield* provider.pay(charges.at(-1)?.id ?? assert.fail("there is no charge"))
    yield* workFor(1)
  })
