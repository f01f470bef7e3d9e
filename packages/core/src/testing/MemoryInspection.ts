/** What the database in memory keeps of an owner and no port shows. */
import { Effect, Layer } from "effect"
import { MemoryDatabase, sameOwner } from "./MemoryDatabase.ts"
import { StoreInspection } from "./StoreInspection.ts"

/** {@link StoreInspection} over {@link MemoryDatabase}. */
export const layer: Layer.Layer<StoreInspection, never, MemoryDatabase> = Layer.effect(
  StoreInspection,
  Effect.gen(function* () {
    const { tables } = yield* MemoryDatabase
    return StoreInspection.of({
      postings: (owner) => Effect.map(tables, ({ postings }) => postings.filter((row) => sameOwner(row.owner, owner))),
      events: (owner) =>
        Effect.map(tables, ({ events }) => events.flatMap((row) => (sameOwner(row.owner, owner) ? [row.event] : []))),
      files: (owner) =>
        Effect.map(tables, ({ files }) => files.flatMap((row) => (sameOwner(row.owner, owner) ? [row.file] : [])))
    })
  })
)
