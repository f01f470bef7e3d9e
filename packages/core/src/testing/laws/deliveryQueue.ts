/** Laws of deliveries: every event reaches every endpoint that wants it, at least once, and no endpoint waits for another. */
import { DateTime, Duration, Effect, Option } from "effect"
import { DeliveryQueue, perVisit } from "../../ports/DeliveryQueue.ts"
import { Webhooks } from "../../ports/Webhooks.ts"
import * as Deliveries from "../../usecases/Deliveries.ts"
import * as Ids from "../../values/Ids.ts"
import { change, invoice, nothing, owner, tenancy } from "./given.ts"
import { holds, law, refused, same, together, upTo } from "./law.ts"
import { answer, deliver, emit, endpoint, endVisit, theVisitTo, visitTo } from "./webhookGiven.ts"

/** Laws of `DeliveryQueue`, and of the events in a change. */
export const deliveryQueue = [
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
  ),
  law(
    "an endpoint is visited by one worker at a time, a few deliveries at once, however many wait for it",
    Effect.gen(function* () {
      const of = yield* owner
      const { id } = yield* endpoint(of)
      yield* together(upTo(perVisit).map(() => emit(of, "invoice.paid", "invoice.failed")))
      const first = yield* theVisitTo(id)
      yield* same("deliveries of a visit", first.deliveries.length, perVisit)
      yield* emit(of, "invoice.paid")
      yield* same("while it is visited", (yield* visitTo(id))?.deliveries.length, undefined)
      yield* endVisit(first, answer(200))
      const second = yield* theVisitTo(id)
      const taken = new Set([...first.deliveries, ...second.deliveries].map((each) => each.id))
      yield* same("deliveries of two visits", taken.size, 2 * perVisit)
      yield* endVisit(second, answer(200))
    })
  ),
  law(
    "an endpoint with much to be sent goes behind those that wait, after each visit",
    Effect.gen(function* () {
      const of = yield* owner
      yield* deliver([], 0)
      const busy = yield* endpoint(of, { events: ["invoice.failed"] })
      const quiet = yield* endpoint(of, { events: ["invoice.paid"] })
      yield* together(upTo(perVisit).map(() => emit(of, "invoice.failed", "invoice.failed")))
      yield* emit(of, "invoice.paid")
      const order = yield* Effect.forEach(upTo(3), () =>
        Effect.gen(function* () {
          const [visit, ...others] = yield* Deliveries.take("prompt", 1, [])
          if (visit === undefined || others.length > 0) return yield* holds(false, "not one visit was taken")
          yield* endVisit(visit, answer(200))
          return visit.endpoint
        })
      )
      yield* same("visits", order, [busy.id, quiet.id, busy.id])
    })
  ),
  law(
    "an endpoint that does not answer, or not soon, is visited beside the others until it answers promptly again",
    Effect.gen(function* () {
      const of = yield* owner
      const { id } = yield* endpoint(of)
      yield* emit(of, "invoice.paid")
      yield* endVisit(yield* theVisitTo(id), answer(500))
      yield* endVisit(yield* theVisitTo(id), answer(null))
      yield* same("among the prompt ones", yield* visitTo(id), undefined)
      yield* endVisit(yield* theVisitTo(id, "slow"), answer(500, 9))
      yield* endVisit(yield* theVisitTo(id, "slow"), answer(500))
      yield* same("among the slow ones", yield* visitTo(id, "slow"), undefined)
      yield* endVisit(yield* theVisitTo(id), answer(200))
    })
  ),
  law(
    "tenants that have had their share are passed over",
    Effect.gen(function* () {
      const [one, two] = [yield* owner, yield* owner]
      yield* endpoint(one)
      yield* endpoint(two)
      yield* emit(one, "invoice.paid")
      yield* emit(two, "invoice.paid")
      const taken = yield* Deliveries.take("prompt", 100, [one.tenant])
      const tenants = taken.map((each) => each.owner.tenant)
      yield* holds(tenants.includes(two.tenant) && !tenants.includes(one.tenant), "the wrong tenant was passed over")
      yield* together(taken.map((visit) => endVisit(visit, answer(200))))
    })
  ),
  law(
    "a try that is recorded before the others of its visit counts at once, and the visit goes on",
    Effect.gen(function* () {
      const of = yield* owner
      const { deliveries } = yield* Webhooks
      const { record } = yield* DeliveryQueue
      const { id } = yield* endpoint(of)
      yield* emit(of, "invoice.paid", "invoice.failed")
      const visit = yield* theVisitTo(id)
      const [first] = visit.deliveries
      if (first === undefined) return yield* holds(false, "there is nothing in the visit")
      yield* record(visit, [{ ...first, attempt: answer(200), outcome: { _tag: "Delivered" } }], false)
      const { data } = yield* deliveries(of, { status: "delivered" }, { limit: 10 })
      yield* same(
        "what is delivered",
        data.map((each) => each.id),
        [first.id]
      )
      yield* emit(of, "invoice.paid")
      yield* same("while it is visited", yield* visitTo(id), undefined)
      yield* endVisit({ ...visit, deliveries: visit.deliveries.slice(1) }, answer(200))
      yield* endVisit(yield* theVisitTo(id), answer(200))
    })
  ),
  law(
    "who comes late with a failure decides nothing, and with a success is believed",
    Effect.gen(function* () {
      const of = yield* owner
      const { delivery, endpoint: get } = yield* Webhooks
      const { record } = yield* DeliveryQueue
      const { id } = yield* endpoint(of)
      yield* emit(of, "invoice.paid")
      const first = yield* theVisitTo(id)
      yield* endVisit(first, answer(500))
      const second = yield* theVisitTo(id)
      const [sent] = first.deliveries
      if (sent === undefined) return yield* holds(false, "there is nothing in the visit")
      const late = { ...sent, attempt: answer(410) }
      yield* record(first, [{ ...late, outcome: { _tag: "Failed" } }], true)
      const status = Effect.map(delivery(of, sent.id), (found) => Option.getOrThrow(found).delivery.status)
      yield* same("after a late failure", yield* status, "pending")
      yield* same("the endpoint", Option.getOrThrow(yield* get(of, id)).status, "enabled")
      yield* same("the visit of the other", yield* visitTo(id), undefined)
      yield* record(first, [{ ...late, attempt: answer(200), outcome: { _tag: "Delivered" } }], true)
      yield* same("after a late success", yield* status, "delivered")
      yield* record(second, [{ ...sent, number: 2, attempt: answer(500), outcome: { _tag: "Failed" } }], true)
      yield* same("after a failure of the other", yield* status, "delivered")
    })
  ),
  law(
    "an endpoint that says it is gone is disabled at once, and this is told once",
    Effect.gen(function* () {
      const of = yield* owner
      const { endpoint: get } = yield* Webhooks
      const { record } = yield* DeliveryQueue
      const { id, url } = yield* endpoint(of)
      yield* emit(of, "invoice.paid", "invoice.failed")
      const visit = yield* theVisitTo(id)
      const results = visit.deliveries.map((each) => ({
        ...each,
        attempt: answer(410),
        outcome: { _tag: "Failed" as const }
      }))
      yield* same("the first record", yield* record(visit, results.slice(0, 1), false), "gone")
      yield* same("the second record", yield* record(visit, results.slice(1), true), null)
      const { disabledReason, status } = Option.getOrThrow(yield* get(of, id))
      yield* same("the endpoint", [status, disabledReason], ["disabled", "gone"])
      yield* emit(of, "invoice.paid")
      yield* same("what is sent there", yield* deliver([url], 0), [])
    })
  ),
  law(
    "an endpoint shows since when it has failed, until it succeeds",
    Effect.gen(function* () {
      const of = yield* owner
      const { endpoint: get } = yield* Webhooks
      const { id } = yield* endpoint(of)
      const since = Effect.map(get(of, id), (found) => Option.getOrThrow(found).failingSince)
      yield* emit(of, "invoice.paid")
      yield* endVisit(yield* theVisitTo(id), answer(500))
      const first = yield* since
      yield* holds(first !== null, "it is not known to fail")
      yield* endVisit(yield* theVisitTo(id), answer(500))
      yield* same("after another failure", yield* since, first)
      yield* endVisit(yield* theVisitTo(id), answer(200))
      yield* same("after a success", yield* since, null)
    })
  ),
  law(
    "the backlog counts what is to be tried and what should have been; a disabled endpoint's does not count",
    Effect.gen(function* () {
      const of = yield* owner
      const { backlog, record } = yield* DeliveryQueue
      yield* deliver([], 0)
      const before = yield* backlog
      const { id } = yield* endpoint(of)
      yield* emit(of, "invoice.paid", "invoice.failed")
      yield* Effect.sleep("20 millis")
      const after = yield* backlog
      yield* same("pending", after.pending - before.pending, 2)
      yield* same("due", after.due - before.due, 2)
      yield* holds(Duration.toMillis(after.oldestDue) >= 15, "the oldest has just become due")
      const visit = yield* theVisitTo(id)
      const later = visit.deliveries.map((each) => ({
        ...each,
        attempt: answer(500),
        outcome: { _tag: "Again" as const, after: Duration.hours(1) }
      }))
      yield* record(visit, later, true)
      const waiting = yield* backlog
      yield* same("pending later", waiting.pending - before.pending, 2)
      yield* same("due later", waiting.due - before.due, 0)
    })
  )
]

const byUrl = (a: { readonly url: string }, b: { readonly url: string }) => (a.url < b.url ? -1 : 1)
