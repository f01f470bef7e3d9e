/** The letters that wait to be sent, in memory. */
import { DateTime, Duration, Effect, Layer } from "effect"
import type { Outcome } from "../models/Letter.ts"
import type { Environment } from "../models/Owner.ts"
import { hold, Mails, type Taken } from "../ports/Mails.ts"
import { type LetterRow, MemoryDatabase, sameOwner, type Tables } from "./MemoryDatabase.ts"

const take = (tables: Tables, environment: Environment, limit: number, now: DateTime.Utc) => {
  const at = DateTime.toEpochMillis(now)
  const due = tables.letters
    .flatMap((row) =>
      row.owner.environment === environment && row.dueAt !== null && row.dueAt <= at ? [{ row, dueAt: row.dueAt }] : []
    )
    .toSorted((a, b) => a.dueAt - b.dueAt)
    .slice(0, limit)
    .map(({ row }) => row)
  const until = at + Duration.toMillis(hold)
  return {
    tables: {
      ...tables,
      letters: tables.letters.map((row) => (due.includes(row) ? { ...row, tries: row.tries + 1, dueAt: until } : row))
    },
    result: due.map(({ createdAt, event, letter, owner, tries }): Taken => ({
      owner,
      event,
      letter,
      number: tries + 1,
      age: DateTime.distance(createdAt, now)
    }))
  }
}

const recorded = (row: LetterRow, { number }: Taken, outcome: Outcome, now: DateTime.Utc): LetterRow => {
  if (outcome._tag !== "Sent" && (row.dueAt === null || row.tries !== number)) return row
  return {
    ...row,
    outcome,
    dueAt: outcome._tag === "Again" ? DateTime.toEpochMillis(DateTime.addDuration(now, outcome.after)) : null
  }
}

/** The first `limit` letters that are so old and meet a condition. */
const old = (
  { letters }: Tables,
  now: DateTime.Utc,
  age: Duration.Duration,
  limit: number,
  so: (row: LetterRow) => boolean
) => {
  const before = DateTime.subtractDuration(now, age)
  return letters.filter((row) => so(row) && DateTime.isLessThanOrEqualTo(row.createdAt, before)).slice(0, limit)
}

/** Letters over {@link MemoryDatabase}. */
export const layer: Layer.Layer<Mails, never, MemoryDatabase> = Layer.effect(
  Mails,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return Mails.of({
      take: (environment, limit) =>
        database.transaction((tables, now) => Effect.succeed(take(tables, environment, limit, now))),
      record: (taken, outcome) =>
        database.transaction((tables, now) =>
          Effect.succeed({
            tables: {
              ...tables,
              letters: tables.letters.map((row) =>
                row.event === taken.event && sameOwner(row.owner, taken.owner)
                  ? recorded(row, taken, outcome, now)
                  : row
              )
            },
            result: undefined
          })
        ),
      expire: (age, limit) =>
        database.transaction((tables, now) => {
          const late = old(tables, now, age, limit, ({ dueAt }) => dueAt !== null)
          const outcome: Outcome = { _tag: "Dropped", reason: "too_old" }
          const letters = tables.letters.map((row) => (late.includes(row) ? { ...row, dueAt: null, outcome } : row))
          return Effect.succeed({ tables: { ...tables, letters }, result: late.length })
        }),
      purge: (age, limit) =>
        database.transaction((tables, now) => {
          const gone = old(tables, now, age, limit, ({ dueAt }) => dueAt === null)
          const letters = tables.letters.filter((row) => !gone.includes(row))
          return Effect.succeed({ tables: { ...tables, letters }, result: gone.length })
        })
    })
  })
)
