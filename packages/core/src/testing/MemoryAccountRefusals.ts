/** What providers refuse accounts, in memory. */
import { DateTime, Effect, Layer } from "effect"
import type { Owner } from "../models/Owner.ts"
import { AccountRefusals, type Admission, type Kind, nextProbe } from "../ports/AccountRefusals.ts"
import { MemoryDatabase, type RefusalRow, sameOwner, type Tables } from "./MemoryDatabase.ts"

const isOf =
  (owner: Owner, account: string, kinds: ReadonlyArray<Kind>) =>
  ({ owner: of, refusal }: RefusalRow): boolean =>
    sameOwner(of, owner) && refusal.account === account && kinds.includes(refusal.kind)

const admit = (
  tables: Tables,
  isAsked: (row: RefusalRow) => boolean,
  now: DateTime.Utc
): { readonly tables: Tables; readonly result: Admission } => {
  const standing = tables.refusals.filter(isAsked)
  if (standing.length === 0) return { tables, result: "open" }
  if (standing.some(({ refusal }) => DateTime.isGreaterThan(refusal.probeAt, now))) return { tables, result: "refused" }
  const refusals = tables.refusals.map((row) =>
    isAsked(row) ? { ...row, refusal: { ...row.refusal, probeAt: nextProbe(row.refusal.since, now) } } : row
  )
  return { tables: { ...tables, refusals }, result: "probe" }
}

/** Account refusals over {@link MemoryDatabase}. */
export const layer: Layer.Layer<AccountRefusals, never, MemoryDatabase> = Layer.effect(
  AccountRefusals,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return AccountRefusals.of({
      admit: (owner, account, kinds) =>
        database.transaction((tables, now) => Effect.succeed(admit(tables, isOf(owner, account, kinds), now))),
      refuse: (owner, account, kind, message) =>
        database.transaction((tables, now) => {
          const known = tables.refusals.find(isOf(owner, account, [kind]))
          const since = known?.refusal.since ?? now
          const refusal = { account, kind, message, since, probeAt: nextProbe(since, now) }
          const refusals = [...tables.refusals.filter((row) => row !== known), { owner, refusal }]
          return Effect.succeed({ tables: { ...tables, refusals }, result: known === undefined })
        }),
      clear: (owner, account, kinds) =>
        database.transaction((tables) => {
          const isCleared = isOf(owner, account, kinds)
          return Effect.succeed({
            tables: { ...tables, refusals: tables.refusals.filter((row) => !isCleared(row)) },
            result: undefined
          })
        }),
      list: (owner) =>
        Effect.map(database.tables, ({ refusals }) =>
          refusals
            .flatMap((row) => (sameOwner(row.owner, owner) ? [row.refusal] : []))
            .toSorted((a, b) => DateTime.Order(a.since, b.since))
        )
    })
  })
)
