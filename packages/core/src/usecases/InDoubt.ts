/**
 * In doubt: a charge was perhaps created, and nobody knows. It is looked up by our own reference, as often and as late as
 * the driver asks, and never sent again by guess. Whoever resolves holds the invoice's lease.
 */
import { Effect, Option } from "effect"
import * as Invoice from "../models/Invoice.ts"
import type { Lease } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import { Settings } from "../ports/Settings.ts"
import { type Change, type Held, onlyState } from "../ports/Operations.ts"
import { InvoiceStore, Tenants } from "../ports/Store.ts"
import type { InvoiceId } from "../values/Ids.ts"
import * as Accounts from "./Accounts.ts"
import { unsettled } from "./Changes.ts"
import { announce } from "./Execution.ts"
import { changeBy } from "./Observations.ts"
import { withDeadline } from "./ProviderCall.ts"

/** Resolves what can be resolved now of an invoice's unresolved attempts; gives the invoice as it then is. */
export const resolve = Effect.fn("InDoubt.resolve")(
  function* (owner: Owner, found: Invoice.Invoice, lease: Lease) {
    const store = yield* InvoiceStore
    const settings = yield* Settings
    const { latePayments } = yield* (yield* Tenants).profile(owner)
    let invoice = found
    /** Applies a step to the invoice as it is now, if the lease is still ours. */
    const step = Effect.fnUntraced(function* <E>(
      decide: (held: Held<Invoice.Invoice>) => Effect.Effect<Change<Invoice.Invoice>, E>
    ) {
      const stepped = yield* store.change(owner, found.id, lease, (held) =>
        Effect.map(held.holdsLease ? decide(held) : Effect.succeed(onlyState(held.current)), (change) => ({
          change,
          result: change
        }))
      )
      if (Option.isNone(stepped)) return
      invoice = stepped.value.next
      yield* announce(found.id, stepped.value)
    })
    for (const { account: name, number, reference } of Invoice.unresolved(found)) {
      // A taker-over never sends an existing attempt. From here on it is in doubt, whatever it was.
      yield* step(({ current, now }) => {
        const recorded = Invoice.attempt(current, number)
        return Effect.succeed(onlyState(Invoice.doubt(current, number, recorded?.missesCountFrom ?? now, now)))
      })
      const later = step(({ current, now }) => Effect.succeed(unsettled(Invoice.askLater(current, number, now), now)))
      const via = yield* Accounts.find(owner, name)
      if (Option.isNone(via)) {
        yield* later
        continue
      }
      const { account, driver } = via.value
      const answer = yield* withDeadline(
        "provider.findCharge",
        { provider: driver.name, invoice: found.id },
        driver.findCharge(account, reference)
      ).pipe(Effect.result)
      if (answer._tag === "Failure") {
        yield* Effect.logWarning(`The provider did not tell about a charge in doubt: ${answer.failure.message}`)
        yield* later
        continue
      }
      yield* Option.match(answer.success, {
        onNone: () =>
          step(({ current, now }) =>
            Effect.succeed(unsettled(Invoice.miss(current, number, driver.facts.lookup.misses, now), now))
          ),
        onSome: (seen) =>
          step((held) => Effect.provideService(changeBy(held, number, seen, latePayments), Settings, settings))
      })
    }
    return invoice
  },
  (effect, _, invoice) => Effect.annotateLogs(effect, { invoice: invoice.id })
)

/**
 * The same by a worker: takes the lease if nobody holds it, never creates an attempt, and when the last doubt is settled
 * without a charge the invoice is `not_created`.
 */
export const resolveAlone = Effect.fn("InDoubt.resolveAlone")(function* (owner: Owner, id: InvoiceId) {
  const store = yield* InvoiceStore
  const { lease: duration } = yield* Settings
  const begun = yield* store.begin(owner, id, null, duration)
  if (begun._tag !== "Begun") return
  const { current, lease } = begun
  yield* resolve(owner, current, lease).pipe(Effect.ensuring(giveBack(owner, id, lease)))
})

const giveBack = Effect.fnUntraced(function* (owner: Owner, id: InvoiceId, lease: Lease) {
  const store = yield* InvoiceStore
  yield* store
    .change(owner, id, lease, ({ current, holdsLease, now }) =>
      Effect.succeed({
        change: {
          ...onlyState(holdsLease && Invoice.awaitsCharge(current) ? Invoice.notCreated(current, now) : current),
          released: holdsLease
        },
        result: undefined
      })
    )
    .pipe(Effect.catchTag("StoreUnavailable", () => Effect.void)) // it runs out by itself
})
