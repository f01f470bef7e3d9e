/** Laws of what is forgotten: idempotency records and notifications that are old, and nothing that somebody still needs. */
import { Duration, Effect, Option } from "effect"
import type { Keyed } from "../../models/Idempotency.ts"
import * as Invoice from "../../models/Invoice.ts"
import type { Owner } from "../../models/Owner.ts"
import { IdempotencyRecords } from "../../ports/IdempotencyRecords.ts"
import { onlyState } from "../../ports/Operations.ts"
import { InvoiceStore, Notifications, PayoutStore } from "../../ports/Store.ts"
import * as PayoutObservations from "../../usecases/PayoutObservations.ts"
import * as PayoutSamples from "../PayoutSamples.ts"
import * as Samples from "../Samples.ts"
import { change, invoice, nothing, observe, owner, tenancy } from "./given.ts"
import { eventually, law, same } from "./law.ts"
import { payout } from "./payouts.ts"

/** Whether a key is still known. */
const isKnown = (of: Owner, keyed: Keyed) =>
  Effect.flatMap(InvoiceStore, (store) => Effect.map(store.recall(of, keyed), Option.isSome))

const none = Duration.zero

/** Purges everything that may be, of everybody in the same database. */
const purgeAll = (age: Duration.Duration) =>
  Effect.flatMap(IdempotencyRecords, ({ purge }) => Effect.repeat(purge(age, 50), { until: (gone) => gone < 50 }))

/** An invoice whose operation has ended, its charge open, and its lease given back. */
const settled = Effect.fnUntraced(function* (of: Owner) {
  const made = yield* invoice(of)
  yield* observe(of, made.invoice.id, Samples.observation(`tx${made.invoice.id}`))
  yield* change(of, made.invoice.id, made.lease, (held) =>
    Effect.succeed({
      change: nothing(held, { finished: { keyed: made.intent.keyed, response: { status: 201, body: "{}" } } }),
      result: undefined
    })
  )
  return made
})

const heard = (of: Owner, dedupeKey: string, endToEndId?: string) => ({
  owner: of,
  account: "infrapsp",
  dedupeKey,
  charges: ["tx1", "tx2"],
  payouts: ["tx1"],
  endToEndIds: endToEndId === undefined ? {} : { tx1: endToEndId },
  body: new Uint8Array([0x7b, 0x7d])
})

/** Laws of `IdempotencyRecords`, and of `Notifications` once they are received. */
export const housekeeping = [
  law(
    "a record is forgotten once its operation is over for so long, and never while it is being carried out",
    Effect.gen(function* () {
      const of = yield* owner
      const over = yield* settled(of)
      const running = yield* invoice(of)
      yield* purgeAll(Duration.hours(1))
      yield* same("at first", yield* isKnown(of, over.intent.keyed), true)
      yield* eventually("forgotten", Effect.andThen(purgeAll(none), isKnown(of, over.intent.keyed)), (known) => !known)
      yield* same("one that is being carried out", yield* isKnown(of, running.intent.keyed), true)
    })
  ),
  law(
    "a record is never forgotten while an attempt, a cancellation or a refund was sent or is in doubt, however old",
    Effect.gen(function* () {
      const of = yield* owner
      const released = { released: true }
      const sent = yield* invoice(of)
      yield* change(of, sent.invoice.id, sent.lease, (held) =>
        Effect.succeed({ change: nothing(held, released), result: undefined })
      )
      const doubted = yield* invoice(of)
      yield* change(of, doubted.invoice.id, doubted.lease, ({ current, now }) =>
        Effect.succeed({
          change: { ...onlyState(Invoice.doubt(current, 1, now, now)), ...released },
          result: undefined
        })
      )
      const canceling = yield* settled(of)
      yield* change(of, canceling.invoice.id, null, ({ current, now }) =>
        Effect.succeed({
          change: onlyState(Invoice.operationSent(Invoice.wantCancel(current, 1, now), 1, "cancel", now, now)),
          result: undefined
        })
      )
      const paying = yield* payout(of, { lease: Duration.millis(1) })
      const over = yield* settled(of)
      yield* eventually(
        "another is forgotten",
        Effect.andThen(purgeAll(none), isKnown(of, over.intent.keyed)),
        (known) => !known
      )
      for (const [what, { intent }] of Object.entries({ sent, doubted, canceling, paying })) {
        yield* same(what, yield* isKnown(of, intent.keyed), true)
      }
      yield* change(of, doubted.invoice.id, null, ({ current, now }) =>
        Effect.succeed({ change: onlyState(Invoice.miss(current, 1, 1, now)), result: undefined })
      )
      yield* eventually(
        "once the doubt is over",
        Effect.andThen(purgeAll(none), isKnown(of, doubted.intent.keyed)),
        (known) => !known
      )
    })
  ),
  law(
    "no more is forgotten at once than is asked for",
    Effect.gen(function* () {
      const of = yield* owner
      const { purge } = yield* IdempotencyRecords
      yield* purgeAll(none)
      yield* Effect.forEach(Array.from({ length: 5 }), () => settled(of))
      yield* eventually("two at once", purge(none, 2), (gone) => gone === 2)
    })
  ),
  law(
    "what a notification names waits until the change that it led to, in the same transaction",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { pending, receive } = yield* Notifications
      const { invoice: made } = yield* invoice(sandbox)
      yield* receive(heard(sandbox, "n1", "E1"))
      yield* receive(heard(live, "n1"))
      const waiting = pending(sandbox, "infrapsp", "charge", ["tx1", "tx3"])
      const one = {
        account: "infrapsp",
        notification: "n1",
        kind: "charge",
        providerId: "tx1",
        endToEndId: "E1"
      } as const
      yield* same("what waits", yield* waiting, [one])
      const [of] = yield* waiting
      if (of === undefined) return
      yield* Effect.exit(change(sandbox, made.id, null, () => Effect.fail("no change")))
      yield* same("after a change that failed", yield* waiting, [one])
      yield* change(sandbox, made.id, null, (held) =>
        Effect.succeed({ change: { ...nothing(held), heard: [of] }, result: undefined })
      )
      yield* same("after the change", yield* waiting, [])
      yield* receive(heard(sandbox, "n1", "E1"))
      yield* same("after a repeat", yield* waiting, [])
      yield* same(
        "the others that it names",
        (yield* pending(sandbox, "infrapsp", "charge", ["tx2"])).length +
          (yield* pending(sandbox, "infrapsp", "payout", ["tx1", "tx2"])).length,
        2
      )
      yield* same("the other owner's", (yield* pending(live, "infrapsp", "charge", ["tx1"])).length, 1)
      yield* same("another account's", yield* pending(sandbox, "sellxpay", "charge", ["tx1"]), [])
    })
  ),
  law(
    "what fails too often is a dead letter, which waits no longer and is seen by its owner alone",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { deadLetters, fail, pending, receive } = yield* Notifications
      yield* receive(heard(sandbox, "n1"))
      const waiting = pending(sandbox, "infrapsp", "charge", ["tx1"])
      const subjects = yield* waiting
      yield* same("none of none", yield* fail(sandbox, [], "nothing", 1), [])
      yield* same("none at first", yield* fail(sandbox, subjects, "first", 2), [])
      yield* same("after one failure", [yield* waiting, yield* deadLetters(sandbox, 10)], [subjects, []])
      yield* same("none of another's", yield* fail(live, subjects, "not theirs", 1), [])
      yield* same("which died", yield* fail(sandbox, subjects, "second", 2), ["n1"])
      yield* same("none twice", yield* fail(sandbox, subjects, "third", 2), [])
      yield* same("what waits then", yield* waiting, [])
      const letters = yield* deadLetters(sandbox, 10)
      yield* same(
        "the dead letters",
        letters.map(({ failures, message, notification, providerId }) => ({
          failures,
          message,
          notification,
          providerId
        })),
        [{ failures: 2, message: "second", notification: "n1", providerId: "tx1" }]
      )
      yield* same("the other owner's", yield* deadLetters(live, 10), [])
    })
  ),
  law(
    "a dead letter that is put back waits as if nothing had failed, and what it names is due now",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { deadLetters, fail, pending, receive, retry } = yield* Notifications
      const store = yield* InvoiceStore
      const { invoice: charged } = yield* invoice(sandbox)
      const { current: paidOut } = yield* payout(sandbox)
      yield* observe(sandbox, charged.id, Samples.observation("tx1"))
      yield* PayoutObservations.apply(sandbox, paidOut.id, 1, PayoutSamples.observation("tx1"))
      for (const key of ["n1", "n2"]) yield* receive(heard(sandbox, key))
      const isMine = ({ owner: of }: { readonly owner: Owner }) => of.tenant === sandbox.tenant
      const due = Effect.map(
        Effect.all([
          store.takeDue(1000, Duration.hours(1)),
          Effect.flatMap(PayoutStore, ({ takeDue }) => takeDue(1000, Duration.hours(1)))
        ]),
        ([charges, payouts]) => [charges.filter(isMine).length, payouts.filter(isMine).length]
      )
      yield* same("due by what came in", yield* due, [1, 1])
      const subjects = [
        ...(yield* pending(sandbox, "infrapsp", "charge", ["tx1"])),
        ...(yield* pending(sandbox, "infrapsp", "payout", ["tx1"]))
      ]
      yield* fail(sandbox, subjects, "no", 1)
      yield* same("put back for another", yield* retry(live, "n1"), 0)
      yield* same("put back of another notification", yield* retry(sandbox, "n3"), 0)
      yield* same("due by that", yield* due, [0, 0])
      yield* same("put back", yield* retry(sandbox, "n1"), 2)
      yield* same("due then", yield* due, [1, 1])
      const waiting = yield* pending(sandbox, "infrapsp", "charge", ["tx1"])
      yield* same(
        "what waits",
        waiting.map(({ notification }) => notification),
        ["n1"]
      )
      yield* same(
        "what is dead still",
        (yield* deadLetters(sandbox, 10)).map(({ notification }) => notification),
        ["n2", "n2"]
      )
      yield* same("failures are counted anew", yield* fail(sandbox, waiting, "no", 2), [])
      yield* same("put back twice", yield* retry(sandbox, "n1"), 0)
    })
  ),
  law(
    "notifications are forgotten by their age, some at a time, and then received anew",
    Effect.gen(function* () {
      const of = yield* owner
      const { deadLetters, fail, pending, purge, receive } = yield* Notifications
      for (const key of ["n1", "n2", "n3"]) yield* receive(heard(of, key))
      const waiting = pending(of, "infrapsp", "charge", ["tx2"])
      yield* fail(of, (yield* waiting).slice(0, 1), "dead", 1)
      yield* purge(Duration.hours(1), 1000)
      yield* same("young ones", (yield* waiting).length, 2)
      yield* eventually("gone", Effect.andThen(purge(none, 2), waiting), (left) => left.length === 0)
      yield* eventually(
        "the dead letter, too",
        Effect.andThen(purge(none, 2), deadLetters(of, 5)),
        (left) => left.length === 0
      )
      yield* receive(heard(of, "n1"))
      yield* same("received anew", (yield* waiting).length, 1)
    })
  )
]
