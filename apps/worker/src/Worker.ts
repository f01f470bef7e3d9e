/** The worker's loops, as a layer that runs them while it lives. */
import { Effect, Layer } from "effect"
import type { WorkerConfig } from "./Config.ts"
import * as Deliveries from "./Deliveries.ts"
import * as Housekeeping from "./Housekeeping.ts"
import * as Lookups from "./Lookups.ts"
import * as Reconciliations from "./Reconciliations.ts"

export const layer = (config: WorkerConfig) =>
  Layer.mergeAll(
    Layer.effectDiscard(Effect.forkScoped(Deliveries.run(config))),
    Layer.effectDiscard(Effect.forkScoped(Deliveries.purge(config))),
    Layer.effectDiscard(Effect.forkScoped(Lookups.charges(config))),
    Layer.effectDiscard(Effect.forkScoped(Lookups.payouts(config))),
    Layer.effectDiscard(Effect.forkScoped(Lookups.taxDocuments(config))),
    Layer.effectDiscard(Effect.forkScoped(Reconciliations.run)),
    Layer.effectDiscard(Effect.forkScoped(Housekeeping.run))
  )
