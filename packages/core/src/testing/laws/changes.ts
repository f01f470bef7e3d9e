/** Laws of changes: each happens as a whole or not at all, one after another, and money is booked once. */
import { DateTime, Effect, Option } from "effect"
import * as BalanceTransaction from "../../models/BalanceTransaction.ts"
import * as Invoice from "../../models/Invoice.ts"
import * as Ledger from "../../models/Ledger.ts"
import type { Owner } from "../../models/Owner.ts"
import { InvoiceStore, PayerView, Statement } from "../../ports/Store.ts"
import * as Ids from "../../values/Ids.ts"
import * as Samples from "../Samples.ts"
import { change, invoice, nothing, observe, owner, paid, stored, tenancy, sending } from "./given.ts"
import { holds, law, refused, same, times, upTo } from "./law.ts"

const statementOf = (of: Owner) =>
  Effect.flatMap(Statement, (statement) => Effect.map(statement.list(of, {}, { limit: 100 }), ({ data }) => data))

const place = { account: "infrapsp", availableOn: null, attempt: 1 }

/** A payment of so much, as an entry of an invoice. */
const posted = Effect.fnUntraced(function* (of: Invoice.Invoice, amount: number) {
  const entry = yield* Effect.fromResult(Ledger.chargePaid({ amount, fee: 0, currency: Samples.brl }))
  const createdAt = yield* DateTime.now
  const at = { id: yield* Ids.generate("btxn", createdAt), entry: yield* Ids.generate("ent"), createdAt }
  return BalanceTransaction.ofInvoice(of, { ...place, entry, occurredAt: createdAt }, at)
})

/** Laws of `InvoiceStore.change`, of the ledger behind it, and of the walls between owners. */
export const changes = [
  law(
    "what is written is what is read",
    Effect.gen(function* () {
      const of = yield* owner
      const { invoice: made } = yield* invoice(of)
      for (const seen of [
        Samples.observation("tx1"),
        Samples.settled("tx1", Samples.payment({ fee: null, payer: null })),
        Samples.settled("tx1", Samples.payment({ fee: 7 }), Samples.payment({ ordinal: "2", fee: null }))
      ]) {
        const result = Option.getOrThrow(yield* observe(of, made.id, seen))
        yield* same("the invoice", yield* stored(of, made.id), result)
        yield* same("the listed invoice", (yield* (yield* InvoiceStore).list(of, {}, { limit: 1 })).data, [result])
      }
      yield* same("the money", (yield* stored(of, made.id)).amountPaid, 2 * 12310)
    })
  ),
  law(
    "a decision that fails, or dies, writes nothing",
    Effect.gen(function* () {
      const of = yield* owner
      const { invoice: made } = yield* invoice(of)
      yield* refused(
        "a decision that fails",
        change(of, made.id, null, () => Effect.fail("no"))
      )
      yield* refused(
        "a decision that dies",
        change(of, made.id, null, () => Effect.die("no"))
      )
      yield* same("the invoice", yield* stored(of, made.id), made)
    })
  ),
  law(
    "an entry that is not balanced is refused, and with it all of its change",
    Effect.gen(function* () {
      const of = yield* owner
      const { invoice: made } = yield* invoice(of)
      const [good, bad] = [yield* posted(made, 5), yield* posted(made, 5)]
      const unbalanced = {
        ...bad,
        postings: bad.postings.map((each) => ({ ...each, amount: each.amount === 5 ? 6 : each.amount }))
      }
      const crossed = {
        ...bad,
        postings: bad.postings.map((each) => (each.amount === 5 ? { ...each, currency: Samples.usd } : each))
      }
      const empty = { ...bad, postings: [] }
      for (const wrong of [unbalanced, crossed, empty]) {
        yield* refused(
          "an entry that is not balanced",
          change(of, made.id, null, (held) =>
            Effect.succeed({
              change: { ...nothing(held), next: { ...held.current, confirmed: true }, posted: [good, wrong] },
              result: undefined
            })
          )
        )
      }
      yield* same("the invoice", yield* stored(of, made.id), made)
      yield* same("the statement", yield* statementOf(of), [])
    })
  ),
  law(
    "the ledger only grows: an entry, or a statement row, that is there is never written again",
    Effect.gen(function* () {
      const of = yield* owner
      const { invoice: made } = yield* invoice(of)
      const first = yield* posted(made, 5)
      const write = (rows: ReadonlyArray<BalanceTransaction.Posted>) =>
        change(of, made.id, null, (held) =>
          Effect.succeed({ change: { ...nothing(held), posted: rows }, result: undefined })
        )
      yield* write([first])
      const other = yield* posted(made, 7)
      yield* refused(
        "the same entry again",
        write([{ ...other, transaction: { ...other.transaction, entry: first.transaction.entry } }])
      )
      yield* refused(
        "the same row again",
        write([{ ...other, transaction: { ...other.transaction, id: first.transaction.id } }])
      )
      yield* write([other])
      const rows = yield* statementOf(of)
      yield* same(
        "the rows",
        rows.toSorted((a, b) => a.line.amount - b.line.amount),
        [first.transaction, other.transaction]
      )
      yield* same("one row", yield* (yield* Statement).get(of, first.transaction.id), Option.some(first.transaction))
    })
  ),
  law(
    "changes of one invoice happen one after another, and its time of change strictly grows",
    Effect.gen(function* () {
      const of = yield* owner
      const { invoice: made } = yield* invoice(of)
      const results = yield* times(
        20,
        change(of, made.id, null, (held) => {
          const sent = Invoice.send(held.current, sending(held.now), held.now)
          return Effect.succeed({ change: { ...nothing(held), next: sent }, result: sent })
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
      yield* same("the invoice", yield* stored(of, made.id), inOrder.at(-1))
    })
  ),
  law(
    "that something is in doubt for long is marked once, however many find it at once",
    Effect.gen(function* () {
      const of = yield* owner
      const { invoice: doubted } = yield* invoice(of)
      const { invoice: asked } = yield* invoice(of)
      const next = (id: Ids.InvoiceId, by: (current: Invoice.Invoice, now: DateTime.Utc) => Invoice.Invoice) =>
        change(of, id, null, (held) => {
          const result = by(held.current, held.now)
          return Effect.succeed({ change: { ...nothing(held), next: result }, result: result !== held.current })
        })
      yield* next(doubted.id, (current, now) => Invoice.doubt(current, 1, now, now))
      yield* observe(of, asked.id, Samples.observation("tx1"))
      yield* next(asked.id, (current, now) => Invoice.wantRefund(current, 1, now))
      yield* next(asked.id, (current, now) => Invoice.operationSent(current, 1, "refund", now, now))
      for (const id of [doubted.id, asked.id]) {
        const tell = next(id, (current, now) => Invoice.tellOfDoubts(current, DateTime.add(now, { hours: 2 })))
        yield* same("who told", (yield* times(20, tell)).filter(Boolean), [true])
      }
      const [attempt] = (yield* stored(of, doubted.id)).attempts
      const [other] = (yield* stored(of, asked.id)).attempts
      yield* same("what is marked", [attempt?.alerted, other?.alerted, other?.refund?.alerted], [true, false, true])
    })
  ),
  law(
    "a payment is booked once, however often and at once it is observed",
    Effect.gen(function* () {
      const of = yield* owner
      const { invoice: made } = yield* invoice(of)
      const seen = Samples.settled("tx1", Samples.payment())
      yield* times(20, observe(of, made.id, seen))
      yield* observe(of, made.id, seen)
      yield* same(
        "the rows",
        (yield* statementOf(of)).map(({ line }) => line),
        [{ type: "charge", amount: 12310, currency: "BRL", fee: 123, net: 12187 }]
      )
      const { amountPaid, status } = yield* stored(of, made.id)
      yield* same("the invoice", { amountPaid, status }, { amountPaid: 12310, status: "paid" })
    })
  ),
  law(
    "payments of many invoices at once are each booked once",
    Effect.gen(function* () {
      const of = yield* owner
      yield* times(20, paid(of))
      const rows = yield* statementOf(of)
      yield* same(
        "Σ net",
        rows.reduce((sum, { line }) => sum + line.net, 0),
        20 * 12187
      )
      yield* same("entries", new Set(rows.map(({ entry }) => entry)).size, 20)
    })
  ),
  law(
    "a fee that is told later is a row of its own, once",
    Effect.gen(function* () {
      const of = yield* owner
      const made = yield* paid(of, { fee: null })
      yield* times(5, observe(of, made.id, Samples.settled(`tx${made.id}`, Samples.payment({ fee: 123 }))))
      yield* same(
        "the rows",
        (yield* statementOf(of))
          .map(({ line: { amount, fee, net, type } }) => ({ amount, fee, net, type }))
          .toSorted((a, b) => a.net - b.net),
        [
          { type: "fee", amount: -123, fee: 0, net: -123 },
          { type: "charge", amount: 12310, fee: 0, net: 12310 }
        ]
      )
    })
  ),
  law(
    "a money fact is one invoice's: a second one of the same owner can't book it, another owner can",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const seen = Samples.settled("tx1", Samples.payment())
      const [first, second, other] = [yield* invoice(sandbox), yield* invoice(sandbox), yield* invoice(live)]
      yield* observe(sandbox, first.invoice.id, seen)
      yield* observe(live, other.invoice.id, seen)
      yield* refused("the same fact in another invoice", observe(sandbox, second.invoice.id, seen))
      yield* same("the second invoice", yield* stored(sandbox, second.invoice.id), second.invoice)
      yield* same("rows of the sandbox", (yield* statementOf(sandbox)).length, 1)
      yield* same("rows of live", (yield* statementOf(live)).length, 1)
    })
  ),
  law(
    "another tenant, and the other environment of the same one, see nothing",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const made = yield* paid(sandbox)
      const [row] = yield* statementOf(sandbox)
      if (row === undefined) return yield* holds(false, "no statement row")
      const store = yield* InvoiceStore
      for (const other of [live, yield* owner]) {
        yield* same("the invoice", yield* store.get(other, made.id), Option.none())
        yield* same("the list", yield* store.list(other, {}, { limit: 10 }), { data: [], hasMore: false })
        yield* same("the statement", yield* statementOf(other), [])
        yield* same("the row", yield* (yield* Statement).get(other, row.id), Option.none())
        yield* same("a change", yield* store.change(other, made.id, null, () => Effect.die("decided")), Option.none())
      }
      yield* same("the invoice of its owner", yield* stored(sandbox, made.id), made)
    })
  ),
  law(
    "a payer sees the invoice by its id alone",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const view = yield* PayerView
      for (const each of [sandbox, live]) {
        const { invoice: made } = yield* invoice(each)
        yield* same("what a payer sees", yield* view.invoice(made.id), Option.some(made))
      }
      yield* same("an unknown invoice", yield* view.invoice(yield* Ids.generate("inv")), Option.none())
    })
  ),
  law(
    "an invoice that is not there is not there",
    Effect.gen(function* () {
      const of = yield* owner
      const store = yield* InvoiceStore
      const id = yield* Ids.generate("inv")
      yield* same("the invoice", yield* store.get(of, id), Option.none())
      yield* same("a change", yield* store.change(of, id, null, () => Effect.die("decided")), Option.none())
      yield* same("a row", yield* (yield* Statement).get(of, yield* Ids.generate("btxn")), Option.none())
    })
  )
]
