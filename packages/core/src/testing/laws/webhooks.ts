/** Laws of webhooks: every event reaches every endpoint that wants it, at least once, with the same body each time. */
import { DateTime, Duration, Effect } from "effect"
import type * as Events from "../../models/Events.ts"
import { fingerprint, IdempotencyKey, type Keyed } from "../../models/Idempotency.ts"
import type { Owner } from "../../models/Owner.ts"
import type { Attempt, Delivery, Endpoint } from "../../models/Webhook.ts"
import { Webhooks } from "../../ports/Webhooks.ts"
import * as Ids from "../../values/Ids.ts"
import { change, intent, invoice, nothing, open, tenancy } from "./given.ts"
import { eventually, holds, law, refused, same, times, together, upTo } from "./law.ts"

const someKey = Effect.map(Ids.generate("key"), (key): Keyed => ({
  key: IdempotencyKey.make(key),
  fingerprint: fingerprint("POST", "/webhook-endpoints", {})
}))

const endpoint = Effect.fnUntraced(function* (
  of: Owner,
  changes: Partial<Endpoint & { readonly secret: string }> = {}
) {
  const id = yield* Ids.generate("we")
  const registered = {
    id,
    url: `https://${id.toLowerCase()}.example/hooks`,
    events: ["*" as const],
    description: null,
    status: "enabled" as const,
    createdAt: yield* DateTime.now,
    secret: "a secret of some length",
    ...changes
  }
  const keyed = yield* someKey
  yield* (yield* Webhooks).register(of, registered, { keyed, response: { status: 201, body: "{}" } })
  return registered
})

/** Writes events of a type with a change of an invoice. */
const emit = Effect.fnUntraced(function* (of: Owner, ...types: ReadonlyArray<Events.Type>) {
  const { invoice: made } = yield* invoice(of)
  const events = yield* Effect.forEach(types, (type) =>
    Effect.all({ id: Ids.generate("evt"), createdAt: DateTime.now }).pipe(
      Effect.map((event) => ({
        ...event,
        type,
        subject: made.id,
        body: `{"id":"${event.id}", "text":"ção 😀\\u0041"}`
      }))
    )
  )
  yield* change(of, made.id, null, (held) =>
    Effect.succeed({ change: { ...nothing(held), events }, result: undefined })
  )
  return events
})

const answer = (status: number | null): Attempt => ({
  status,
  excerpt: status === null ? "time-out" : "ok",
  duration: Duration.millis(5)
})

/**
 * Delivers by so many workers until enough was sent to some addresses, and a little longer to see that nothing follows.
 * Deliveries to other addresses, left behind by others in the same database, are answered with success.
 */
const deliver = Effect.fnUntraced(function* (
  urls: ReadonlyArray<string>,
  enough: number,
  options: { readonly workers?: number; readonly statuses?: ReadonlyArray<number | null> } = {}
) {
  const webhooks = yield* Webhooks
  const sent: Array<Delivery> = []
  const statuses = [...(options.statuses ?? [])]
  const send = (delivery: Delivery) =>
    Effect.gen(function* () {
      yield* Effect.sleep("1 millis")
      if (!urls.includes(delivery.url)) return answer(200)
      sent.push(delivery)
      const status = statuses.shift()
      return answer(status === undefined ? 200 : status)
    })
  const worker = Effect.forever(webhooks.deliverNext(send))
  yield* eventually(
    `${enough} deliveries`,
    Effect.sync(() => sent.length),
    (count) => count >= enough
  ).pipe(
    Effect.andThen(Effect.sleep("300 millis")),
    Effect.raceFirst(together(upTo(options.workers ?? 1).map(() => worker)))
  )
  return sent
})

/** Laws of `Webhooks`, and of the events in a change. */
export const webhooks = [
  law(
    "endpoints are listed as they were registered, to their owner alone, without their secrets",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const one = yield* endpoint(sandbox, { events: ["invoice.paid", "ping"], description: "ção" })
      const two = yield* endpoint(sandbox, { status: "disabled" })
      const { endpoints } = yield* Webhooks
      const without = ({ secret: _, ...rest }: typeof one | typeof two) => rest
      const newestFirst = [one, two].map(without).toSorted((a, b) => (a.id < b.id ? 1 : -1))
      yield* same("endpoints", yield* endpoints(sandbox, { limit: 2 }), { data: newestFirst, hasMore: false })
      const page = { limit: 1, startingAfter: newestFirst[0]?.id ?? "" }
      yield* same("the second page", yield* endpoints(sandbox, page), { data: newestFirst.slice(1), hasMore: false })
      yield* same("endpoints of the other environment", (yield* endpoints(live, { limit: 2 })).data, [])
    })
  ),
  law(
    "an endpoint is registered once per key, whoever else uses the key and however often it is sent at once",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { endpoints, register } = yield* Webhooks
      const keyed = yield* someKey
      const response = { status: 201, body: '{ "é": 1 }' }
      const send = (of: Owner, changes: Partial<Keyed> = {}) =>
        Effect.flatMap(Ids.generate("we"), (id) =>
          Effect.flatMap(DateTime.now, (createdAt) =>
            register(
              of,
              {
                id,
                url: "https://x.example",
                events: ["*"],
                description: null,
                status: "enabled",
                createdAt,
                secret: "s".repeat(16)
              },
              { keyed: { ...keyed, ...changes }, response }
            )
          )
        )
      const answers = yield* times(10, send(sandbox))
      yield* same("registered", answers.filter(({ _tag }) => _tag === "Registered").length, 1)
      yield* same("replayed", answers.filter(({ _tag }) => _tag === "Replay").length, 9)
      yield* same("the answer", yield* send(sandbox), { _tag: "Replay", response })
      const reused = yield* send(sandbox, { fingerprint: fingerprint("POST", "/webhook-endpoints", { other: true }) })
      yield* same("with another body", reused._tag, "Reused")
      const asked = yield* intent(sandbox, { keyed: { ...keyed, fingerprint: fingerprint("POST", "/invoices", {}) } })
      yield* same("for an invoice", (yield* open(asked))._tag, "Reused")
      yield* same("for another owner", (yield* send(live))._tag, "Registered")
      yield* same("endpoints", (yield* endpoints(sandbox, { limit: 100 })).data.length, 1)
    })
  ),
  law(
    "an event becomes one delivery to every endpoint that wants it, with its body to the letter and the endpoint's secret",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const all = yield* endpoint(sandbox, { secret: "ção 😀 with spaces and 32 bytes" })
      const some = yield* endpoint(sandbox, { events: ["invoice.failed", "invoice.paid"] })
      const none = yield* endpoint(sandbox, { events: ["invoice.canceled"] })
      const off = yield* endpoint(sandbox, { status: "disabled" })
      const foreign = yield* endpoint(live)
      const [event] = yield* emit(sandbox, "invoice.paid")
      const sent = yield* deliver(
        [all, some, none, off, foreign].map(({ url }) => url),
        2
      )
      const shown = sent.map(({ body, secrets, type, url }) => ({ url, secrets, type, body }))
      const expected = [all, some].map(({ secret, url }) => ({
        url,
        secrets: [secret],
        type: "invoice.paid",
        body: event?.body
      }))
      yield* same("deliveries", shown.toSorted(byUrl), expected.toSorted(byUrl))
      yield* same("ids of their own", new Set(sent.map(({ id }) => id)).size, 2)
    })
  ),
  law(
    "a delivery that was not answered with success is tried again, with the same id and body",
    Effect.gen(function* () {
      const { sandbox } = yield* tenancy
      const { url } = yield* endpoint(sandbox)
      yield* emit(sandbox, "invoice.paid")
      const [first, second] = yield* deliver([url], 2, { statuses: [500] })
      yield* same("the second try", second, first)
      yield* same("more after success", (yield* deliver([url], 0)).length, 0)
    })
  ),
  law(
    "events of a change that failed are never sent",
    Effect.gen(function* () {
      const { sandbox } = yield* tenancy
      const { url } = yield* endpoint(sandbox)
      const { invoice: made } = yield* invoice(sandbox)
      const event = {
        id: yield* Ids.generate("evt"),
        type: "invoice.paid" as const,
        createdAt: yield* DateTime.now,
        subject: made.id,
        body: "{}"
      }
      const unbalanced = {
        postings: [],
        transaction: {
          owner: sandbox,
          id: yield* Ids.generate("btxn"),
          entry: yield* Ids.generate("ent"),
          line: { type: "charge" as const, amount: 0, currency: made.request.currency, fee: 0, net: 0 },
          availableOn: null,
          source: { resource: "invoice" as const, id: made.id },
          attempt: 1,
          occurredAt: yield* DateTime.now,
          account: "infrapsp",
          ourNumber: made.ourNumber,
          costCenter: null,
          contractorReference: null,
          metadata: {},
          createdAt: yield* DateTime.now
        }
      }
      yield* refused(
        "an unbalanced change",
        change(sandbox, made.id, null, (held) =>
          Effect.succeed({ change: { ...nothing(held), events: [event], posted: [unbalanced] }, result: undefined })
        )
      )
      const [after] = yield* emit(sandbox, "invoice.paid")
      yield* same(
        "deliveries",
        (yield* deliver([url], 1)).map(({ body }) => body),
        [after?.body]
      )
    })
  ),
  law(
    "many workers together deliver every event",
    Effect.gen(function* () {
      const { sandbox } = yield* tenancy
      const { url } = yield* endpoint(sandbox)
      const events = yield* together(upTo(12).map(() => emit(sandbox, "invoice.paid", "invoice.failed")))
      const sent = yield* deliver([url], 24, { workers: 5 })
      const bodies = new Set(sent.map(({ body }) => body))
      yield* holds(
        events.flat().every(({ body }) => bodies.has(body)),
        `${bodies.size} of 24 events were sent`
      )
    })
  )
]

const byUrl = (a: { readonly url: string }, b: { readonly url: string }) => (a.url < b.url ? -1 : 1)
