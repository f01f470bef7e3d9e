/** Laws of lists: whatever is filtered by and from wherever, a page is what a naive reading of all rows gives. */
import { DateTime, Effect } from "effect"
import type { BalanceTransaction } from "../../models/BalanceTransaction.ts"
import * as Invoice from "../../models/Invoice.ts"
import type { Method } from "../../models/InvoiceRequest.ts"
import type { Owner } from "../../models/Owner.ts"
import * as Payout from "../../models/Payout.ts"
import type { Listed, Page } from "../../ports/Operations.ts"
import { InvoiceStore, PayoutStore, Statement } from "../../ports/Store.ts"
import * as PayoutObservations from "../../usecases/PayoutObservations.ts"
import * as PayoutSamples from "../PayoutSamples.ts"
import * as Samples from "../Samples.ts"
import { change, invoice, observe, owner } from "./given.ts"
import { law, same, upTo } from "./law.ts"
import { payout } from "./payouts.ts"

/** Choices that a seed repeats. */
const chooser = (seed: number) => {
  let state = seed % 2_147_483_647 || 1
  const below = (limit: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return state % limit
  }
  return {
    below,
    oneOf: <A>(all: ReadonlyArray<A>): A => all[below(all.length)]!,
    chance: (percent: number): boolean => below(100) < percent
  }
}
type Chooser = ReturnType<typeof chooser>

interface Row {
  readonly id: string
  readonly createdAt: DateTime.Utc
}

/** What a filter's values are compared with, by the filter's own names. */
type Facets<A> = Readonly<Record<string, (row: A) => string | null>>

/** The page of a list, read as simply as it can be. */
const naive = <A extends Row>(
  rows: ReadonlyArray<A>,
  facets: Facets<A>,
  { createdFrom, createdTo, ...wanted }: Readonly<Record<string, string | DateTime.Utc>>,
  { endingBefore, limit, startingAfter }: Page
) => {
  const millis = (time: string | DateTime.Utc | undefined, otherwise: number) =>
    DateTime.isDateTime(time) ? DateTime.toEpochMillis(time) : otherwise
  const matching = rows
    .filter((row) => Object.entries(wanted).every(([name, value]) => facets[name]?.(row) === value))
    .filter(({ createdAt }) => DateTime.toEpochMillis(createdAt) >= millis(createdFrom, -Infinity))
    .filter(({ createdAt }) => DateTime.toEpochMillis(createdAt) <= millis(createdTo, Infinity))
    .filter(({ id }) => startingAfter === undefined || id < startingAfter)
    .filter(({ id }) => endingBefore === undefined || id > endingBefore)
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
  return {
    ids: (endingBefore === undefined ? matching.slice(0, limit) : matching.slice(-limit)).map(({ id }) => id),
    hasMore: matching.length > limit
  }
}

/** Compares so many pages, by filters that mostly name what is there, with the naive reading. */
const compare = Effect.fnUntraced(function* <A extends Row, E, R>(
  { chance, below, oneOf }: Chooser,
  rows: ReadonlyArray<A>,
  facets: Facets<A>,
  list: (filter: Readonly<Record<string, string | DateTime.Utc>>, page: Page) => Effect.Effect<Listed<A>, E, R>
) {
  for (const _ of upTo(120)) {
    const like = oneOf(rows)
    const filter: Record<string, string | DateTime.Utc> = {}
    for (const [name, facet] of Object.entries(facets)) {
      const value = facet(chance(80) ? like : oneOf(rows))
      if (chance(35) && value !== null) filter[name] = value
    }
    if (chance(25)) filter["createdFrom"] = oneOf(rows).createdAt
    if (chance(25)) filter["createdTo"] = oneOf(rows).createdAt
    const cursor = below(3)
    const page = {
      limit: 1 + below(8),
      ...(cursor === 1 ? { startingAfter: oneOf(rows).id } : {}),
      ...(cursor === 2 ? { endingBefore: oneOf(rows).id } : {})
    }
    const { data, hasMore } = yield* list(filter, page)
    yield* same(
      `the page by ${JSON.stringify(filter)} ${JSON.stringify(page)}`,
      { ids: data.map(({ id }) => id), hasMore },
      naive(rows, facets, filter, page)
    )
  }
})

const control = (row: {
  readonly request: { readonly cost_center: string; readonly contractor_reference?: string }
}) => ({
  costCenter: row.request.cost_center,
  contractorReference: row.request.contractor_reference ?? null
})

const invoiceFacets: Facets<Invoice.Invoice> = {
  status: ({ status }) => status,
  method: ({ request }) => request.payment_method.type,
  provider: Invoice.account,
  costCenter: (row) => control(row).costCenter,
  contractorReference: (row) => control(row).contractorReference,
  ourNumber: ({ ourNumber }) => ourNumber
}

const payoutFacets: Facets<Payout.Payout> = {
  status: ({ status }) => status,
  provider: Payout.account,
  costCenter: (row) => control(row).costCenter,
  contractorReference: (row) => control(row).contractorReference,
  ourNumber: ({ ourNumber }) => ourNumber
}

const rowFacets: Facets<BalanceTransaction> = {
  account: ({ account }) => account,
  type: ({ line }) => line.type,
  currency: ({ line }) => line.currency,
  costCenter: ({ costCenter }) => costCenter,
  contractorReference: ({ contractorReference }) => contractorReference,
  ourNumber: ({ ourNumber }) => ourNumber
}

const methods: ReadonlyArray<Method> = ["pix", "boleto", "card"]

/** What a request is filed under, from few values, so that filters meet. */
const filed = ({ chance, oneOf }: Chooser) => ({
  cost_center: oneOf(["A", "B", "b"]),
  ...(chance(50) ? { contractor_reference: oneOf(["one", "two", "One"]) } : {})
})

const created = ({ below }: Chooser) =>
  DateTime.makeUnsafe(Date.UTC(2026, 10, 21, 12) + below(40) * (below(2) === 0 ? 1 : 86_400_000))

const makeInvoice = Effect.fnUntraced(function* (of: Owner, choices: Chooser) {
  const { chance, below, oneOf } = choices
  const currency = chance(70) ? Samples.brl : Samples.usd
  const request = Samples.request({ ...filed(choices), currency, payment_method: { type: oneOf(methods) } })
  const account = oneOf(["infrapsp", "other account"])
  const { invoice: made } = yield* invoice(of, { createdAt: created(choices), request, account })
  const money = { amount: request.amount, currency }
  switch (below(4)) {
    case 0:
      return yield* observe(of, made.id, {
        ...Samples.settled(`tx${made.id}`, Samples.payment({ money }), Samples.payment({ money, ordinal: "2" })),
        money
      })
    case 1:
      return yield* observe(
        of,
        made.id,
        Samples.observation(`tx${made.id}`, { money, artifact: null, status: { _tag: "ended", reason: "refused" } })
      )
    case 2:
      return yield* change(of, made.id, null, ({ current, now }) =>
        Effect.succeed({ change: { next: Invoice.cancel(current, now), posted: [], events: [] }, result: undefined })
      )
    default:
      return
  }
})

const makePayout = Effect.fnUntraced(function* (of: Owner, choices: Chooser) {
  const { current } = yield* payout(of, {
    createdAt: created(choices),
    account: choices.oneOf(["infrapsp", "other account"]),
    request: PayoutSamples.request(filed(choices))
  })
  if (choices.chance(50)) return
  const seen = PayoutSamples.settled(`po${current.id}`, PayoutSamples.delivery())
  yield* PayoutObservations.apply(of, current.id, 1, seen)
})

const everything = { limit: 1000 }

const names = ["invoices", "payouts", "the statement"] as const

/** Laws of `list` of the stores of invoices and payouts, and of the statement. */
export const combinations = names.map((name) =>
  law(
    `a page of ${name} is what a naive reading gives, for any filters together and from any row on`,
    Effect.gen(function* () {
      const of = yield* owner
      const seed = DateTime.toEpochMillis(yield* DateTime.now)
      const choices = chooser(seed)
      yield* Effect.forEach(upTo(name === "payouts" ? 10 : 40), () => makeInvoice(of, choices))
      yield* Effect.forEach(upTo(name === "payouts" ? 40 : 10), () => makePayout(of, choices))
      const [invoices, payouts, statement] = [yield* InvoiceStore, yield* PayoutStore, yield* Statement]
      const found = {
        invoices: (yield* invoices.list(of, {}, everything)).data,
        payouts: (yield* payouts.list(of, {}, everything)).data,
        "the statement": (yield* statement.list(of, {}, everything)).data
      }
      yield* {
        invoices: compare(choices, found.invoices, invoiceFacets, (filter, page) => invoices.list(of, filter, page)),
        payouts: compare(choices, found.payouts, payoutFacets, (filter, page) => payouts.list(of, filter, page)),
        "the statement": compare(choices, found["the statement"], rowFacets, (filter, page) =>
          statement.list(of, filter, page)
        )
      }[name]
    })
  )
)
