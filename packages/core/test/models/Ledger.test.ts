import { assert, describe, it } from "@effect/vitest"
import { Currency, Ledger } from "@salesos/core"
import { Option, Result, Schema } from "effect"
import * as fc from "fast-check"

const [brl, usd] = [Currency.Currency.make("BRL"), Currency.Currency.make("USD")]

const sums = (postings: ReadonlyArray<Ledger.Posting>): ReadonlyArray<number> =>
  [brl, usd].map((each) => postings.reduce((sum, { amount, currency }) => (currency === each ? sum + amount : sum), 0))

const posting = fc.record({
  account: fc.constantFrom(...Ledger.Account.literals),
  amount: fc.integer({ min: -3, max: 3 }),
  currency: fc.constantFrom(brl, usd)
})
const postings = fc.array(posting, { maxLength: 5 })
const balanced = fc
  .tuple(postings, fc.constantFrom(...Ledger.Account.literals))
  .map(([rows, account]) => [
    ...rows,
    ...[brl, usd].map((currency, at) => ({ account, amount: -(sums(rows)[at] ?? 0), currency }))
  ])
const balance = (rows: ReadonlyArray<Ledger.Posting>, of: Currency.Currency): number =>
  rows.reduce(
    (sum, { account, amount, currency }) => (account === "provider_balance" && currency === of ? sum + amount : sum),
    0
  )

/** Postings and the line that would show them; about half of them right. */
const asked = fc
  .record({
    rows: fc.oneof(postings, balanced, balanced),
    type: fc.constantFrom(...Ledger.StatementType.literals),
    fee: fc.integer({ min: -1, max: 2 }),
    currency: fc.constantFrom(brl, usd),
    off: fc.constantFrom(0, 0, 0, 1)
  })
  .map(({ currency, fee, off, rows, type }) => ({
    rows,
    line: { type, fee, currency, amount: balance(rows, currency) + fee + off }
  }))

describe("a ledger entry", () => {
  it("is balanced in every currency and moves the balance by its net, or it is refused", () => {
    let made = 0
    fc.assert(
      fc.property(asked, ({ line, rows }) => {
        const entry = Ledger.entry(rows, line)
        const right =
          rows.some(({ amount }) => amount !== 0) &&
          rows.every(
            ({ account, amount, currency }) =>
              amount === 0 || account !== "provider_balance" || currency === line.currency
          ) &&
          sums(rows).every((sum) => sum === 0) &&
          line.fee >= 0 &&
          balance(rows, line.currency) === line.amount - line.fee
        assert.strictEqual(Result.isSuccess(entry), right)
        if (Result.isSuccess(entry)) {
          made++
          assert.isTrue(entry.success.postings.length > 0 && entry.success.postings.every(({ amount }) => amount !== 0))
          assert.strictEqual(entry.success.line.net, line.amount - line.fee)
        }
      }),
      { numRuns: 2000 }
    )
    // Both are tried; how often is chance.
    assert.isTrue(made > 100 && made < 1900, `${made} of 2000`)
  })

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1])("of %d is refused", (amount) => {
    const postings = [
      { account: "provider_balance", amount, currency: brl },
      { account: "charges", amount: -amount, currency: brl }
    ] as const
    assert.isTrue(Result.isFailure(Ledger.entry(postings, { type: "charge", amount, fee: 0, currency: brl })))
  })

  const Amount = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 ** 12 }))
  const Fee = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 ** 12 }))
  it.prop(
    "of a payment A with fee F debits the balance A−F and fees F, and credits A",
    [Amount, Fee],
    ([amount, fee]) => {
      for (const [book, income, type] of [
        [Ledger.chargePaid, "charges", "charge"],
        [Ledger.paidAgain, "adjustments", "adjustment"]
      ] as const) {
        const entry = Option.getOrThrow(Result.getSuccess(book({ amount, fee, currency: brl })))
        const of = (account: Ledger.Account) => entry.postings.find((each) => each.account === account)?.amount ?? 0
        assert.deepStrictEqual([of("provider_balance"), of("fees"), of(income)], [amount - fee, fee, -amount])
        assert.deepStrictEqual(entry.line, { type, amount, fee, net: amount - fee, currency: brl })
      }
    }
  )

  it.prop("of a fee that stands alone debits fees F and credits the balance F", [Amount], ([amount]) => {
    const entry = Option.getOrThrow(Result.getSuccess(Ledger.fee(amount, brl)))
    assert.deepStrictEqual(entry.line, { type: "fee", amount: -amount, fee: 0, net: -amount, currency: brl })
    assert.deepStrictEqual(sums(entry.postings), [0, 0])
  })
})
