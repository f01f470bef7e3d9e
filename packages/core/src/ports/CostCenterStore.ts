/** The port to the cost centers that owners have registered. Whether one is known is decided by the creation that names it. */
import { Context, type Effect } from "effect"
import type { CostCenter } from "../models/CostCenter.ts"
import type { Owner } from "../models/Owner.ts"
import type { StoreUnavailable } from "./Operations.ts"

export class CostCenterStore extends Context.Service<
  CostCenterStore,
  {
    /** Replaces an owner's list as a whole: of several at once, one list stands in the end. */
    readonly replace: (owner: Owner, list: ReadonlyArray<CostCenter>) => Effect.Effect<void, StoreUnavailable>
    /** An owner's list, by code. */
    readonly list: (owner: Owner) => Effect.Effect<ReadonlyArray<CostCenter>, StoreUnavailable>
  }
>()("@salesos/core/ports/CostCenterStore") {}
