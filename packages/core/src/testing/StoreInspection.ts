/** A port of tests: what a store keeps of an owner and no other port shows. */
import { Context, type Effect } from "effect"
import type { PublicEvent } from "../models/Events.ts"
import type { Owner } from "../models/Owner.ts"
import type { File } from "../models/TaxDocument.ts"
import type { StoreUnavailable } from "../ports/Operations.ts"
import type { AuditedPosting } from "./audit/facts.ts"

export class StoreInspection extends Context.Service<
  StoreInspection,
  {
    readonly postings: (owner: Owner) => Effect.Effect<ReadonlyArray<AuditedPosting>, StoreUnavailable>
    /** In the order in which they were told. */
    readonly events: (owner: Owner) => Effect.Effect<ReadonlyArray<PublicEvent>, StoreUnavailable>
    /** The texts of tax documents. */
    readonly files: (owner: Owner) => Effect.Effect<ReadonlyArray<File>, StoreUnavailable>
  }
>()("@salesos/core/testing/StoreInspection") {}
