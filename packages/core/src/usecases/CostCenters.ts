/** Registering cost centers. */
import { Effect } from "effect"
import type { CostCenter } from "../models/CostCenter.ts"
import type { Owner } from "../models/Owner.ts"
import { CostCenterStore } from "../ports/CostCenterStore.ts"

/** Replaces an owner's list, and gives it as it then is. What is filed under a code that is gone keeps it. */
export const replace = Effect.fn("CostCenters.replace")(function* (owner: Owner, wanted: ReadonlyArray<CostCenter>) {
  const store = yield* CostCenterStore
  yield* store.replace(owner, wanted)
  return yield* store.list(owner)
})

/** An owner's list, by code. */
export const list = Effect.fn("CostCenters.list")(function* (owner: Owner) {
  return yield* (yield* CostCenterStore).list(owner)
})
