/** Laws of payouts: what is recorded, written, booked, listed and due. */
import { DateTime, Duration, Effect, Option } from "effect"
import * as Idempotency from "../../models/Idempotency.ts"
import type { Owner } from "../../models/Owner.ts"
import * as Payout from "../../models/Payout.ts"
import type { PayoutObservation } from "../../models/PayoutObservation.ts"
import {
  Notifications,
  type PayoutDue,
  type PayoutFilter,
  type PayoutIntent,
  PayoutStore,
  Statement
} from "../../ports/Store.ts"
import * as PayoutObservations from "../../usecases/PayoutObservations.ts"
import * as Ids from "../../values/Ids.ts"
import type { PayoutId } from "../../values/Ids.ts"
import * as OurNumber from "../../values/OurNumber.ts"
import * as PayoutSamples from "../PayoutSamples.ts"
import * as Samples from "../Samples.ts"
import { invoice, observe as observeCharge, owner, stored as storedInvoice, tenancy } from "./given.ts"
import { eventually, holds, law, refused, same, times, upTo } from "./law.ts"
import { given, type Subject } from "./subject.ts"

/** An intent under a new key. Its lease is long, and its attempt not due soon, unless the law says so. */
const intent = Effect.fnUntraced(function* (of: Owner, changes: Partial<PayoutIntent> = {}) {
  const request = changes.request ?? PayoutSamples.request()
  const createdAt = changes.createdAt ?? (yield* DateTime.now)
  return {
    owner: of,
    keyed: {
      key: Idempotency.IdempotencyKey.make(yield* Ids.generate("key")),
      fingerprint: Idempotency.fingerprint("POST", "/payouts", request)
    },
    id: yield* Ids.generate("po", createdAt),
    request,
    account: "infrapsp",
    feeMode: "deducted",
    createdAt,
    timeZone: "America/Sao_Paulo",
    lease: Duration.minutes(5),
    missesCountAfter: Duration.hours(1),
    ...changes
  } satisfies PayoutIntent
})

/** Payouts, for what laws hold of invoices and payouts alike. */
export const subject: Subject<Payout.Payout, PayoutIntent> = {
  name: "payout",
  series: "PO",
  store: PayoutStore,
  list: (of) =>
    Effect.flatMap(PayoutStore, (store) => Effect.map(store.list(of, {}, { limit: 100 }), ({ data }) => data)),
  intent,
  newId: Ids.generate("po"),
  learned: (payout) => ({ ...payout, endToEndId: "E9040088820261121200500123873170" })
}

const { change, created, nothing, open, stored } = given(subject)

/** A new payout of an owner, its first attempt recorded and not sent. */
export const payout = Effect.fnUntraced(function* (of: Owner, changes: Partial<PayoutIntent> = {}) {
  const asked = yield* intent(of, changes)
  return { ...(yield* created(yield* open(asked))), intent: asked }
})

/** Applies what a provider says about the first attempt. */
const observe = (of: Owner, id: PayoutId, seen: PayoutObservation) => PayoutObservations.apply(of, id, 1, seen)

/** A new payout that was delivered. */
const paid = Effect.fnUntraced(function* (of: Owner, changes: Partial<PayoutIntent> = {}) {
  const { current } = yield* payout(of, changes)
  yield* observe(of, current.id, PayoutSamples.settled(`po${current.id}`, PayoutSamples.delivery()))
  return yield* stored(of, current.id)
})

const rowsOf = (of: Owner) =>
  Effect.flatMap(Statement, (statement) =>
    Effect.map(statement.list(of, {}, { limit: 100 }), ({ data }) =>
      data.map(({ line, source }) => [source.resource, line.type, line.amount, line.fee, line.net] as const)
    )
  )

const at = (time: string): DateTime.Utc => DateTime.makeUnsafe(time)

const mine = (due: ReadonlyArray<PayoutDue>, ...owners: ReadonlyArray<Owner>): ReadonlyArray<PayoutId> =>
  due.flatMap((each) =>
    owners.some(({ environment, tenant }) => tenant === each.owner.tenant && environment === each.owner.environment)
      ? [each.payout]
      : []
  )

/** Takes until nothing is due any more. Others' attempts in the same database are taken, too. */
const takeAll = Effect.fnUntraced(function* (limit: number, retryIn: Duration.Duration) {
  const store = yield* PayoutStore
  const taken: Array<PayoutDue> = []
  while (true) {
    const due = yield* store.takeDue(limit, retryIn)
    taken.push(...due)
    if (due.length === 0) return taken
  }
})

const hour = Duration.hours(1)

/** Makes the first attempt of a payout due at a time. */
const dueAt = (of: Owner, id: PayoutId, time: DateTime.Utc | null) =>
  change(of, id, null, (held) =>
    Effect.succeed({ change: { ...nothing(held), next: Payout.askAt(held.current, 1, time) }, result: undefined })
  )

/** Laws of `PayoutStore` beyond those of every operation. */
export const payouts = [
  law(
    "a payout is visible at once: created, numbered, its first attempt recorded, and its request as it was sent",
    Effect.gen(function* () {
      const of = yield* owner
      const request = PayoutSamples.abroad({
        contractor_reference: 'ção 😀 "quoted" \\ \n\t \' -- ; $1 %',
        metadata: { order: "77", é: "\\u0000" }
      })
      const { current: made, intent: asked } = yield* payout(of, { request, feeMode: "on_top" })
      yield* same("what is read", yield* stored(of, made.id), made)
      yield* same("the list", yield* subject.list(of), [made])
      const { createdAt, id, owner: whose, request: wanted, status } = made
      yield* same(
        "the payout",
        { id, whose, status, wanted, createdAt },
        { id: asked.id, whose: of, status: "created", wanted: request, createdAt: asked.createdAt }
      )
      const year = OurNumber.yearOf(asked.createdAt, asked.timeZone)
      yield* same("its number", made.ourNumber, OurNumber.format("PO", year, 1))
      const [first] = made.attempts
      yield* same(
        "its first attempt",
        [made.attempts.length, first?.number, first?.reference, first?.account, first?.feeMode, first?.status],
        [1, 1, made.ourNumber, "infrapsp", "on_top", "sent"]
      )
    })
  ),
  law(
    "payouts and invoices of one owner are numbered apart, and share their keys",
    Effect.gen(function* () {
      const of = yield* owner
      const { intent: asked } = yield* invoice(of)
      const { current: made } = yield* payout(of)
      yield* same("its number", OurNumber.parse(made.ourNumber).sequence, 1)
      const key = asked.keyed.key
      const other = yield* intent(of)
      yield* same("an invoice's key", (yield* open({ ...other, keyed: { ...other.keyed, key } }))._tag, "Reused")
      yield* same("the payouts", (yield* subject.list(of)).length, 1)
    })
  ),
  law(
    "what is written of a payout is what is read",
    Effect.gen(function* () {
      const of = yield* owner
      const { current: made, lease } = yield* payout(of)
      const written = (
        next: (held: { readonly current: Payout.Payout; readonly now: DateTime.Utc }) => Payout.Payout
      ) =>
        Effect.gen(function* () {
          const result = yield* change(of, made.id, lease, (held) => {
            const changed = next(held)
            return Effect.succeed({ change: { ...nothing(held), next: changed }, result: changed })
          })
          yield* same("the payout", yield* stored(of, made.id), result)
        })
      yield* written(({ current, now }) => Payout.notCreated(Payout.reject(current, 1, now), now))
      const sending = { account: "other account", feeMode: "on_top" as const }
      yield* written(({ current, now }) => Payout.send(current, { ...sending, missesCountFrom: now }, now))
      yield* written(({ current, now }) => Payout.doubt(current, 2, now, now))
      yield* written(({ current, now }) => Payout.miss(current, 2, 3, now))
      for (const seen of [
        PayoutSamples.observation("po1", { status: { _tag: "waiting_funds" }, endToEndId: "E1" }),
        PayoutSamples.observation("po1"),
        PayoutSamples.settled("po1", PayoutSamples.delivery({ fee: null })),
        PayoutSamples.settled("po1", PayoutSamples.delivery({ fee: 7 })),
        PayoutSamples.observation("po1", { returns: [PayoutSamples.returned()] })
      ]) {
        const result = Option.getOrThrow(yield* PayoutObservations.apply(of, made.id, 2, seen))
        yield* same("the payout", yield* stored(of, made.id), result)
        yield* same("the listed payout", yield* subject.list(of), [result])
      }
      yield* same("the status", (yield* stored(of, made.id)).status, "failed")
    })
  ),
  law(
    "that a payout is in doubt for long is marked once, however many find it at once",
    Effect.gen(function* () {
      const of = yield* owner
      const { current: made } = yield* payout(of)
      const next = (by: (current: Payout.Payout, now: DateTime.Utc) => Payout.Payout) =>
        change(of, made.id, null, (held) => {
          const result = by(held.current, held.now)
          return Effect.succeed({ change: { ...nothing(held), next: result }, result: result !== held.current })
        })
      yield* next((current, now) => Payout.doubt(current, 1, now, now))
      const told = yield* times(
        20,
        next((current, now) => Payout.tellOfDoubts(current, DateTime.add(now, { hours: 2 })))
      )
      yield* same("who told", told.filter(Boolean), [true])
      yield* same("what is marked", (yield* stored(of, made.id)).attempts[0]?.alerted, true)
    })
  ),
  law(
    "a delivery is booked once, however often and at once it is observed",
    Effect.gen(function* () {
      const of = yield* owner
      const { current: made } = yield* payout(of)
      const seen = PayoutSamples.settled("po1", PayoutSamples.delivery())
      yield* times(20, observe(of, made.id, seen))
      yield* observe(of, made.id, seen)
      yield* same("the rows", yield* rowsOf(of), [["payout", "payout", -49850, 150, -50000]])
      yield* same("the payout", (yield* stored(of, made.id)).status, "paid")
    })
  ),
  law(
    "a deducted fee that is told later is a row of its own, once, that moves no balance",
    Effect.gen(function* () {
      const of = yield* owner
      const { current: made } = yield* payout(of)
      yield* observe(of, made.id, PayoutSamples.settled("po1", PayoutSamples.delivery({ fee: null })))
      yield* times(5, observe(of, made.id, PayoutSamples.settled("po1", PayoutSamples.delivery())))
      yield* same(
        "the rows",
        (yield* rowsOf(of)).toSorted(([, , a], [, , b]) => a - b),
        [
          ["payout", "payout", -50000, 0, -50000],
          ["payout", "payout", 150, 150, 0]
        ]
      )
    })
  ),
  law(
    "a return is booked with the delivery that nobody told of, which is corrected when somebody does",
    Effect.gen(function* () {
      const of = yield* owner
      const { current: made } = yield* payout(of)
      const returns = [PayoutSamples.returned({ money: { amount: 39000, currency: Samples.brl } })]
      yield* observe(of, made.id, PayoutSamples.observation("po1", { returns }))
      yield* same(
        "what was assumed",
        (yield* stored(of, made.id)).facts.map(({ inferred }) => inferred ?? false),
        [true, false]
      )
      const deliveries = [PayoutSamples.delivery({ money: { amount: 40000, currency: Samples.brl } })]
      yield* times(3, observe(of, made.id, PayoutSamples.observation("po1", { deliveries, returns })))
      const known = yield* stored(of, made.id)
      yield* same(
        "what is known",
        known.facts.map(({ fee, inferred, money }) => [money.amount, fee, inferred ?? false]),
        [
          [40000, 150, false],
          [39000, 0, false]
        ]
      )
      yield* same("when it was paid", known.paidAt, deliveries[0]?.occurredAt)
      const rows = yield* rowsOf(of)
      yield* same(
        "Σ net",
        rows.reduce((sum, [, , , , net]) => sum + net, 0),
        39000 - 40000
      )
    })
  ),
  law(
    "a money fact is one payout's: a second one of the same owner can't book it, another owner can",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const seen = PayoutSamples.settled("po1", PayoutSamples.delivery())
      const [first, second, other] = [yield* payout(sandbox), yield* payout(sandbox), yield* payout(live)]
      yield* observe(sandbox, first.current.id, seen)
      yield* observe(live, other.current.id, seen)
      yield* refused("the same fact in another payout", observe(sandbox, second.current.id, seen))
      yield* same("the second payout", yield* stored(sandbox, second.current.id), second.current)
      yield* same("rows of the sandbox", (yield* rowsOf(sandbox)).length, 1)
    })
  ),
  law(
    "changes of one payout happen one after another, and its time of change strictly grows",
    Effect.gen(function* () {
      const of = yield* owner
      const { current: made } = yield* payout(of)
      const results = yield* times(
        20,
        change(of, made.id, null, (held) => {
          const rejected = Payout.reject(held.current, held.current.attempts.length, held.now)
          const sending = { account: "infrapsp", feeMode: "on_top" as const, missesCountFrom: held.now }
          const next = Payout.send(rejected, sending, held.now)
          return Effect.succeed({ change: { ...nothing(held), next }, result: next })
        })
      )
      const inOrder = results.toSorted((a, b) => a.attempts.length - b.attempts.length)
      yield* same(
        "how many attempts each found",
        inOrder.map(({ attempts }) => attempts.length),
        upTo(20).map((each) => each + 1)
      )
      const changed = [made, ...inOrder].map(({ updatedAt }) => DateTime.toEpochMillis(updatedAt))
      yield* holds(
        changed.every((time, place) => place === 0 || time > (changed[place - 1] ?? time)),
        `changed at ${changed.join()}`
      )
    })
  ),
  law(
    "another tenant, and the other environment of the same one, see nothing of a payout",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const made = yield* paid(sandbox)
      const store = yield* PayoutStore
      for (const other of [live, yield* owner]) {
        yield* same("the payout", yield* store.get(other, made.id), Option.none())
        yield* same("the list", yield* store.list(other, {}, { limit: 10 }), { data: [], hasMore: false })
        yield* same("the statement", yield* rowsOf(other), [])
        yield* same("a change", yield* store.change(other, made.id, null, () => Effect.die("decided")), Option.none())
      }
      yield* same("the payout of its owner", yield* stored(sandbox, made.id), made)
    })
  ),
  law(
    "payouts are found by each filter, exactly, and page by page",
    Effect.gen(function* () {
      const of = yield* owner
      const store = yield* PayoutStore
      const one = yield* payout(of, {
        createdAt: at("2026-03-01T00:00:00.000Z"),
        request: PayoutSamples.request({ cost_center: "CC-A", contractor_reference: "CT-1" })
      })
      const two = yield* payout(of, { createdAt: at("2026-03-01T00:00:00.001Z"), account: "other account" })
      const three = yield* payout(of, {
        createdAt: at("2026-03-02T00:00:00.000Z"),
        request: PayoutSamples.request({ cost_center: "cc-a", contractor_reference: "CT-10" })
      })
      const [a, b, c] = [one.current.id, two.current.id, three.current.id]
      yield* observe(of, c, PayoutSamples.settled("po3", PayoutSamples.delivery()))
      const expected: ReadonlyArray<readonly [PayoutFilter, ReadonlyArray<PayoutId>]> = [
        [{}, [a, b, c]],
        [{ status: "created" }, [a, b]],
        [{ status: "paid" }, [c]],
        [{ status: "canceled" }, []],
        [{ provider: "infrapsp" }, [a, c]],
        [{ provider: "other account" }, [b]],
        [{ costCenter: "CC-A" }, [a]],
        [{ ourNumber: two.current.ourNumber }, [b]],
        [{ contractorReference: "CT-1" }, [a]],
        [{ createdFrom: at("2026-03-01T00:00:00.001Z") }, [b, c]],
        [{ createdTo: at("2026-03-01T00:00:00.001Z") }, [a, b]],
        [{ status: "created", provider: "infrapsp", costCenter: "CC-A" }, [a]]
      ]
      for (const [filter, ids] of expected) {
        const { data } = yield* store.list(of, filter, { limit: 10 })
        yield* same(`payouts by ${JSON.stringify(filter)}`, data.map(({ id }) => id).toSorted(), ids.toSorted())
      }
      const newestFirst = (yield* store.list(of, {}, { limit: 3 })).data.map(({ id }) => id)
      const first = yield* store.list(of, {}, { limit: 2 })
      const rest = yield* store.list(of, {}, { limit: 2, startingAfter: newestFirst[1] ?? "" })
      yield* same("pages", [first.hasMore, rest.hasMore], [true, false])
      yield* same(
        "both pages",
        [...first.data, ...rest.data].map(({ id }) => id),
        newestFirst
      )
    })
  ),
  law(
    "a payout's attempt is due from when a miss counts, and of many takers handed to one until it is to be tried again",
    Effect.gen(function* () {
      const of = yield* owner
      yield* payout(of)
      const made = yield* times(10, payout(of, { missesCountAfter: Duration.zero }))
      const ids = made.map(({ current }) => current.id)
      const taken = mine((yield* times(4, takeAll(3, Duration.seconds(2)))).flat(), of)
      yield* same("taken at first", taken.toSorted(), ids.toSorted())
      const [first] = made
      if (first === undefined) return
      yield* eventually("taken again", takeAll(10, hour), (due) => mine(due, of).includes(first.current.id))
      yield* same("the time of change", (yield* stored(of, first.current.id)).updatedAt, first.current.updatedAt)
    })
  ),
  law(
    "a notification makes the payouts that it names due now, also one that is over, and no charge of the same id",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const notifications = yield* Notifications
      const [named, other, foreign] = [yield* payout(sandbox), yield* payout(sandbox), yield* payout(live)]
      const charged = yield* invoice(sandbox)
      yield* observeCharge(sandbox, charged.invoice.id, Samples.observation("x1"))
      const chargeDue = Effect.map(storedInvoice(sandbox, charged.invoice.id), ({ attempts }) => attempts[0]?.dueAt)
      const before = yield* chargeDue
      for (const [of, { current }, id] of [
        [sandbox, named, "x1"],
        [sandbox, other, "x2"],
        [live, foreign, "x1"]
      ] as const) {
        yield* observe(of, current.id, PayoutSamples.observation(id))
        yield* dueAt(of, current.id, null)
      }
      const received = {
        owner: sandbox,
        account: "infrapsp",
        dedupeKey: "n1",
        charges: [],
        payouts: ["x1", "unknown"],
        endToEndIds: {},
        body: new Uint8Array([0x7b, 0x00, 0xff, 0x7d])
      }
      yield* times(5, notifications.receive(received))
      yield* same("taken", mine(yield* takeAll(10, hour), sandbox, live), [named.current.id])
      yield* same("the charge of the same id", yield* chargeDue, before)
      yield* notifications.receive(received)
      yield* same("taken after a repeat", mine(yield* takeAll(10, hour), sandbox, live), [])
    })
  )
]
