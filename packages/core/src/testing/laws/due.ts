/** Laws of attempts that are due, and of the notifications that make them so. */
import { DateTime, Duration, Effect, Option } from "effect"
import { type Due, InvoiceStore, Notifications } from "../../ports/Store.ts"
import type { Heard } from "../../models/Heard.ts"
import type { Owner } from "../../models/Owner.ts"
import type { InvoiceId } from "../../values/Ids.ts"
import * as Samples from "../Samples.ts"
import { change, invoice, nothing, observe, owner, paid, stored, tenancy } from "./given.ts"
import { eventually, holds, law, same, times, together } from "./law.ts"

const hour = Duration.hours(1)

const of = (due: ReadonlyArray<Due>, ...owners: ReadonlyArray<Owner>): ReadonlyArray<InvoiceId> =>
  due.flatMap((each) =>
    owners.some(({ environment, tenant }) => tenant === each.owner.tenant && environment === each.owner.environment)
      ? [each.invoice]
      : []
  )

/** Takes until nothing is due any more. Others' attempts in the same database are taken, too. */
const takeAll = Effect.fnUntraced(function* (limit: number, retryIn: Duration.Duration) {
  const store = yield* InvoiceStore
  const taken: Array<Due> = []
  while (true) {
    const due = yield* store.takeDue(limit, retryIn)
    if (due.length > limit)
      return yield* holds(false, `${due.length} were taken at a limit of ${limit}`).pipe(Effect.as(taken))
    taken.push(...due)
    if (due.length === 0) return taken
  }
})

const dueNow = { missesCountAfter: Duration.zero }

/** Makes the first attempt of an invoice due at a time, by who has asked about it and answers what was heard. */
const dueAt = (owner: Owner, id: InvoiceId, at: DateTime.Utc | null, heard: ReadonlyArray<Heard> = []) =>
  change(owner, id, null, (held) => {
    const attempts = held.current.attempts.map((each) => ({ ...each, dueAt: at }))
    const next = { ...held.current, attempts }
    return Effect.succeed({ change: { ...nothing(held), next, heard }, result: undefined })
  })

const notification = (owner: Owner, dedupeKey: string, ...charges: ReadonlyArray<string>) => ({
  owner,
  account: "infrapsp",
  dedupeKey,
  charges,
  payouts: [],
  endToEndIds: {},
  body: new Uint8Array([0x7b, 0x00, 0xff, 0x7d]) // whatever anyone sends
})

/** Laws of `InvoiceStore.takeDue` and of `Notifications`. */
export const due = [
  law(
    "an attempt is due from when a miss counts, and taken once until it is to be tried again",
    Effect.gen(function* () {
      const mine = yield* owner
      yield* invoice(mine)
      const { invoice: now } = yield* invoice(mine, dueNow)
      yield* same("taken at first", of(yield* takeAll(10, Duration.millis(400)), mine), [now.id])
      yield* same("taken right after", of(yield* takeAll(10, hour), mine), [])
      yield* eventually("taken again", takeAll(10, hour), (taken) => of(taken, mine).includes(now.id))
      yield* same("taken at last", of(yield* takeAll(10, hour), mine), [])
    })
  ),
  law(
    "of many takers at once each attempt is handed to one",
    Effect.gen(function* () {
      const mine = yield* owner
      const made = yield* times(30, invoice(mine, dueNow))
      const taken = of((yield* times(8, takeAll(3, hour))).flat(), mine)
      yield* same("the attempts taken", taken.toSorted(), made.map(({ invoice }) => invoice.id).toSorted())
    })
  ),
  law(
    "what has been due longest is taken first, and no more than is asked for",
    Effect.gen(function* () {
      const mine = yield* owner
      const made = yield* times(5, invoice(mine))
      const now = yield* DateTime.now
      yield* together(
        made.map(({ invoice: { id } }, place) =>
          dueAt(mine, id, DateTime.subtract(now, { seconds: [3, 5, 1, 4, 2][place] ?? 0 }))
        )
      )
      const taken = of(yield* takeAll(1, hour), mine)
      yield* same(
        "the order",
        taken,
        [1, 3, 0, 4, 2].map((place) => made[place]?.invoice.id)
      )
    })
  ),
  law(
    "an attempt that is over is never due, and taking changes nothing that a client sees",
    Effect.gen(function* () {
      const mine = yield* owner
      const { invoice: made } = yield* invoice(mine, dueNow)
      const over = yield* invoice(mine, dueNow)
      yield* dueAt(mine, over.invoice.id, null)
      yield* same("taken", of(yield* takeAll(10, hour), mine), [made.id])
      yield* same("the time of change", (yield* stored(mine, made.id)).updatedAt, made.updatedAt)
    })
  ),
  law(
    "a notification address belongs to one account, and a token says nothing about another provider",
    Effect.gen(function* () {
      const { notificationToken, sandbox } = yield* tenancy
      const notifications = yield* Notifications
      yield* same(
        "the account",
        yield* notifications.accountOf("infrapsp", notificationToken),
        Option.some({ owner: sandbox, account: "infrapsp" })
      )
      yield* same("at another provider", yield* notifications.accountOf("sellxpay", notificationToken), Option.none())
      yield* same(
        "of another token",
        yield* notifications.accountOf("infrapsp", `${notificationToken}0`),
        Option.none()
      )
    })
  ),
  law(
    "a notification makes the attempts that it names due now, also one that is over, and no others",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const notifications = yield* Notifications
      const [named, other, over] = [yield* invoice(sandbox), yield* invoice(sandbox), yield* paid(sandbox)]
      const foreign = yield* invoice(live)
      yield* observe(sandbox, named.invoice.id, Samples.observation("tx1"))
      yield* observe(sandbox, other.invoice.id, Samples.observation("tx2"))
      yield* observe(live, foreign.invoice.id, Samples.observation("tx1"))
      for (const [where, { id }] of [
        [sandbox, named.invoice],
        [sandbox, other.invoice],
        [live, foreign.invoice]
      ] as const) {
        yield* dueAt(where, id, DateTime.add(yield* DateTime.now, { hours: 1 }))
      }
      yield* takeAll(10, hour)
      const before = yield* stored(sandbox, named.invoice.id)
      yield* notifications.receive(notification(sandbox, "n1", "tx1", `tx${over.id}`, "unknown"))
      yield* same(
        "taken",
        of(yield* takeAll(10, hour), sandbox, live).toSorted(),
        [named.invoice.id, over.id].toSorted()
      )
      const after = yield* stored(sandbox, named.invoice.id)
      yield* same("what a client sees", [after.status, after.updatedAt], [before.status, before.updatedAt])
    })
  ),
  law(
    "an attempt is not over while something heard of it waits for a reading, and is when that was the last",
    Effect.gen(function* () {
      const mine = yield* owner
      const { pending, receive } = yield* Notifications
      const { invoice: made } = yield* invoice(mine)
      yield* observe(mine, made.id, Samples.observation("tx1"))
      const heardOf = pending(mine, "infrapsp", "charge", ["tx1"])
      /** A change that says that nothing more is to be asked. */
      const end = (heard: ReadonlyArray<Heard>) => dueAt(mine, made.id, null, heard)
      const due = Effect.map(stored(mine, made.id), ({ attempts }) => attempts[0]?.dueAt !== null)
      yield* receive(notification(mine, "n1", "tx1"))
      const first = yield* heardOf
      yield* end([])
      yield* same("taken after a change by who had not heard", of(yield* takeAll(10, hour), mine), [made.id])
      yield* end([])
      yield* holds(yield* due, "It was over while somebody had taken it to ask")
      yield* receive(notification(mine, "n2", "tx1"))
      yield* end(first)
      yield* same("taken after a change that answers the first", of(yield* takeAll(10, hour), mine), [made.id])
      yield* end(yield* heardOf)
      yield* holds(!(yield* due), "It was still due when all was answered")
    })
  ),
  law(
    "an attempt that is due is put off by who asked about it; while something heard of it waits, by who answers that",
    Effect.gen(function* () {
      const mine = yield* owner
      const { pending, receive } = yield* Notifications
      const { invoice: made } = yield* invoice(mine)
      yield* observe(mine, made.id, Samples.observation("tx1"))
      const [past, later] = [
        DateTime.subtract(yield* DateTime.now, { seconds: 1 }),
        DateTime.add(yield* DateTime.now, { minutes: 15 })
      ]
      const isDueAt = Effect.map(stored(mine, made.id), ({ attempts }) => attempts[0]?.dueAt)
      yield* dueAt(mine, made.id, past)
      yield* dueAt(mine, made.id, later)
      yield* same("when it is due, of which nothing was heard", yield* isDueAt, later)
      yield* receive(notification(mine, "n1", "tx1"))
      yield* dueAt(mine, made.id, later)
      yield* same("taken while something heard waits", of(yield* takeAll(10, hour), mine), [made.id])
      yield* dueAt(mine, made.id, past)
      yield* dueAt(mine, made.id, later, yield* pending(mine, "infrapsp", "charge", ["tx1"]))
      yield* same("when it is due, as all is answered", yield* isDueAt, later)
    })
  ),
  law(
    "a repeated notification is received once; the same key of another account or owner is another",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const notifications = yield* Notifications
      const [mine, theirs] = [yield* invoice(sandbox), yield* invoice(live)]
      yield* observe(sandbox, mine.invoice.id, Samples.observation("tx1"))
      yield* observe(live, theirs.invoice.id, Samples.observation("tx1"))
      yield* dueAt(sandbox, mine.invoice.id, null)
      yield* dueAt(live, theirs.invoice.id, null)
      yield* times(20, notifications.receive(notification(sandbox, "n1", "tx1")))
      yield* same("taken at first", of(yield* takeAll(10, hour), sandbox, live), [mine.invoice.id])
      yield* times(5, notifications.receive(notification(sandbox, "n1", "tx1")))
      yield* same("taken after repeats", of(yield* takeAll(10, hour), sandbox, live), [])
      yield* notifications.receive(notification(live, "n1", "tx1"))
      yield* same("taken for the other owner", of(yield* takeAll(10, hour), sandbox, live), [theirs.invoice.id])
      yield* notifications.receive({ ...notification(sandbox, "n1", "tx1"), account: "other account" })
      yield* same("taken for another account", of(yield* takeAll(10, hour), sandbox, live), [])
      yield* notifications.receive(notification(sandbox, "n2", "tx1"))
      yield* same("taken for a new notification", of(yield* takeAll(10, hour), sandbox, live), [mine.invoice.id])
    })
  )
]
