/** Cost centers in memory. */
import { Effect, Layer } from "effect"
import { CostCenterStore } from "../ports/CostCenterStore.ts"
import { keyOf, MemoryDatabase, put } from "./MemoryDatabase.ts"

/** Cost centers over {@link MemoryDatabase}. */
export const layer: Layer.Layer<CostCenterStore, never, MemoryDatabase> = Layer.effect(
  CostCenterStore,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return CostCenterStore.of({
      replace: (owner, list) =>
        database.transaction((tables) =>
          Effect.succeed({
            tables: { ...tables, costCenters: put(tables.costCenters, keyOf(owner), list) },
            result: undefined
          })
        ),
      list: (owner) =>
        Effect.map(database.tables, ({ costCenters }) =>
          (costCenters.get(keyOf(owner)) ?? []).toSorted((a, b) => (a.code < b.code ? -1 : 1))
        )
    })
  })
)
