/** Laws of webhook endpoints as their owner manages them, and of events and deliveries as they are read. */
import { DateTime, Duration, Effect, Option, Result } from "effect"
import { fingerprint, type Keyed } from "../../models/Idempotency.ts"
import type { Owner } from "../../models/Owner.ts"
import type * as Webhook from "../../models/Webhook.ts"
import { DeliveryQueue } from "../../ports/DeliveryQueue.ts"
import { type DeliveryFilter, type EventFilter, Webhooks } from "../../ports/Webhooks.ts"
import * as Ids from "../../values/Ids.ts"
import { intent, open, owner, tenancy } from "./given.ts"
import { eventually, holds, law, same, times } from "./law.ts"
import { complete, exact } from "./lists.ts"
import {
  answer,
  deliver,
  emit,
  endpoint,
  endVisit,
  round,
  someKey,
  theVisitTo,
  unregistered,
  visitTo
} from "./webhookGiven.ts"

const registered = Effect.fnUntraced(function* (of: Owner) {
  const { secret: _, ...rest } = yield* endpoint(of)
  return rest
})

/** Changes an endpoint without a key, or under one. */
const change = (of: Owner, id: Ids.WebhookEndpointId, changes: Partial<Webhook.Change>, keyed: Keyed | null = null) =>
  Effect.flatMap(Webhooks, (webhooks) => webhooks.change(of, id, keyed, (next) => Effect.succeed({ next, ...changes })))

/** Laws of `Webhooks`. */
export const webhooks = [
  law(
    "endpoints are listed as they were registered, to their owner alone, without their secrets",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const one = yield* endpoint(sandbox, { events: ["invoice.paid", "ping"], description: "ção" })
      const two = yield* endpoint(sandbox, { status: "disabled", disabledReason: "requested" })
      const { endpoint: get, endpoints } = yield* Webhooks
      const without = ({ secret: _, ...rest }: typeof one) => rest
      const newestFirst = [one, two].map(without).toSorted((a, b) => (a.id < b.id ? 1 : -1))
      yield* same("endpoints", yield* endpoints(sandbox, { limit: 2 }), { data: newestFirst, hasMore: false })
      const page = { limit: 1, startingAfter: newestFirst[0]?.id ?? "" }
      yield* same("the second page", yield* endpoints(sandbox, page), { data: newestFirst.slice(1), hasMore: false })
      yield* same("endpoints of the other environment", (yield* endpoints(live, { limit: 2 })).data, [])
      yield* same("one alone", Option.getOrNull(yield* get(sandbox, one.id)), without(one))
      yield* same("for another owner", Option.getOrNull(yield* get(live, one.id)), null)
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
        Effect.flatMap(unregistered(), (wanted) => register(of, wanted, { keyed: { ...keyed, ...changes }, response }))
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
    "an endpoint is changed as a whole, once per key, by its owner alone",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { change: decideAndChange, endpoint: get } = yield* Webhooks
      const before = yield* registered(sandbox)
      yield* same("for another owner", (yield* change(live, before.id, {}))._tag, "Missing")
      const keyed = yield* someKey
      const nowhere = yield* registered(live)
      yield* same("of one that is not there", (yield* change(sandbox, nowhere.id, {}, keyed))._tag, "Missing")
      const refused = yield* Effect.result(decideAndChange(sandbox, before.id, keyed, () => Effect.fail("no")))
      yield* same("what was refused", Result.isFailure(refused), true)
      const next: Webhook.Endpoint = {
        ...before,
        url: "https://other.example/ção",
        events: ["ping"],
        description: null,
        status: "disabled",
        disabledReason: "requested"
      }
      const response = { status: 200, body: '{ "é": 2 }' }
      const answers = yield* times(10, change(sandbox, before.id, { next, response }, keyed))
      yield* same("changed", answers.filter(({ _tag }) => _tag === "Changed").length, 1)
      yield* same("replayed", answers.filter(({ _tag }) => _tag === "Replay").length, 9)
      yield* same("what is replayed", yield* change(sandbox, before.id, {}, keyed), { _tag: "Replay", response })
      const other = { ...keyed, fingerprint: fingerprint("POST", "/elsewhere", {}) }
      yield* same("with another body", (yield* change(sandbox, before.id, {}, other))._tag, "Reused")
      yield* same("the endpoint", Option.getOrNull(yield* get(sandbox, before.id)), next)
    })
  ),
  law(
    "while a secret is rotated two are in force, the newest first; a third ends the first",
    Effect.gen(function* () {
      const of = yield* owner
      const { id } = yield* endpoint(of, { secret: "first" })
      const secrets = Effect.gen(function* () {
        yield* emit(of, "invoice.paid")
        const visit = yield* theVisitTo(id)
        yield* endVisit(visit, answer(200))
        return visit.secrets
      })
      yield* same("at first", yield* secrets, ["first"])
      yield* change(of, id, { rotated: { secret: "second", overlap: Duration.hours(1) } })
      yield* same("while it is rotated", yield* secrets, ["second", "first"])
      yield* change(of, id, { rotated: { secret: "third ção", overlap: Duration.hours(1) } })
      yield* same("when it is rotated again", yield* secrets, ["third ção", "second"])
      yield* change(of, id, { rotated: { secret: "fourth", overlap: Duration.zero } })
      yield* same("when the old one ends at once", yield* secrets, ["fourth"])
    })
  ),
  law(
    "what is sent to one endpoint alone goes nowhere else, and an event that is sent again has the body that it had",
    Effect.gen(function* () {
      const of = yield* owner
      const [one, two] = [yield* endpoint(of, { events: ["invoice.paid"] }), yield* endpoint(of)]
      const event = {
        id: yield* Ids.generate("evt"),
        type: "ping" as const,
        createdAt: yield* DateTime.now,
        subject: one.id,
        body: '{ "text": "ção \\u0041" }'
      }
      const first = yield* Ids.generate("whd")
      yield* change(of, one.id, { sent: { delivery: first, event } })
      const again = yield* Ids.generate("whd")
      yield* change(of, one.id, { sent: { delivery: again, event: event.id } })
      const sent = yield* deliver([one.url, two.url], 2)
      yield* same(
        "what was sent",
        sent.map(({ body, id, url }) => ({ id, url, body })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        [first, again].map((id) => ({ id, url: one.url, body: event.body })).toSorted((a, b) => (a.id < b.id ? -1 : 1))
      )
      const found = yield* (yield* Webhooks).event(of, event.id)
      yield* same("the event", Option.getOrNull(found), event)
    })
  ),
  law(
    "what is on its way to an endpoint waits while it is disabled, and is sent when it is enabled again",
    Effect.gen(function* () {
      const of = yield* owner
      const { secret: _, ...before } = yield* endpoint(of)
      yield* emit(of, "invoice.paid")
      const disabled = { ...before, status: "disabled", disabledReason: "requested" } as const
      yield* change(of, before.id, { next: disabled })
      yield* emit(of, "invoice.failed")
      yield* same("while it is disabled", yield* deliver([before.url], 0), [])
      yield* change(of, before.id, { next: before })
      const sent = yield* deliver([before.url], 1)
      yield* same(
        "what was sent",
        sent.map(({ type }) => type),
        ["invoice.paid"]
      )
    })
  ),
  law(
    "an endpoint that was removed is not there, and what was on its way to it fails; what was sent stays readable",
    Effect.gen(function* () {
      const of = yield* owner
      const { change: decideAndChange, deliveries, endpoint: get, endpoints } = yield* Webhooks
      const { id, url } = yield* endpoint(of)
      yield* emit(of, "invoice.paid")
      yield* deliver([url], 1)
      yield* emit(of, "invoice.paid", "invoice.failed")
      yield* change(of, id, { removed: true })
      yield* emit(of, "invoice.paid")
      yield* same("one alone", Option.getOrNull(yield* get(of, id)), null)
      yield* same("the list", (yield* endpoints(of, { limit: 10 })).data, [])
      yield* same(
        "a change",
        (yield* decideAndChange(of, id, null, (next) => Effect.succeed({ next })))._tag,
        "Missing"
      )
      yield* same("what was sent", (yield* deliver([url], 0)).length, 0)
      const all = Effect.map(deliveries(of, { endpoint: id }, { limit: 10 }), ({ data }) =>
        data.map(({ status }) => status).toSorted()
      )
      yield* eventually(
        "the end of what was on its way",
        Effect.andThen(
          round(() => Effect.succeed(answer(200))),
          all
        ),
        (statuses) => statuses.join() === "delivered,failed,failed"
      )
    })
  ),
  law(
    "events and deliveries are listed completely in both directions while more are made, to their owner alone",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { deliveries, delivery, event, events } = yield* Webhooks
      const { id } = yield* endpoint(sandbox)
      yield* times(3, emit(sandbox, "invoice.paid", "invoice.failed", "invoice.canceled"))
      const more = Effect.andThen(Effect.sleep("2 millis"), emit(sandbox, "invoice.paid"))
      yield* complete((page) => events(sandbox, {}, page), more)
      yield* complete((page) => deliveries(sandbox, {}, page), more)
      yield* complete((page) => deliveries(sandbox, { endpoint: id, status: "pending" }, page), more)
      yield* same("events of another owner", (yield* events(live, {}, { limit: 10 })).data, [])
      yield* same("deliveries of another owner", (yield* deliveries(live, {}, { limit: 10 })).data, [])
      const [some] = (yield* deliveries(sandbox, {}, { limit: 1 })).data
      if (some === undefined) return yield* holds(false, "there is no delivery")
      yield* same("a delivery for another owner", Option.isNone(yield* delivery(live, some.id)), true)
      yield* same("an event for another owner", Option.isNone(yield* event(live, some.event)), true)
      const alone = Option.getOrThrow(yield* delivery(sandbox, some.id))
      yield* same("a delivery", alone, { delivery: some, tried: [] })
    })
  ),
  law(
    "events and deliveries are found by each filter, exactly",
    Effect.gen(function* () {
      const of = yield* owner
      const { deliveries, events } = yield* Webhooks
      const one = yield* endpoint(of)
      const [paid, failed] = yield* emit(of, "invoice.paid", "invoice.failed")
      yield* deliver([one.url], 2)
      const two = yield* endpoint(of)
      const [later] = yield* emit(of, "invoice.paid")
      if (paid === undefined || failed === undefined || later === undefined)
        return yield* holds(false, "there is an event")
      yield* exact<EventFilter, { readonly id: string }, unknown, never>(
        (filter) => events(of, filter, { limit: 10 }),
        [
          [{}, [paid.id, failed.id, later.id]],
          [{ type: "invoice.paid" }, [paid.id, later.id]],
          [{ type: "ping" }, []],
          [{ resource: paid.subject }, [paid.id, failed.id]],
          [{ resource: paid.subject, type: "invoice.failed" }, [failed.id]],
          [{ resource: "inv" }, []]
        ]
      )
      const rows = (yield* deliveries(of, {}, { limit: 10 })).data
      yield* same("deliveries", rows.length, 4)
      const ids = (so: (row: (typeof rows)[number]) => boolean) => rows.filter(so).map(({ id }) => id)
      yield* exact<DeliveryFilter, { readonly id: string }, unknown, never>(
        (filter) => deliveries(of, filter, { limit: 10 }),
        [
          [{ endpoint: one.id }, ids(({ endpoint: to }) => to === one.id)],
          [{ status: "delivered" }, ids(({ event }) => event !== later.id)],
          [{ status: "pending" }, ids(({ event }) => event === later.id)],
          [{ status: "failed" }, []],
          [{ event: later.id }, ids(({ event }) => event === later.id)],
          [{ endpoint: two.id, status: "pending" }, ids(({ endpoint: to }) => to === two.id)],
          [{ endpoint: two.id, status: "delivered" }, []],
          [{ endpoint: one.id, status: "delivered", event: paid.id }, ids(({ event }) => event === paid.id)]
        ]
      )
    })
  ),
  law(
    "a delivery shows each of its tries",
    Effect.gen(function* () {
      const of = yield* owner
      const { delivery } = yield* Webhooks
      const { id } = yield* endpoint(of)
      yield* emit(of, "invoice.paid")
      const begun = DateTime.subtract(yield* DateTime.now, { minutes: 1 })
      for (const attempt of [answer(null), { ...answer(500, 1), excerpt: "não 😀" }, answer(200)]) {
        yield* endVisit((yield* visitTo(id)) ?? (yield* theVisitTo(id, "slow")), attempt)
      }
      const [first] = (yield* (yield* Webhooks).deliveries(of, {}, { limit: 1 })).data
      if (first === undefined) return yield* holds(false, "there is no delivery")
      const { delivery: shown, tried } = Option.getOrThrow(yield* delivery(of, first.id))
      yield* same("the delivery", [shown.status, shown.tries, shown.nextAttemptAt], ["delivered", 3, null])
      yield* same(
        "its tries",
        tried.map(({ duration, excerpt, number, status }) => [number, status, excerpt, Duration.toMillis(duration)]),
        [
          [1, null, "time-out", 0],
          [2, 500, "não 😀", 1000],
          [3, 200, "ok", 0]
        ]
      )
      yield* holds(
        tried.every(({ at }) => DateTime.isGreaterThan(at, begun)),
        "a try is older than its delivery"
      )
    })
  ),
  law(
    "what is old is forgotten a few rows at a time, an event not before its deliveries, an endpoint not while it is there",
    Effect.gen(function* () {
      const of = yield* owner
      const { deliveries, endpoints, events } = yield* Webhooks
      const { purge } = yield* DeliveryQueue
      const kept = yield* endpoint(of)
      const removed = yield* endpoint(of)
      yield* emit(of, "invoice.paid", "invoice.failed")
      yield* change(of, removed.id, { removed: true })
      yield* deliver([kept.url], 2)
      const count = Effect.gen(function* () {
        return [
          (yield* deliveries(of, {}, { limit: 10 })).data.length,
          (yield* events(of, {}, { limit: 10 })).data.length,
          (yield* endpoints(of, { limit: 10 })).data.length
        ]
      })
      const past = DateTime.subtract(yield* DateTime.now, { days: 1 })
      yield* same("of the past", yield* purge(past, 100), 0)
      yield* same("what is there", yield* count, [4, 2, 1])
      const future = DateTime.add(yield* DateTime.now, { days: 1 })
      yield* holds((yield* purge(future, 1)) <= 3, "more than one row of a kind went at once")
      yield* eventually("the end of the purge", purge(future, 1000), (gone) => gone === 0)
      yield* same("what is left", yield* count, [0, 0, 1])
    })
  )
]
