/**
 * Reading one resource for somebody who waits for it. While it is not known what became of it, the provider is asked first: for
 * a moment, and not again for every reader.
 */
import { Cache, Context, Duration, Effect, Fiber, Layer } from "effect"
import * as Invoice from "../models/Invoice.ts"
import type { Owner } from "../models/Owner.ts"
import * as Payout from "../models/Payout.ts"
import type { AccountRefusals } from "../ports/AccountRefusals.ts"
import type { StoreUnavailable } from "../ports/Operations.ts"
import { Drivers } from "../ports/Provider.ts"
import { TaxIssuers } from "../ports/TaxIssuer.ts"
import { Settings } from "../ports/Settings.ts"
import { InvoiceStore, Notifications, PayoutStore, Tenants } from "../ports/Store.ts"
import type { InvoiceId, PayoutId, TaxDocumentId } from "../values/Ids.ts"
import * as Doubts from "./Doubts.ts"
import type { NotFound } from "./errors.ts"
import * as Invoices from "./Invoices.ts"
import * as Payouts from "./Payouts.ts"
import * as TaxDocuments from "./TaxDocuments.ts"

/** How long a reader waits for the provider. What it then says is recorded all the same. */
export const patience = Duration.seconds(3)

/**
 * Who reads again within this time is shown what the one before was. As long as the shortest wait between two scheduled lookups,
 * so that readers make up no faster row of "not there" than the worker does.
 */
export const pause = Duration.seconds(2)

export class Reading extends Context.Service<
  Reading,
  {
    /** One invoice. Fails with `NotFound`, also for another owner's. */
    readonly invoice: (owner: Owner, id: InvoiceId) => Effect.Effect<Invoice.Invoice, NotFound | StoreUnavailable>
    /** One payout. Fails with `NotFound`, also for another owner's. */
    readonly payout: (owner: Owner, id: PayoutId) => Effect.Effect<Payout.Payout, NotFound | StoreUnavailable>
    /** One tax document, and the invoice that it belongs to. Fails with `NotFound`, also for another owner's. */
    readonly taxDocument: (
      owner: Owner,
      id: InvoiceId,
      document: TaxDocumentId
    ) => Effect.Effect<Effect.Success<ReturnType<typeof TaxDocuments.get>>, NotFound | StoreUnavailable>
  }
>()("@salesos/core/usecases/Reading") {
  /** Over the stores and drivers. Lookups that nobody waits for any more end with the layer. */
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const context = yield* Effect.context<
        AccountRefusals | Drivers | InvoiceStore | Notifications | PayoutStore | Settings | TaxIssuers | Tenants
      >()
      const scope = yield* Effect.scope

      /** Gives a reader of what is in doubt the end of a lookup that is shared with others, or the end of its patience. */
      const shared = Effect.fnUntraced(function* <Id extends string, R>(
        lookUp: (owner: Owner, id: Id) => Effect.Effect<void, StoreUnavailable, R>
      ) {
        const lookups = yield* Cache.make({
          lookup: ({ id, owner }: { readonly owner: Owner; readonly id: Id }) =>
            lookUp(owner, id).pipe(Effect.ignore, Effect.forkIn(scope)),
          capacity: 10_000,
          timeToLive: pause
        })
        return (owner: Owner, id: Id) =>
          Cache.get(lookups, { owner, id }).pipe(Effect.flatMap(Fiber.await), Effect.timeoutOption(patience))
      })

      const lookUpInvoice = yield* shared(Doubts.askAboutInvoice)
      const lookUpPayout = yield* shared(Doubts.askAboutPayout)

      return Reading.of({
        invoice: (owner, id) =>
          Effect.flatMap(Invoices.get(owner, id), (found) =>
            Invoice.isInDoubt(found)
              ? Effect.andThen(lookUpInvoice(owner, id), Invoices.get(owner, id))
              : Effect.succeed(found)
          ).pipe(Effect.provideContext(context)),
        taxDocument: (owner, id, document) =>
          Effect.flatMap(TaxDocuments.get(owner, id, document), (found) =>
            Invoice.isInDoubt(found.invoice)
              ? Effect.andThen(lookUpInvoice(owner, id), TaxDocuments.get(owner, id, document))
              : Effect.succeed(found)
          ).pipe(Effect.provideContext(context)),
        payout: (owner, id) =>
          Effect.flatMap(Payouts.get(owner, id), (found) =>
            Payout.unresolved(found).length === 0
              ? Effect.succeed(found)
              : Effect.andThen(lookUpPayout(owner, id), Payouts.get(owner, id))
          ).pipe(Effect.provideContext(context))
      })
    })
  )
}
