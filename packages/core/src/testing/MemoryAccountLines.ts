/** The lines of provider accounts in memory. */
import { DateTime, Effect, Layer, Order } from "effect"
import type { BalanceTransaction, Posted } from "../models/BalanceTransaction.ts"
import type { Owner } from "../models/Owner.ts"
import type { OurLine } from "../models/Reconciliation.ts"
import { type About, AccountLines, type KnownAttempt, type Named } from "../ports/AccountLines.ts"
import type { Currency } from "../values/Currency.ts"
import { type BookedLineRow, keyOf, MemoryDatabase, put, sameOwner, type Tables } from "./MemoryDatabase.ts"
import * as MemoryLedger from "./MemoryLedger.ts"

const attemptsOf = (tables: Tables, owner: Owner, account: string): ReadonlyArray<KnownAttempt> => [
  ...[...tables.invoices.values()].flatMap(({ current }) =>
    sameOwner(current.owner, owner)
      ? current.attempts
          .filter((each) => each.account === account)
          .map(({ number, providerId, reference }) => ({
            resource: "invoice" as const,
            id: current.id,
            attempt: number,
            providerId,
            reference
          }))
      : []
  ),
  ...[...tables.payouts.values()].flatMap(({ current }) =>
    sameOwner(current.owner, owner)
      ? current.attempts
          .filter((each) => each.account === account)
          .map(({ number, providerId, reference }) => ({
            resource: "payout" as const,
            id: current.id,
            attempt: number,
            providerId,
            reference
          }))
      : []
  )
]

const goesBy =
  ({ providerId, reference }: KnownAttempt) =>
  (named: Named): boolean =>
    (named.providerId !== null && named.providerId === providerId) ||
    (named.reference !== null && named.reference === reference)

const bookedOf = (tables: Tables, owner: Owner, account: string): ReadonlyArray<BookedLineRow> =>
  [...tables.bookedLines.values()].filter((row) => sameOwner(row.owner, owner) && row.line.account === account)

const isAbout =
  (about: About) =>
  (row: BalanceTransaction): boolean =>
    "from" in about
      ? DateTime.isGreaterThanOrEqualTo(row.occurredAt, about.from) && DateTime.isLessThan(row.occurredAt, about.to)
      : row.source.resource === about.resource && row.source.id === about.id && row.attempt === about.attempt

const inOrder = Order.combineAll<Pick<OurLine, "at" | "id">>([
  Order.mapInput(DateTime.Order, ({ at }) => at),
  Order.mapInput(Order.String, ({ id }) => id)
])

const ours = (tables: Tables, owner: Owner, account: string, about: About): ReadonlyArray<OurLine> => {
  const attempts = attemptsOf(tables, owner, account)
  const booked = bookedOf(tables, owner, account)
  const reversed = new Set(booked.flatMap(({ reversedBy, row }) => (reversedBy === null ? [] : [row, reversedBy])))
  return tables.statement
    .filter((row) => sameOwner(row.owner, owner) && row.account === account && row.line.net !== 0)
    .filter((row) => isAbout(about)(row) && !reversed.has(row.id))
    .map((row) => {
      const by = attempts.find(({ attempt, id }) => id === row.source.id && attempt === row.attempt)
      return {
        id: row.id,
        account,
        providerId: by?.providerId ?? null,
        reference: by?.reference ?? null,
        currency: row.line.currency,
        net: row.line.net,
        at: row.occurredAt,
        standsFor: row.source.resource === "provider_line" ? row.source.id : null
      }
    })
    .toSorted(inOrder)
}

/** The tables with a row posted and remembered, if `row` says that it may be. */
const post = Effect.fnUntraced(function* (tables: Tables, key: string, row: BookedLineRow | null, posted: Posted) {
  if (row === null) return { tables, result: false }
  const after = yield* MemoryLedger.post(tables, [posted])
  return { tables: { ...after, bookedLines: put(after.bookedLines, key, row) }, result: true }
})

/** The lines of provider accounts over {@link MemoryDatabase}. */
export const layer: Layer.Layer<AccountLines, never, MemoryDatabase> = Layer.effect(
  AccountLines,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return AccountLines.of({
      ours: (owner, account, about, after, limit) =>
        Effect.map(database.tables, (tables) =>
          ours(tables, owner, account, about)
            .filter((line) => after === null || inOrder(line, after) > 0)
            .slice(0, limit)
        ),
      attempts: (owner, account, names) =>
        Effect.map(database.tables, (tables) =>
          attemptsOf(tables, owner, account).filter((attempt) => names.some(goesBy(attempt)))
        ),
      late: (owner, account, after, limit) =>
        Effect.map(database.tables, (tables) => {
          const attempts = attemptsOf(tables, owner, account)
          return bookedOf(tables, owner, account)
            .filter(({ as, reversedBy }) => as === "adjustment" && reversedBy === null)
            .map(({ line }) => line)
            .filter((line) => attempts.some((attempt) => goesBy(attempt)(line)))
            .filter(({ id }) => after === null || id > after)
            .toSorted(Order.mapInput(Order.String, ({ id }) => id))
            .slice(0, limit)
        }),
      balances: (owner, account) =>
        Effect.map(database.tables, ({ statement }) => {
          const sums = new Map<Currency, bigint>()
          for (const { account: of, line, owner: whose } of statement) {
            if (of !== account || !sameOwner(whose, owner)) continue
            sums.set(line.currency, (sums.get(line.currency) ?? 0n) + BigInt(line.net))
          }
          return [...sums].map(([currency, net]) => ({ currency, net }))
        }),
      book: (owner, line, as, posted) =>
        database.transaction((tables) => {
          const key = keyOf(owner, line.account, line.id)
          const row = { owner, line, as, row: posted.transaction.id, reversedBy: null }
          return post(tables, key, tables.bookedLines.has(key) ? null : row, posted)
        }),
      reverse: (owner, account, line, posted) =>
        database.transaction((tables) => {
          const key = keyOf(owner, account, line)
          const booked = tables.bookedLines.get(key)
          const isOpen = booked !== undefined && booked.as === "adjustment" && booked.reversedBy === null
          return post(tables, key, isOpen ? { ...booked, reversedBy: posted.transaction.id } : null, posted)
        })
    })
  })
)
