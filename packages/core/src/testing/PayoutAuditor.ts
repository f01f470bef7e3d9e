/**
 * The auditor of payouts: like `Auditor` it recomputes, as naively as it can, what must be true of a store and its providers, and
 * shares no rule with the code it judges.
 */
import { Effect } from "effect"
import type { BalanceTransaction } from "../models/BalanceTransaction.ts"
import type { Owner } from "../models/Owner.ts"
import type { Payout } from "../models/Payout.ts"
import type { AuditedPosting, Moment } from "./Auditor.ts"
import type { FakePayouts, Transfer } from "./FakePayouts.ts"
import { accountKey } from "./FakeProvider.ts"
import { keyOf, MemoryDatabase, sameOwner } from "./MemoryDatabase.ts"

/** A transfer in a provider's books, with the owner's name for the account it was made with. */
export interface AuditedTransfer {
  readonly account: string
  readonly feeMode: FakePayouts["feeMode"]
  readonly transfer: Transfer
}

/** Everything that one owner's store holds about payouts, and what the owner's providers have in their books. */
export interface Facts {
  readonly payouts: ReadonlyArray<Payout>
  readonly postings: ReadonlyArray<AuditedPosting>
  readonly statement: ReadonlyArray<BalanceTransaction>
  readonly events: ReadonlyArray<{ readonly type: string; readonly subject: string }>
  readonly transfers: ReadonlyArray<AuditedTransfer>
}

/** What is wrong, in words. Empty when nothing is. */
export const audit = (facts: Facts, moment: Moment): ReadonlyArray<string> => [
  ...oneTransferPerRequest(facts),
  ...gaplessNumbers(facts),
  ...balancedLedger(facts),
  ...eventsOnce(facts),
  ...nothingInvented(facts),
  ...(moment === "settled" ? [...nothingMissed(facts), ...nothingOpen(facts)] : [])
]

const attemptsOf = ({ payouts }: Facts) =>
  payouts.flatMap((payout) =>
    payout.attempts.map((attempt) => ({ payout, attempt, name: `${attempt.account} ${attempt.reference}` }))
  )

const repeated = (names: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(names.filter((name, place) => names.indexOf(name) !== place))
]

/** Every request for a transfer was made once at most, and no payout has two transfers that a beneficiary may get. */
const oneTransferPerRequest = (facts: Facts): ReadonlyArray<string> => [
  ...repeated(facts.transfers.map(({ account, transfer }) => `${account} ${transfer.reference}`)).map(
    (name) => `${name}: transferred more than once`
  ),
  ...repeated(attemptsOf(facts).map(({ name }) => name)).map((name) => `${name}: two attempts have this reference`),
  ...facts.payouts.flatMap(({ attempts, ourNumber }) => {
    const made = facts.transfers.filter(({ account, transfer }) =>
      attempts.some((each) => each.account === account && each.reference === transfer.reference)
    )
    return made.length > 1 ? [`${ourNumber}: ${made.length} transfers`] : []
  })
]

/** Numbers of each year are 1, 2, 3… */
const gaplessNumbers = ({ payouts }: Facts): ReadonlyArray<string> =>
  [...Map.groupBy(payouts, ({ ourNumber }) => ourNumber.slice(0, "PO-2026".length))].flatMap(([year, rows]) => {
    const sequences = rows.map(({ ourNumber }) => Number(ourNumber.split("-")[2])).toSorted((a, b) => a - b)
    return sequences.every((sequence, place) => sequence === place + 1)
      ? []
      : [`${year}: numbered ${sequences.join(", ")}`]
  })

const sum = (amounts: ReadonlyArray<number>): number => amounts.reduce((a, b) => a + b, 0)

/** Σ postings = 0 in each entry and currency, and its row says what the provider's balance moved by. */
const balancedLedger = ({ postings, statement }: Facts): ReadonlyArray<string> => [
  ...[...Map.groupBy(postings, ({ entry, posting }) => `${entry} in ${posting.currency}`)].flatMap(([name, rows]) => {
    const total = sum(rows.map(({ posting }) => posting.amount))
    return total === 0 ? [] : [`${name}: debits and credits differ by ${total}`]
  }),
  ...statement.flatMap(({ entry, id, line }) => {
    const own = postings.filter((each) => each.entry === entry)
    const moved = sum(own.flatMap(({ posting }) => (posting.account === "provider_balance" ? [posting.amount] : [])))
    return line.net === moved && line.net === line.amount - line.fee && line.fee >= 0 && own.length > 0
      ? []
      : [`${id}: says ${line.net}, and its entry moved ${moved}`]
  })
]

/** The last thing told of a payout is what has become of it, nothing was told twice in a row, and of a 502 nothing is. */
const eventsOnce = ({ events, payouts }: Facts): ReadonlyArray<string> =>
  payouts.flatMap(({ attempts, failure, id, ourNumber, status }) => {
    const told = events.flatMap(({ subject, type }) => (subject === id ? [type] : []))
    const surelyNot = failure?.code === "not_created" && attempts.every((each) => each.status === "rejected")
    const isOver = ["paid", "failed", "canceled"].includes(status) && !surelyNot
    const expected = isOver ? `payout.${status}` : undefined
    return [
      ...(told.at(-1) === expected ? [] : [`${ourNumber} is ${status}, and ${told.at(-1) ?? "nothing"} was told last`]),
      ...(told.some((type, place) => type === told[place - 1]) ? [`${ourNumber}: told ${told.join(", ")}`] : [])
    ]
  })

const transferOf = (facts: Facts, account: string, reference: string): Transfer | undefined =>
  facts.transfers.find((each) => each.account === account && each.transfer.reference === reference)?.transfer

/** What the store says of a transfer, the provider says, too. */
const nothingInvented = (facts: Facts): ReadonlyArray<string> => [
  ...facts.transfers.flatMap(({ account, transfer }) =>
    attemptsOf(facts).some(({ attempt }) => attempt.account === account && attempt.reference === transfer.reference)
      ? []
      : [`${account} ${transfer.reference}: transferred without a recorded attempt`]
  ),
  ...attemptsOf(facts).flatMap(({ attempt, name, payout }) => {
    const transfer = transferOf(facts, attempt.account, attempt.reference)
    const booked = (kind: string) =>
      payout.facts.filter((fact) => fact.attempt === attempt.number && fact.kind === kind).length
    const says = (status: string) => `${name}: ${attempt.status} here, ${status} at the provider`
    const isThere = ["accepted", "delivered", "failed", "canceled", "returned"].includes(attempt.status)
    const delivered = transfer?.deliveries.length ?? 0
    const returned = transfer?.returns.length ?? 0
    return [
      ...(attempt.providerId === null || attempt.providerId === transfer?.id ? [] : [says("another transfer")]),
      ...(isThere && transfer === undefined ? [says("unknown")] : []),
      ...(["rejected", "absent"].includes(attempt.status) && transfer !== undefined ? [says("made")] : []),
      ...(["delivered", "returned"].includes(attempt.status) === booked("delivery") > 0
        ? []
        : [`${name}: ${attempt.status}, with ${booked("delivery")} deliveries`]),
      ...(booked("delivery") <= delivered && booked("return") <= returned ? [] : [says(`${delivered} deliveries`)])
    ]
  }),
  ...facts.payouts.flatMap(({ attempts, ourNumber, status }) => {
    const isPaid = attempts.some((each) => each.status === "delivered")
    return (status === "paid") === isPaid ? [] : [`${ourNumber}: ${status}, and its money is elsewhere`]
  })
]

/** What a provider paid is booked: per account, Σ net is what came back less what was delivered and its fees. */
const nothingMissed = (facts: Facts): ReadonlyArray<string> => {
  const there = facts.transfers.flatMap(({ account, feeMode, transfer }) => [
    ...transfer.deliveries.map(({ fee, money }) => ({
      name: `${account} in ${money.currency}`,
      amount: -(money.amount + (feeMode === "on_top" ? (fee ?? 0) : 0))
    })),
    ...transfer.returns.map(({ money }) => ({ name: `${account} in ${money.currency}`, amount: money.amount }))
  ])
  const here = facts.statement.map(({ account, line }) => ({
    name: `${account} in ${line.currency}`,
    amount: -line.net
  }))
  return [
    ...[...Map.groupBy([...there, ...here], ({ name }) => name)].flatMap(([name, moves]) => {
      const difference = sum(moves.map(({ amount }) => amount))
      return difference === 0 ? [] : [`${name}: the provider's balance moved by ${difference} more than ours`]
    }),
    ...facts.transfers.flatMap(({ account, transfer }) => {
      const fees = sum(transfer.deliveries.map(({ fee }) => fee ?? 0))
      const payout = facts.payouts.find(({ attempts }) =>
        attempts.some((each) => each.account === account && each.reference === transfer.reference)
      )
      const booked = sum(
        facts.statement.flatMap(({ line, source }) =>
          source.id === payout?.id ? [line.type === "fee" ? -line.amount : line.fee] : []
        )
      )
      return fees === booked ? [] : [`${account} ${transfer.reference}: fees of ${fees} there, ${booked} booked`]
    })
  ]
}

/** Nothing is in doubt, and what is over at a provider is over here. */
const nothingOpen = (facts: Facts): ReadonlyArray<string> =>
  attemptsOf(facts).flatMap(({ attempt, name }) => {
    const isOver = transferOf(facts, attempt.account, attempt.reference)?.status._tag === "ended"
    return [
      ...(attempt.status === "sent" || attempt.status === "in_doubt" ? [`${name}: still ${attempt.status}`] : []),
      ...(isOver && attempt.status === "accepted" ? [`${name}: over at the provider`] : [])
    ]
  })

/** What is wrong with an owner's payouts in the database in memory, against the books of fake providers. */
export const findings = Effect.fnUntraced(function* (
  owner: Owner,
  providers: ReadonlyArray<FakePayouts>,
  moment: Moment
) {
  const tables = yield* (yield* MemoryDatabase).tables
  const mine = <A extends { readonly owner: Owner }>(rows: Iterable<A>): ReadonlyArray<A> =>
    [...rows].filter((row) => sameOwner(row.owner, owner))
  const accounts = tables.profiles.get(keyOf(owner))?.accounts ?? []
  const transfers = yield* Effect.forEach(providers, ({ books, driver, feeMode }) =>
    Effect.map(books, (all) =>
      accounts.flatMap((account) =>
        all.transfers.flatMap((transfer) =>
          account.provider === driver.name && transfer.account === accountKey(account)
            ? [{ account: account.name, feeMode, transfer }]
            : []
        )
      )
    )
  )
  return audit(
    {
      payouts: mine([...tables.payouts.values()].map(({ current }) => current)),
      postings: mine(tables.postings),
      statement: mine(tables.statement),
      events: mine(tables.events).map(({ event }) => event),
      transfers: transfers.flat()
    },
    moment
  )
})
