import { assert, layer } from "@effect/vitest"
import { Events, WebhookDeliveries, WebhookEndpoints } from "@salesos/api"
import { Effect, Schema } from "effect"
import { Gateway, newKey, tenant } from "./support/Gateway.ts"
import * as Http from "./support/Http.ts"
import { expectProblem } from "./support/Problem.ts"

const strict = { onExcessProperty: "error" } as const
const asEndpoint = Schema.decodeUnknownSync(WebhookEndpoints.WebhookEndpoint, strict)
const asCreated = Schema.decodeUnknownSync(WebhookEndpoints.CreatedWebhookEndpoint, strict)
const asDelivery = Schema.decodeUnknownSync(WebhookDeliveries.WebhookDelivery, strict)
const asWholeDelivery = Schema.decodeUnknownSync(WebhookDeliveries.WebhookDeliveryWithAttempts, strict)
const asDeliveries = Schema.decodeUnknownSync(WebhookDeliveries.WebhookDeliveryList, strict)
const asEvents = Schema.decodeUnknownSync(Events.EventList, strict)
const asEvent = Schema.decodeUnknownSync(Events.Event, strict)

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })

/** A tenant with an endpoint. */
const withEndpoint = Effect.gen(function* () {
  const world = yield* tenant()
  const body = { url: "http://127.0.0.1:9/hooks", events: ["invoice.paid"] }
  const answer = yield* world.call("POST", "/webhook-endpoints", { body })
  const { secret, ...endpoint } = asCreated(Http.json(answer))
  const path = `/webhook-endpoints/${endpoint.id}`
  return { ...world, endpoint, secret, path, read: (at: string) => world.read(at) }
})

shared("a webhook endpoint", (it) => {
  it.effect("is read, changed in what is asked for alone, and removed", () =>
    Effect.gen(function* () {
      const { call, endpoint, path, read } = yield* withEndpoint
      assert.deepEqual(asEndpoint(yield* read(path)), endpoint)
      const body = { events: ["*"], status: "disabled", description: "ção" } as const
      const changed = asEndpoint(Http.json(yield* call("PATCH", path, { body })))
      assert.deepEqual(changed, { ...endpoint, ...body, disabled_reason: "requested" })
      assert.deepEqual(asEndpoint(yield* read(path)), changed)
      const removed = yield* call("DELETE", path)
      assert.deepInclude(removed, { status: 204, text: "" })
      yield* expectProblem(yield* call("GET", path), "not_found")
      yield* expectProblem(yield* call("DELETE", path), "not_found")
      assert.deepEqual(yield* read("/webhook-endpoints"), { object: "list", data: [], has_more: false })
    })
  )

  it.effect("gets a new secret once per key, and tells it once", () =>
    Effect.gen(function* () {
      const { call, endpoint, gateway, path, secret } = yield* withEndpoint
      const idempotencyKey = newKey()
      const rotate = (body?: unknown) => call("POST", `${path}/rotate-secret`, { body, idempotencyKey })
      const first = yield* rotate()
      assert.strictEqual(first.status, 200)
      const { secret: rotated, ...rest } = asCreated(Http.json(first))
      assert.deepEqual(rest, endpoint)
      assert.match(rotated ?? "", /^whsec_[\w-]{32}$/)
      assert.notStrictEqual(rotated, secret)
      const again = yield* rotate({})
      assert.strictEqual(again.headers["idempotent-replay"], "true")
      assert.deepEqual(asCreated(Http.json(again)), endpoint)
      yield* expectProblem(yield* rotate({ overlap_hours: 1 }), "idempotency_key_reused")
      const [row] = yield* gateway.sql<{ readonly hours: number; readonly text: string }>`
        select round(extract(epoch from w.secret_before_until - now()) / 3600)::int as hours, w::text || (
          select string_agg(k::text, '') from idempotency_key k) as text
        from webhook_endpoint w where id = ${endpoint.id}`
      assert.strictEqual(row?.hours, 24)
      assert.notInclude(row?.text ?? "", rotated ?? "nothing")
      assert.notInclude(row?.text ?? "", Buffer.from(rotated ?? "nothing").toString("hex"))
    })
  )

  it.effect("is tried out by a ping to it alone, which shows up as an event and a delivery", () =>
    Effect.gen(function* () {
      const { call, endpoint, path, read } = yield* withEndpoint
      yield* call("POST", "/webhook-endpoints", { body: { url: "http://127.0.0.1:9/", events: ["*"] } })
      const idempotencyKey = newKey()
      const answer = yield* call("POST", `${path}/ping`, { idempotencyKey })
      assert.strictEqual(answer.status, 201, answer.text)
      const delivery = asDelivery(Http.json(answer))
      assert.deepInclude<object>(delivery, { endpoint: endpoint.id, event_type: "ping", status: "pending", tries: 0 })
      const again = yield* call("POST", `${path}/ping`, { idempotencyKey, body: {} })
      assert.deepEqual([again.text, again.headers["idempotent-replay"]], [answer.text, "true"])
      assert.deepEqual(asDeliveries(yield* read("/webhook-deliveries")).data, [delivery])
      assert.deepEqual(asWholeDelivery(yield* read(`/webhook-deliveries/${delivery.id}`)), {
        ...delivery,
        attempts: []
      })
      const [event, ...others] = asEvents(yield* read(`/events?type=ping&resource=${endpoint.id}`)).data
      assert.isEmpty(others)
      assert.deepEqual(asEvent(yield* read(`/events/${delivery.event}`)), event)
      assert.deepEqual(event?.data.object["id"], endpoint.id)
    })
  )

  it.effect("that is disabled is sent nothing by hand", () =>
    Effect.gen(function* () {
      const { call, path } = yield* withEndpoint
      const { id } = asDelivery(Http.json(yield* call("POST", `${path}/ping`)))
      yield* call("PATCH", path, { body: { status: "disabled" } })
      const idempotencyKey = newKey()
      yield* expectProblem(yield* call("POST", `${path}/ping`, { idempotencyKey }), "invalid_state")
      yield* expectProblem(yield* call("POST", `/webhook-deliveries/${id}/redeliver`), "invalid_state")
      // Nothing is stored under a key that was refused: it works once that is possible.
      yield* call("PATCH", path, { body: { status: "enabled" } })
      assert.strictEqual((yield* call("POST", `${path}/ping`, { idempotencyKey })).status, 201)
      yield* call("DELETE", path)
      yield* expectProblem(yield* call("POST", `/webhook-deliveries/${id}/redeliver`), "invalid_state")
    })
  )
})

shared("a webhook delivery", (it) => {
  it.effect("is made again as another delivery of the same event", () =>
    Effect.gen(function* () {
      const { call, path, read } = yield* withEndpoint
      const first = asDelivery(Http.json(yield* call("POST", `${path}/ping`)))
      const answer = yield* call("POST", `/webhook-deliveries/${first.id}/redeliver`)
      const second = asDelivery(Http.json(answer))
      assert.strictEqual(answer.status, 201)
      assert.notStrictEqual(second.id, first.id)
      assert.deepInclude<object>(second, { event: first.event, endpoint: first.endpoint, status: "pending" })
      const listed = (query: string) =>
        Effect.map(read(`/webhook-deliveries${query}`), (list) => asDeliveries(list).data.map(({ id }) => id))
      assert.deepEqual(yield* listed(`?event=${first.event}`), [second.id, first.id])
      assert.deepEqual(yield* listed(`?endpoint=${first.endpoint}&status=pending&limit=1`), [second.id])
      assert.deepEqual(yield* listed(`?starting_after=${second.id}`), [first.id])
      assert.deepEqual(yield* listed(`?ending_before=${first.id}`), [second.id])
      assert.deepEqual(yield* listed("?status=failed"), [])
    })
  )

  it.effect("needs a key like every POST", () =>
    Effect.gen(function* () {
      const { call, path } = yield* withEndpoint
      const { id } = asDelivery(Http.json(yield* call("POST", `${path}/ping`)))
      for (const post of [`/webhook-deliveries/${id}/redeliver`, `${path}/ping`, `${path}/rotate-secret`]) {
        yield* expectProblem(yield* call("POST", post, { idempotencyKey: null }), "bad_request")
      }
    })
  )
})

shared("what is not there", (it) => {
  it.effect("is not found, whatever its id looks like", () =>
    Effect.gen(function* () {
      const { call } = yield* tenant()
      for (const id of ["we_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", "x", "%00"]) {
        for (const [method, path] of [
          ["GET", `/webhook-endpoints/${id}`],
          ["DELETE", `/webhook-endpoints/${id}`],
          ["POST", `/webhook-endpoints/${id}/ping`],
          ["POST", `/webhook-endpoints/${id}/rotate-secret`],
          ["GET", `/webhook-deliveries/${id.replace("we_", "whd_")}`],
          ["POST", `/webhook-deliveries/${id.replace("we_", "whd_")}/redeliver`],
          ["GET", `/events/${id.replace("we_", "evt_")}`]
        ] as const) {
          yield* expectProblem(yield* call(method, path), "not_found")
        }
        yield* expectProblem(yield* call("PATCH", `/webhook-endpoints/${id}`, { body: {} }), "not_found")
      }
    })
  )
})
