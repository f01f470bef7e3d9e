/**
 * Canceling a charge at its provider, and giving its payment back. By the only allowed shape: recorded, sent outside any
 * transaction by who holds the lease, and its answer recorded; in doubt it is looked at. Only a cancellation may be sent again then,
 * when its client asks again.
 */
import { DateTime, Effect, Option, Result } from "effect"
import * as ChargeAttempt from "../models/ChargeAttempt.ts"
import * as Invoice from "../models/Invoice.ts"
import * as ProviderOperation from "../models/ProviderOperation.ts"
import { onlyState } from "../ports/Operations.ts"
import { Settings } from "../ports/Settings.ts"
import { InvoiceStore, Tenants } from "../ports/Store.ts"
import type { Owner } from "../models/Owner.ts"
import type { InvoiceId } from "../values/Ids.ts"
import * as Accounts from "./Accounts.ts"
import { unsettled } from "./Changes.ts"
import { alone, type Holder, missesCountAfter, step } from "./Execution.ts"
import { changeBy } from "./Observations.ts"
import { withDeadline } from "./ProviderCall.ts"

/** What became of an operation that was to be sent. */
export type Outcome = "answered" | "refused" | "not_sent" | "in_doubt"

/** Sends an operation that is wanted, and records what came of it. Gives the invoice as it then is. */
export const carryOut = Effect.fnUntraced(function* (
  holder: Holder<Invoice.Invoice, InvoiceId>,
  number: number,
  kind: Invoice.OperationKind
) {
  const settings = yield* Settings
  const { latePayments } = yield* (yield* Tenants).profile(holder.owner)
  const attempt = Invoice.attempt(yield* step(holder, ({ current }) => Effect.succeed(onlyState(current))), number)
  const via = yield* Accounts.find(holder.owner, attempt?.account ?? "")
  const driver = Option.getOrUndefined(via)?.driver
  const call = kind === "cancel" ? driver?.cancelCharge : driver?.refundCharge
  const id = attempt?.providerId ?? null
  if (Option.isNone(via) || driver === undefined || call === undefined || id === null) {
    return yield* settle(holder, number, kind, "refused")
  }
  yield* step(holder, ({ current, now }) => {
    const from = DateTime.addDuration(now, missesCountAfter(settings, driver))
    return Effect.succeed(onlyState(Invoice.operationSent(current, number, kind, from, now)))
  })
  const answer = yield* withDeadline(
    `provider.${kind}Charge`,
    { provider: driver.name, invoice: holder.id },
    call(via.value.account, id)
  ).pipe(Effect.result)
  if (Result.isFailure(answer)) {
    yield* Effect.logWarning(`The provider did not ${kind} a charge: ${answer.failure.message}`)
    const outcomes = { Rejected: "refused", Unavailable: "not_sent", Unknown: "in_doubt" } as const
    return yield* settle(holder, number, kind, outcomes[answer.failure._tag], driver.facts.lookup.minimumAge)
  }
  const seen = answer.success
  const next = yield* step(holder, (held) => {
    // What the answer does not show yet, later reads will; until then it is not known to have happened.
    const current = Invoice.operationAnswered(held.current, number, kind, "Doubted", held.now, held.now)
    return changeBy({ ...held, current }, number, seen, latePayments).pipe(Effect.provideService(Settings, settings))
  })
  return { next, outcome: "answered" as Outcome }
})

const settle = Effect.fnUntraced(function* (
  holder: Holder<Invoice.Invoice, InvoiceId>,
  number: number,
  kind: Invoice.OperationKind,
  outcome: Exclude<Outcome, "answered">,
  minimumAge?: Parameters<typeof DateTime.addDuration>[1]
) {
  const events = { refused: "Refused", not_sent: "NotSent", in_doubt: "Doubted" } as const
  const next = yield* step(holder, ({ current, now }) => {
    const attempt = Invoice.attempt(current, number)
    const later = attempt === undefined ? now : ChargeAttempt.nextLookup(attempt, now)
    const due = outcome === "in_doubt" && minimumAge !== undefined ? DateTime.addDuration(now, minimumAge) : later
    return Effect.succeed({
      ...onlyState(Invoice.operationAnswered(current, number, kind, events[outcome], due, now)),
      // A charge that can't be canceled is watched; a payment that can't be given back is for a person to see to.
      ...(outcome === "refused" && kind === "refund" ? { alerts: ["refund_refused"] } : {})
    })
  })
  return { next, outcome: outcome as Outcome }
})

const kinds = ["cancel", "refund"] as const satisfies ReadonlyArray<Invoice.OperationKind>

/**
 * What is to be done about an attempt's operations, by a worker that has just asked for the charge: one that is wanted is sent,
 * and one in doubt has missed once more if the charge was read (`isRead`) and showed no effect of it.
 */
export const seeTo = Effect.fn("ProviderOperations.seeTo")(function* (
  owner: Owner,
  id: InvoiceId,
  number: number,
  isRead: boolean
) {
  yield* alone(
    yield* InvoiceStore,
    owner,
    id,
    Effect.fnUntraced(function* (holder, invoice) {
      const attempt = Invoice.attempt(invoice, number)
      for (const kind of attempt === undefined ? [] : kinds) {
        const status = attempt?.[kind]?.status
        if (status === "wanted") yield* carryOut(holder, number, kind)
        if (status === "sent" || status === "in_doubt") yield* lookAgain(holder, number, kind, isRead)
      }
    })
  )
})

/** An operation that a dead process may have sent is in doubt from here on; only a read without effect counts against it. */
const lookAgain = Effect.fnUntraced(function* (
  holder: Holder<Invoice.Invoice, InvoiceId>,
  number: number,
  kind: Invoice.OperationKind,
  isRead: boolean
) {
  const account = Invoice.attempt(yield* step(holder, ({ current }) => Effect.succeed(onlyState(current))), number)
  const via = Option.getOrUndefined(yield* Accounts.find(holder.owner, account?.account ?? ""))
  yield* step(holder, ({ current, now }) => {
    const operation = Invoice.attempt(current, number)?.[kind]
    const next =
      operation?.status === "sent"
        ? Invoice.operationAnswered(current, number, kind, "Doubted", operation.missesCountFrom, now)
        : isRead && via !== undefined
          ? Invoice.operationMissed(current, number, kind, via.driver.facts.lookup.misses, now)
          : Invoice.askLater(current, number, now)
    const refused = kind === "refund" && Invoice.attempt(next, number)?.refund?.status === "refused"
    const change = unsettled(next, now)
    return Effect.succeed(refused ? { ...change, alerts: ["refund_refused", ...(change.alerts ?? [])] } : change)
  })
})

/** Whether a worker has something to do about an attempt's operations. */
export const isUnfinished = ({ cancel, refund }: ChargeAttempt.ChargeAttempt): boolean =>
  ProviderOperation.isUnfinished(cancel) || ProviderOperation.isUnfinished(refund)
