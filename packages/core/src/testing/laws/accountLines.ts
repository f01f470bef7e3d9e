/** Laws of the lines of a provider account: what was booked for whom, and each line of the provider booked once. */
import { DateTime, Effect, Result } from "effect"
import * as BalanceTransaction from "../../models/BalanceTransaction.ts"
import * as Ledger from "../../models/Ledger.ts"
import type { Owner } from "../../models/Owner.ts"
import { type BookedAs, entryOf, type ProviderLine } from "../../models/ProviderLine.ts"
import { type About, AccountLines } from "../../ports/AccountLines.ts"
import { InvoiceStore, Statement } from "../../ports/Store.ts"
import * as Ids from "../../values/Ids.ts"
import * as Samples from "../Samples.ts"
import { invoice, observe, owner, paid, stored, tenancy } from "./given.ts"
import { law, same, times } from "./law.ts"

const account = "infrapsp"
const time = DateTime.makeUnsafe("2026-11-21T20:05:00.000Z")
const always = { from: DateTime.makeUnsafe("2020-01-01T00:00:00Z"), to: DateTime.makeUnsafe("2100-01-01T00:00:00Z") }

const line = (id: string, changes: Partial<ProviderLine> = {}): ProviderLine => ({
  id,
  account,
  providerId: null,
  reference: null,
  currency: Samples.brl,
  net: 500,
  fee: 0,
  kind: "other",
  at: time,
  ...changes
})

const at = Effect.fnUntraced(function* () {
  return { id: yield* Ids.generate("btxn"), entry: yield* Ids.generate("ent"), createdAt: yield* DateTime.now }
})

const book = Effect.fnUntraced(function* (of: Owner, each: ProviderLine, as: BookedAs = "adjustment") {
  const posted = BalanceTransaction.ofProviderLine(of, each, Result.getOrThrow(entryOf(each, as)), yield* at())
  return yield* (yield* AccountLines).book(of, each, as, posted)
})

const reverse = Effect.fnUntraced(function* (of: Owner, each: ProviderLine) {
  const entry = Result.getOrThrow(Ledger.unmatchedReversed({ amount: each.net, currency: each.currency }))
  const posted = BalanceTransaction.ofProviderLine(of, each, entry, yield* at())
  return yield* (yield* AccountLines).reverse(of, each.account, each.id, posted)
})

const ours = (of: Owner, about: About = always) =>
  Effect.flatMap(AccountLines, (lines) => lines.ours(of, account, about, null, 100))

const net = (of: Owner) =>
  Effect.map(
    Effect.flatMap(AccountLines, (lines) => lines.balances(of, account)),
    (sums) => sums.map((sum) => `${sum.net} ${sum.currency}`)
  )

/** Laws of `AccountLines`. */
export const accountLines = [
  law(
    "what moved an account is a line with the attempt's names and the provider's time, one owner's and one account's",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { id } = yield* paid(sandbox)
      const other = yield* paid(live)
      const { attempts, ourNumber } = yield* stored(sandbox, id)
      const [row] = (yield* (yield* Statement).list(sandbox, {}, { limit: 10 })).data
      yield* same("the lines", yield* ours(sandbox), [
        {
          id: row?.id,
          account,
          providerId: attempts[0]?.providerId,
          reference: ourNumber,
          currency: "BRL",
          net: 12310 - 123,
          at: time,
          standsFor: null
        }
      ])
      const lines = yield* AccountLines
      yield* same("at another account", yield* lines.ours(sandbox, "sellxpay", always, null, 10), [])
      yield* same(
        "before its time",
        yield* ours(sandbox, { from: DateTime.subtract(time, { hours: 1 }), to: time }),
        []
      )
      yield* same(
        "from its time on",
        (yield* ours(sandbox, { from: time, to: DateTime.add(time, { seconds: 1 }) })).map((each) => each.id),
        [row?.id]
      )
      yield* same(
        "of the attempt",
        (yield* ours(sandbox, { resource: "invoice", id, attempt: 1 })).map((each) => each.id),
        [row?.id]
      )
      yield* same("of another attempt", yield* ours(sandbox, { resource: "invoice", id, attempt: 2 }), [])
      yield* same("of another owner's", yield* ours(sandbox, { resource: "invoice", id: other.id, attempt: 1 }), [])
      yield* same("the balance", yield* net(sandbox), ["12187 BRL"])
    })
  ),
  law(
    "lines are read page by page, each once and in order",
    Effect.gen(function* () {
      const of = yield* owner
      for (let day = 1; day <= 7; day++) {
        const when = DateTime.add(time, { days: Math.ceil(day / 2) })
        yield* book(of, line(`l${day}`, { at: when, net: day }))
      }
      const lines = yield* AccountLines
      const whole = yield* ours(of)
      let read: typeof whole = []
      for (let pages = 0; pages < 5; pages++) {
        read = [...read, ...(yield* lines.ours(of, account, always, read.at(-1) ?? null, 3))]
      }
      yield* same("the pages", read, whole)
      yield* same("how many", whole.length, 7)
      yield* same(
        "their order",
        whole.map((each) => each.at),
        whole.map((each) => each.at).toSorted(DateTime.Order)
      )
    })
  ),
  law(
    "a line of the provider is booked once, whoever books it how often; another account's or owner's is another",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const booked = yield* times(8, book(sandbox, line("l1")))
      yield* same("how often", booked.filter(Boolean).length, 1)
      yield* same("the balance", yield* net(sandbox), ["500 BRL"])
      yield* same("again", yield* book(sandbox, line("l1", { net: 700 })), false)
      yield* same("of another owner", yield* book(live, line("l1")), true)
      yield* same("of another account", yield* book(sandbox, line("l1", { account: "sellxpay" })), true)
      yield* same(
        "what it stands for",
        (yield* ours(sandbox)).map(({ standsFor }) => standsFor),
        ["l1"]
      )
      const { data } = yield* (yield* Statement).list(sandbox, { account }, { limit: 10 })
      yield* same(
        "the statement",
        data.map(({ line: { amount, type }, source }) => ({ amount, type, source })),
        [{ amount: 500, type: "adjustment", source: { resource: "provider_line", id: "l1" } }]
      )
    })
  ),
  law(
    "an adjustment is reversed once, and with its reversal it is a line no more; nothing else is ever reversed",
    Effect.gen(function* () {
      const of = yield* owner
      yield* book(of, line("l1"))
      yield* book(of, line("l2", { net: -90, kind: "transfer" }), "own_bank")
      const reversed = yield* times(8, reverse(of, line("l1")))
      yield* same("how often", reversed.filter(Boolean).length, 1)
      yield* same("the balance", yield* net(of), ["-90 BRL"])
      yield* same("again", yield* reverse(of, line("l1")), false)
      yield* same("what is booked by its rule", yield* reverse(of, line("l2", { net: -90 })), false)
      yield* same("what was never booked", yield* reverse(of, line("l3")), false)
      yield* same("booked again", yield* book(of, line("l1")), false)
      yield* same(
        "the lines",
        (yield* ours(of)).map(({ net, standsFor }) => ({ net, standsFor })),
        [{ net: -90, standsFor: "l2" }]
      )
    })
  ),
  law(
    "attempts are known by the provider's id and by our reference, each once",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { invoice: made } = yield* invoice(sandbox)
      yield* invoice(live)
      yield* observe(sandbox, made.id, Samples.observation("tx1"))
      const { attempts } = yield* AccountLines
      const known = [
        { resource: "invoice", id: made.id, attempt: 1, providerId: "tx1", reference: made.ourNumber }
      ] as const
      const named = (providerId: string | null, reference: string | null) => ({ providerId, reference })
      const one = named("tx1", null)
      const other = named(null, made.ourNumber)
      yield* same("by the id", yield* attempts(sandbox, account, [one]), known)
      yield* same("by the reference", yield* attempts(sandbox, account, [other]), known)
      yield* same("by both", yield* attempts(sandbox, account, [one, other, named("tx1", made.ourNumber)]), known)
      yield* same(
        "by others",
        yield* attempts(sandbox, account, [named("tx2", "INV-2020-000009"), named(null, null)]),
        []
      )
      yield* same("at another account", yield* attempts(sandbox, "sellxpay", [one]), [])
      yield* same("of another owner", yield* attempts(live, account, [one]), [])
      yield* same("by nothing", yield* attempts(sandbox, account, []), [])
    })
  ),
  law(
    "an adjustment is late from when an attempt goes by its line's name, until it is reversed",
    Effect.gen(function* () {
      const of = yield* owner
      const lines = yield* AccountLines
      const late = Effect.map(lines.late(of, account, null, 10), (all) => all)
      const mine = line("l1", { providerId: "tx1", kind: "charge" })
      yield* book(of, line("l0"))
      yield* book(of, mine)
      yield* book(of, line("l2", { reference: "INV-2020-000009" }))
      yield* same("before", yield* late, [])
      const { invoice: made } = yield* invoice(of)
      yield* observe(of, made.id, Samples.observation("tx1"))
      yield* same("then", yield* late, [mine])
      yield* same("after it", yield* lines.late(of, account, "l1", 10), [])
      yield* reverse(of, mine)
      yield* same("once it is reversed", yield* late, [])
      yield* same("the invoice", (yield* (yield* InvoiceStore).list(of, {}, { limit: 5 })).data.length, 1)
    })
  )
]
