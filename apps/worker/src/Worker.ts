/** The worker's loops, as a layer that runs them while it lives. */
import { Effect, Layer } from "effect"
import type { AuditConfig, MailConfig, WorkerConfig } from "./Config.ts"
import * as Audit from "./Audit.ts"
import * as Deliveries from "./Deliveries.ts"
import * as Housekeeping from "./Housekeeping.ts"
import * as Letters from "./Letters.ts"
import * as Lookups from "./Lookups.ts"
import * as Mail from "./Mail.ts"
import * as Reconciliations from "./Reconciliations.ts"

export const layer = (config: WorkerConfig & AuditConfig & { readonly mail: MailConfig }) =>
  Layer.mergeAll(
    Layer.effectDiscard(Effect.forkScoped(Deliveries.run(config))),
    Layer.effectDiscard(Effect.forkScoped(Deliveries.purge(config))),
    Layer.effectDiscard(Effect.forkScoped(Letters.run(config))).pipe(Layer.provide(Mail.layer(config.mail))),
    Layer.effectDiscard(Effect.forkScoped(Audit.run(config))),
    Layer.effectDiscard(Effect.forkScoped(Lookups.charges(config))),
    Layer.effectDiscard(Effect.forkScoped(Lookups.payouts(config))),
    Layer.effectDiscard(Effect.forkScoped(Lookups.taxDocuments(config))),
    Layer.effectDiscard(Effect.forkScoped(Lookups.overlooked)),
    Layer.effectDiscard(Effect.forkScoped(Reconciliations.run)),
    Layer.effectDiscard(Effect.forkScoped(Housekeeping.run))
  )
