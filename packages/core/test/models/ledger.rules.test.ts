/** Every posting rule of the design ("Ledger"), against its table written out by hand. */
import { assert, describe, it } from "@effect/vitest"
import { Currency, Ledger } from "@salesos/core"
import { Result, Schema } from "effect"
import * as fc from "fast-check"

const [brl, usd] = [Currency.Currency.make("BRL"), Currency.Currency.make("USD")]

type Posted = Result.Result<Ledger.Entry | ReadonlyArray<Ledger.Entry>, Ledger.UnbalancedEntry>

const entriesOf = (posted: Posted): ReadonlyArray<Ledger.Entry> => {
  const entries = Result.getOrThrow(posted)
  return "line" in entries ? [entries] : entries
}

/** An entry as one line of text: `provider_balance +9700, fees +300, charges -10000 | charge +10000 fee 300 net +9700`. */
const signed = (amount: number): string => (amount > 0 ? `+${amount}` : `${amount}`)
const shown = ({ line, postings }: Ledger.Entry): string => {
  const moves = postings.map(({ account, amount }) => `${account} ${signed(amount)}`).join(", ")
  return `${moves} | ${line.type} ${signed(line.amount)} fee ${line.fee} net ${signed(line.net)}`
}

const table: ReadonlyArray<readonly [rule: string, posted: Posted, expected: ReadonlyArray<string>]> = [
  [
    "a charge paid",
    Ledger.chargePaid({ amount: 10000, fee: 300, currency: brl }),
    ["provider_balance +9700, fees +300, charges -10000 | charge +10000 fee 300 net +9700"]
  ],
  [
    "a charge paid whose fee is not known yet",
    Ledger.chargePaid({ amount: 10000, fee: 0, currency: brl }),
    ["provider_balance +10000, charges -10000 | charge +10000 fee 0 net +10000"]
  ],
  [
    "a charge paid that costs more than it brings",
    Ledger.chargePaid({ amount: 100, fee: 250, currency: brl }),
    ["provider_balance -150, fees +250, charges -100 | charge +100 fee 250 net -150"]
  ],
  [
    "a payout with the fee on top",
    Ledger.payoutFeeOnTop({ amount: 5000, fee: 200, currency: brl }),
    ["payouts +5000, fees +200, provider_balance -5200 | payout -5000 fee 200 net -5200"]
  ],
  [
    "a payout with the fee deducted",
    Ledger.payoutFeeDeducted({ requested: 5000, fee: 200, currency: brl }),
    ["payouts +4800, fees +200, provider_balance -5000 | payout -4800 fee 200 net -5000"]
  ],
  [
    "a fee that a payout's delivery was lessened by, learned later",
    Ledger.feeDeducted(200, brl),
    ["fees +200, payouts -200 | payout +200 fee 200 net 0"]
  ],
  [
    "a payout without a fee",
    Ledger.payoutFeeOnTop({ amount: 5000, fee: 0, currency: brl }),
    ["payouts +5000, provider_balance -5000 | payout -5000 fee 0 net -5000"]
  ],
  [
    "a payout returned",
    Ledger.payoutReturned({ amount: 4800, currency: brl }),
    ["provider_balance +4800, payouts -4800 | adjustment +4800 fee 0 net +4800"]
  ],
  [
    "a refund or chargeback, its fee kept",
    Ledger.chargeTakenBack({ amount: 10000, feeGivenBack: 0, currency: brl }),
    ["charges +10000, provider_balance -10000 | adjustment -10000 fee 0 net -10000"]
  ],
  [
    "a refund or chargeback, its fee given back",
    Ledger.chargeTakenBack({ amount: 10000, feeGivenBack: 300, currency: brl }),
    [
      "charges +10000, provider_balance -10000 | adjustment -10000 fee 0 net -10000",
      "provider_balance +300, fees -300 | adjustment +300 fee 0 net +300"
    ]
  ],
  [
    "a fee given back later",
    Ledger.feeGivenBack({ amount: 300, currency: brl }),
    ["provider_balance +300, fees -300 | adjustment +300 fee 0 net +300"]
  ],
  [
    "a chargeback won back",
    Ledger.chargebackWonBack({ amount: 9000, currency: brl }),
    ["provider_balance +9000, charges -9000 | adjustment +9000 fee 0 net +9000"]
  ],
  [
    "a second payment",
    Ledger.paidAgain({ amount: 10000, fee: 300, currency: brl }),
    ["provider_balance +9700, fees +300, adjustments -10000 | adjustment +10000 fee 300 net +9700"]
  ],
  [
    "a second payment's refund, its fee kept",
    Ledger.secondPaymentTakenBack({ amount: 10000, feeGivenBack: 0, currency: brl }),
    ["adjustments +10000, provider_balance -10000 | adjustment -10000 fee 0 net -10000"]
  ],
  [
    "a second payment's refund, its fee given back",
    Ledger.secondPaymentTakenBack({ amount: 10000, feeGivenBack: 300, currency: brl }),
    [
      "adjustments +10000, provider_balance -10000 | adjustment -10000 fee 0 net -10000",
      "provider_balance +300, fees -300 | adjustment +300 fee 0 net +300"
    ]
  ],
  [
    "a transfer to the owner's own bank",
    Ledger.transferredToOwnBank({ amount: 70000, fee: 150, currency: brl }),
    ["own_bank +70000, fees +150, provider_balance -70150 | adjustment -70000 fee 150 net -70150"]
  ],
  [
    "a stand-alone fee, or one learned later",
    Ledger.fee(990, brl),
    ["fees +990, provider_balance -990 | fee -990 fee 0 net -990"]
  ],
  [
    "a fee taken out of a delivery, learned later",
    Ledger.feeDeducted(200, brl),
    ["fees +200, payouts -200 | payout +200 fee 200 net 0"]
  ],
  [
    "an unmatched line in",
    Ledger.unmatched({ amount: 1234, currency: brl }),
    ["provider_balance +1234, adjustments -1234 | adjustment +1234 fee 0 net +1234"]
  ],
  [
    "an unmatched line out",
    Ledger.unmatched({ amount: -1234, currency: brl }),
    ["adjustments +1234, provider_balance -1234 | adjustment -1234 fee 0 net -1234"]
  ],
  [
    "the reversal of an unmatched line in",
    Ledger.unmatchedReversed({ amount: 1234, currency: brl }),
    ["adjustments +1234, provider_balance -1234 | adjustment -1234 fee 0 net -1234"]
  ],
  [
    "the reversal of an unmatched line out",
    Ledger.unmatchedReversed({ amount: -1234, currency: brl }),
    ["provider_balance +1234, adjustments -1234 | adjustment +1234 fee 0 net +1234"]
  ]
]

/** Every rule that takes an amount and perhaps a fee; a fee stands for whatever the rule calls so. */
const rules: Record<string, (amount: number, fee: number, currency: Currency.Currency) => Posted> = {
  chargePaid: (amount, fee, currency) => Ledger.chargePaid({ amount, fee, currency }),
  paidAgain: (amount, fee, currency) => Ledger.paidAgain({ amount, fee, currency }),
  payoutFeeOnTop: (amount, fee, currency) => Ledger.payoutFeeOnTop({ amount, fee, currency }),
  payoutFeeDeducted: (amount, fee, currency) => Ledger.payoutFeeDeducted({ requested: amount + fee, fee, currency }),
  transferredToOwnBank: (amount, fee, currency) => Ledger.transferredToOwnBank({ amount, fee, currency }),
  chargeTakenBack: (amount, fee, currency) => Ledger.chargeTakenBack({ amount, feeGivenBack: fee, currency }),
  secondPaymentTakenBack: (amount, fee, currency) =>
    Ledger.secondPaymentTakenBack({ amount, feeGivenBack: fee, currency }),
  payoutReturned: (amount, _, currency) => Ledger.payoutReturned({ amount, currency }),
  feeGivenBack: (amount, _, currency) => Ledger.feeGivenBack({ amount, currency }),
  chargebackWonBack: (amount, _, currency) => Ledger.chargebackWonBack({ amount, currency }),
  fee: (amount, _, currency) => Ledger.fee(amount, currency),
  feeDeducted: (amount, _, currency) => Ledger.feeDeducted(amount, currency)
}

const amount = fc.integer({ min: 1, max: 10 ** 12 })
const fee = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10 ** 6 }))
const booked = fc
  .record({ rule: fc.constantFrom(...Object.values(rules)), amount, fee, currency: fc.constantFrom(brl, usd) })
  .map((each) => entriesOf(each.rule(each.amount, each.fee, each.currency)))
const unmatched = fc
  .record({ amount: fc.integer({ min: -1000, max: 1000 }).filter((each) => each !== 0), reversed: fc.boolean() })
  .map((each) =>
    entriesOf((each.reversed ? Ledger.unmatchedReversed : Ledger.unmatched)({ amount: each.amount, currency: brl }))
  )
/** What was booked on two provider accounts, in some order. */
const history = fc.array(
  fc.record({ account: fc.constantFrom("infrapsp", "sellxpay"), entries: fc.oneof(booked, unmatched) }),
  { maxLength: 30 }
)

const flat = (rows: ReadonlyArray<{ readonly account: string; readonly entries: ReadonlyArray<Ledger.Entry> }>) => {
  const all = rows.flatMap(({ account, entries }) => entries.map((entry) => ({ account, entry })))
  return {
    postings: all.flatMap(({ account, entry }) => entry.postings.map((posting) => ({ account, posting }))),
    statement: all.map(({ account, entry }) => ({ account, line: entry.line }))
  }
}

const balanceOf = (entries: ReadonlyArray<Ledger.Entry>): Record<string, bigint> =>
  Object.fromEntries(
    Ledger.balances(flat([{ account: "infrapsp", entries }]).postings).map((each) => [each.account, each.amount])
  )

describe("a posting rule", () => {
  it.each(table)("of %s posts what the table says", (_, posted, expected) => {
    assert.deepStrictEqual(entriesOf(posted).map(shown), expected)
    for (const { line, postings } of entriesOf(posted)) {
      assert.deepStrictEqual([...new Set([line.currency, ...postings.map(({ currency }) => currency)])], [brl])
      // A store can read back what it was given.
      assert.isTrue(Schema.is(Ledger.StatementType)(line.type))
      assert.isTrue(postings.every(({ account }) => Schema.is(Ledger.Account)(account)))
    }
  })

  it("always balances, never shows a negative fee, and moves the balance by its net", () => {
    fc.assert(
      fc.property(fc.oneof(booked, unmatched), (entries) => {
        for (const { line, postings } of entries) {
          const sum = (of: ReadonlyArray<Ledger.Posting>) => of.reduce((total, each) => total + each.amount, 0)
          assert.strictEqual(sum(postings), 0)
          assert.strictEqual(sum(postings.filter(({ account }) => account === "provider_balance")), line.net)
          assert.strictEqual(line.net, line.amount - line.fee)
          assert.isTrue(line.fee >= 0 && postings.every((each) => each.amount !== 0))
        }
      })
    )
  })

  it.each(Object.entries(rules))("%s refuses what is no positive amount", (_, book) => {
    for (const wrong of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1]) {
      const refused = Result.match(book(wrong, 0, brl), { onFailure: ({ _tag }) => _tag, onSuccess: () => "booked" })
      assert.strictEqual(refused, "UnbalancedEntry", `${wrong}`)
    }
  })

  const takesFee = Object.entries(rules).slice(0, 7)
  it.each(takesFee)("%s refuses a fee that is negative or no integer", (_, book) => {
    for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.isTrue(Result.isFailure(book(1000, wrong, brl)), `${wrong}`)
    }
  })

  it("refuses what is beyond the safe integers with its fee", () => {
    const fees = { amount: Number.MAX_SAFE_INTEGER, fee: 1, currency: brl }
    assert.isTrue(Result.isFailure(Ledger.payoutFeeOnTop(fees)))
    assert.isTrue(Result.isFailure(Ledger.transferredToOwnBank(fees)))
    assert.isTrue(Result.isSuccess(Ledger.chargePaid(fees)))
  })

  it("refuses a payout of which the fee leaves nothing", () => {
    for (const fee of [5000, 5001]) {
      assert.isTrue(Result.isFailure(Ledger.payoutFeeDeducted({ requested: 5000, fee, currency: brl })))
    }
    assert.isTrue(Result.isSuccess(Ledger.payoutFeeDeducted({ requested: 5000, fee: 4999, currency: brl })))
  })

  it("refuses an unmatched line that moves nothing", () => {
    for (const wrong of [0, Number.NaN, -0.5]) {
      assert.isTrue(Result.isFailure(Ledger.unmatched({ amount: wrong, currency: brl })))
      assert.isTrue(Result.isFailure(Ledger.unmatchedReversed({ amount: wrong, currency: brl })))
    }
  })
})

describe("an entry is refused", () => {
  const line = { type: "adjustment", amount: 1, fee: 0, currency: brl } as const

  it("when the balance moves in a currency that its line does not show", () => {
    const postings = [
      { account: "provider_balance", amount: 1, currency: brl },
      { account: "adjustments", amount: -1, currency: brl },
      { account: "provider_balance", amount: 5, currency: usd },
      { account: "adjustments", amount: -5, currency: usd }
    ] as const
    for (const amount of [1, 5, 6]) assert.isTrue(Result.isFailure(Ledger.entry(postings, { ...line, amount })))
    assert.isTrue(Result.isSuccess(Ledger.entry(postings.slice(0, 2), line)))
  })

  it("when its debits and credits differ, either way", () => {
    for (const amount of [-2, 0]) {
      const postings = [
        { account: "provider_balance", amount: 1, currency: brl },
        { account: "adjustments", amount, currency: brl }
      ] as const
      assert.isTrue(Result.isFailure(Ledger.entry(postings, line)))
    }
  })

  it("when its sum only comes to zero by rounding", () => {
    const amounts = [Number.MAX_SAFE_INTEGER, 2, -Number.MAX_SAFE_INTEGER, -1] as const
    const postings = amounts.map((amount) => ({ account: "adjustments", amount, currency: brl }) as const)
    assert.strictEqual(
      amounts.reduce<number>((sum, each) => sum + each, 0),
      0
    )
    assert.isTrue(Result.isFailure(Ledger.entry(postings, { ...line, amount: 0 })))
  })

  it("when what its balance moved by is only right by rounding", () => {
    const amounts = [Number.MAX_SAFE_INTEGER, 2, -Number.MAX_SAFE_INTEGER, -1] as const
    const postings = amounts.flatMap(
      (amount) =>
        [
          { account: "provider_balance", amount, currency: brl },
          { account: "own_bank", amount: -amount, currency: brl }
        ] as const
    )
    assert.isTrue(Result.isFailure(Ledger.entry(postings, { ...line, amount: 0 })))
  })

  it("when its line shows amounts that are no integers", () => {
    const postings = [
      { account: "fees", amount: 1, currency: brl },
      { account: "charges", amount: -1, currency: brl }
    ] as const
    assert.isTrue(Result.isFailure(Ledger.entry(postings, { ...line, amount: 0.5, fee: 0.5 })))
  })
})

describe("what rules do together", () => {
  const paid = entriesOf(Ledger.chargePaid({ amount: 10000, fee: 300, currency: brl }))

  it("a refund with its fee given back leaves nothing", () => {
    const refund = entriesOf(Ledger.chargeTakenBack({ amount: 10000, feeGivenBack: 300, currency: brl }))
    assert.deepStrictEqual(balanceOf([...paid, ...refund]), { provider_balance: 0n, charges: 0n, fees: 0n })
  })

  it("a refund of the net leaves the fee in charges", () => {
    const refund = entriesOf(Ledger.chargeTakenBack({ amount: 9700, feeGivenBack: 0, currency: brl }))
    assert.deepStrictEqual(balanceOf([...paid, ...refund]), { provider_balance: 0n, charges: -300n, fees: 300n })
  })

  it("a chargeback won back in full leaves the charge as it was", () => {
    const lost = entriesOf(Ledger.chargeTakenBack({ amount: 10000, feeGivenBack: 0, currency: brl }))
    const won = entriesOf(Ledger.chargebackWonBack({ amount: 10000, currency: brl }))
    assert.deepStrictEqual(balanceOf([...paid, ...lost, ...won]), balanceOf(paid))
  })

  it("a fee learned later ends where one known at once does", () => {
    const unknown = entriesOf(Ledger.chargePaid({ amount: 10000, fee: 0, currency: brl }))
    assert.deepStrictEqual(balanceOf([...unknown, ...entriesOf(Ledger.fee(300, brl))]), balanceOf(paid))
  })

  it("a payout of 50.00 costs 52.00 with its fee of 2.00 on top, 50.00 with it deducted", () => {
    const onTop = entriesOf(Ledger.payoutFeeOnTop({ amount: 5000, fee: 200, currency: brl }))
    const deducted = entriesOf(Ledger.payoutFeeDeducted({ requested: 5000, fee: 200, currency: brl }))
    assert.deepStrictEqual(balanceOf(onTop), { provider_balance: -5200n, payouts: 5000n, fees: 200n })
    assert.deepStrictEqual(balanceOf(deducted), { provider_balance: -5000n, payouts: 4800n, fees: 200n })
  })

  it("a deducted fee learned later ends where one known at once does, on the statement too", () => {
    const known = entriesOf(Ledger.payoutFeeDeducted({ requested: 5000, fee: 200, currency: brl }))
    const later = [
      ...entriesOf(Ledger.payoutFeeDeducted({ requested: 5000, fee: 0, currency: brl })),
      ...entriesOf(Ledger.feeDeducted(200, brl))
    ]
    const shownSums = (entries: ReadonlyArray<Ledger.Entry>) =>
      entries.reduce(
        (sums, { line }) => ({ amount: sums.amount + line.amount, fee: sums.fee + line.fee, net: sums.net + line.net }),
        { amount: 0, fee: 0, net: 0 }
      )
    assert.deepStrictEqual(balanceOf(later), balanceOf(known))
    assert.deepStrictEqual(shownSums(later), shownSums(known))
  })

  it("a payout returned leaves its fee", () => {
    const payout = entriesOf(Ledger.payoutFeeOnTop({ amount: 5000, fee: 200, currency: brl }))
    const returned = entriesOf(Ledger.payoutReturned({ amount: 5000, currency: brl }))
    assert.deepStrictEqual(balanceOf([...payout, ...returned]), { provider_balance: -200n, payouts: 0n, fees: 200n })
  })

  it("an unmatched line and its reversal leave nothing", () => {
    for (const amount of [1234, -1234]) {
      const both = [Ledger.unmatched, Ledger.unmatchedReversed].flatMap((book) =>
        entriesOf(book({ amount, currency: brl }))
      )
      assert.deepStrictEqual(balanceOf(both), { provider_balance: 0n, adjustments: 0n })
    }
  })
})

describe("balances", () => {
  it("sum to zero in every provider account and currency, and Σ net is the provider's balance", () => {
    fc.assert(
      fc.property(history, (rows) => {
        const { postings, statement } = flat(rows)
        const balances = Ledger.balances(postings)
        for (const account of ["infrapsp", "sellxpay"]) {
          for (const currency of [brl, usd]) {
            const here = balances.filter((each) => each.providerAccount === account && each.currency === currency)
            const lines = statement.filter((each) => each.account === account && each.line.currency === currency)
            const net = lines.reduce((total, { line }) => total + BigInt(line.amount) - BigInt(line.fee), 0n)
            assert.strictEqual(
              here.reduce((total, each) => total + each.amount, 0n),
              0n
            )
            assert.strictEqual(here.find((each) => each.account === "provider_balance")?.amount ?? 0n, net)
          }
        }
        assert.deepStrictEqual(Ledger.statementDiffers(postings, statement), [])
      })
    )
  })

  it("do not depend on the order of the postings", () => {
    const shuffled = history.chain((rows) => {
      const { postings } = flat(rows)
      return fc.record({
        postings: fc.constant(postings),
        again: fc.shuffledSubarray(postings, { minLength: postings.length })
      })
    })
    fc.assert(
      fc.property(shuffled, ({ again, postings }) => {
        assert.deepStrictEqual(Ledger.balances(again), Ledger.balances(postings))
      })
    )
  })

  it("are exact beyond the safe integers", () => {
    const posting = { account: "own_bank", amount: Number.MAX_SAFE_INTEGER, currency: brl } as const
    const [balance] = Ledger.balances([posting, posting, posting].map((each) => ({ account: "a", posting: each })))
    assert.strictEqual(balance?.amount, 27021597764222973n)
  })

  it("tell where the statement is not what the ledger moved", () => {
    const both = ["infrapsp", "sellxpay"].map((account) => ({
      account,
      entries: entriesOf(Ledger.chargePaid({ amount: 10000, fee: 300, currency: brl }))
    }))
    const { postings, statement } = flat(both)
    assert.deepStrictEqual(Ledger.statementDiffers(postings, statement.slice(1)), [
      { providerAccount: "infrapsp", currency: brl, moved: 9700n, net: 0n }
    ])
    assert.deepStrictEqual(Ledger.statementDiffers([], statement.slice(1)), [
      { providerAccount: "sellxpay", currency: brl, moved: 0n, net: 9700n }
    ])
  })
})
