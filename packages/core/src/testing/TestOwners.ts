/** A port of tests: fresh tenants for laws that many run against one database. */
import { Context, type Effect } from "effect"
import type { LatePayments } from "../models/Invoice.ts"
import type { Owner } from "../models/Owner.ts"
import type { StoreUnavailable } from "../ports/Operations.ts"

/** One new tenant in both of its environments. */
export interface Tenancy {
  readonly sandbox: Owner
  readonly live: Owner
  /** The token in the notification address of the sandbox's first account. */
  readonly notificationToken: string
}

export class TestOwners extends Context.Service<
  TestOwners,
  {
    /**
     * A tenant that nothing else knows, in the time zone America/Sao_Paulo, without webhook endpoints. In each environment
     * it has one provider account for every provider that is named, of the same name and with credentials of its own:
     * `fresh(["infrapsp"])`. Late payments are accepted unless told otherwise.
     */
    readonly fresh: (
      providers: ReadonlyArray<string>,
      latePayments?: LatePayments
    ) => Effect.Effect<Tenancy, StoreUnavailable>
  }
>()("@salesos/core/testing/TestOwners") {}
