/** Laws of balances: what is kept is what the postings sum to, whoever posts at the same time. */
import { DateTime, Effect, Order } from "effect"
import type { Payment } from "../../models/Observation.ts"
import type { Owner } from "../../models/Owner.ts"
import { Balances, Statement } from "../../ports/Store.ts"
import { CalendarDate } from "../../values/BusinessCalendar.ts"
import * as Samples from "../Samples.ts"
import { invoice, observe, owner, paid, tenancy } from "./given.ts"
import { law, same, together, upTo } from "./law.ts"

const day = (text: string) => CalendarDate.make(text)
const today = day("2026-11-21")

const read = (of: Owner, on = today) =>
  Effect.flatMap(Balances, (balances) =>
    Effect.map(balances.read(of, on), (all) =>
      all
        .map(({ account, balance, currency, notYetAvailable }) => [
          account,
          currency,
          `${balance}`,
          `${notYetAvailable}`
        ])
        .toSorted(inOrder)
    )
  )

const inOrder = Order.mapInput(Order.String, (row: ReadonlyArray<string>) => row.join(" "))

/** Σ net of the statement by account and currency, which is what `provider_balance` moved by. */
const summed = Effect.fnUntraced(function* (of: Owner) {
  const { data } = yield* (yield* Statement).list(of, {}, { limit: 1000 })
  const sums = new Map<string, bigint>()
  for (const { account, line } of data) {
    const key = JSON.stringify([account, line.currency])
    sums.set(key, (sums.get(key) ?? 0n) + BigInt(line.net))
  }
  return [...sums].map(([key, sum]): ReadonlyArray<string> => [...JSON.parse(key), `${sum}`]).toSorted(inOrder)
})

/** A new invoice that was paid with a settlement schedule. */
const settling = Effect.fnUntraced(function* (of: Owner, changes: Partial<Payment>) {
  const { invoice: made } = yield* invoice(of)
  const seen = (more: Partial<Payment>) =>
    observe(of, made.id, Samples.settled(`tx${made.id}`, Samples.payment({ ...changes, ...more })))
  yield* seen({})
  return seen
})

/** Laws of `Balances.read`. */
export const balances = [
  law(
    "an account that nothing was posted to has no balance",
    Effect.gen(function* () {
      yield* same("balances", yield* read(yield* owner), [])
    })
  ),
  law(
    "balances are what the postings sum to, by account and currency, while many post at once",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      yield* together(
        upTo(24).map((number) =>
          Effect.gen(function* () {
            const account = number % 3 === 0 ? "other account" : "infrapsp"
            const currency = number % 4 === 0 ? Samples.usd : Samples.brl
            const made = yield* paid(sandbox, {
              intent: { account, request: Samples.request({ currency }) },
              fee: number % 2 === 0 ? null : number
            })
            // A fee that is told later, and on some a dispute that gives part of it back.
            const money = { amount: made.request.amount, currency }
            const seen = {
              ...Samples.settled(`tx${made.id}`, Samples.payment({ money, fee: number })),
              money,
              reversals:
                number % 5 === 0
                  ? [
                      {
                        kind: "chargeback" as const,
                        ordinal: "1",
                        money,
                        feeGivenBack: 1,
                        occurredAt: yield* DateTime.now
                      }
                    ]
                  : []
            }
            yield* observe(sandbox, made.id, seen)
          })
        )
      )
      const found = yield* read(sandbox)
      yield* same(
        "the sums",
        found.map(([account, currency, balance]) => [account, currency, balance]),
        yield* summed(sandbox)
      )
      yield* same("the accounts", found.length, 4)
      yield* same("the other environment", yield* read(live), [])
    })
  ),
  law(
    "what settles on a later day is not yet available, part by part, until its day has come",
    Effect.gen(function* () {
      const of = yield* owner
      const money = { amount: 12310, currency: Samples.brl }
      yield* settling(of, {
        money,
        fee: 310,
        availableOn: "2027-01-20",
        settlements: [
          { on: day("2026-12-21"), net: 6000 },
          { on: day("2027-01-20"), net: 6000 }
        ]
      })
      yield* settling(of, { money, fee: 10, availableOn: "2026-11-21" })
      yield* settling(of, { money, fee: 10, availableOn: null })
      const at = (on: string) => Effect.map(read(of, day(on)), (all) => all.map(([, , ...amounts]) => amounts))
      yield* same("before any", yield* at("2026-11-20"), [["36600", "24300"]])
      yield* same("today", yield* at("2026-11-21"), [["36600", "12000"]])
      yield* same("the day before the first part", yield* at("2026-12-20"), [["36600", "12000"]])
      yield* same("on the day of the first part", yield* at("2026-12-21"), [["36600", "6000"]])
      yield* same("at the end", yield* at("2027-01-20"), [["36600", "0"]])
    })
  ),
  law(
    "a schedule that is told with a later fee counts once, and what is seen again adds nothing",
    Effect.gen(function* () {
      const of = yield* owner
      const seen = yield* settling(of, { fee: null, availableOn: null })
      yield* same("before it is told", yield* read(of), [["infrapsp", "BRL", "12310", "0"]])
      for (const _ of upTo(2)) {
        yield* seen({ fee: 310, availableOn: "2026-12-21" })
        yield* same("once it is told", yield* read(of), [["infrapsp", "BRL", "12000", "12000"]])
      }
    })
  )
]
