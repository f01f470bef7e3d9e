/**
 * What the sandbox is asked to do in place of payers and banks. It is done at the simulator, and the resource is looked up, so
 * that the answer shows what came of it: all the rest is as it would be with a provider.
 */
import { Effect, Option } from "effect"
import * as ChargeAttempt from "../models/ChargeAttempt.ts"
import type { Keyed, StoredResponse } from "../models/Idempotency.ts"
import * as Invoice from "../models/Invoice.ts"
import type { Owner } from "../models/Owner.ts"
import * as Payout from "../models/Payout.ts"
import * as Resources from "../models/Resources.ts"
import { onlyState, type Operations } from "../ports/Operations.ts"
import type { ProviderAccount } from "../ports/Provider.ts"
import { type ChargeAction, type Failure, Sandbox } from "../ports/Sandbox.ts"
import { Settings } from "../ports/Settings.ts"
import { InvoiceStore, PayoutStore } from "../ports/Store.ts"
import type { InvoiceId, PayoutId } from "../values/Ids.ts"
import * as Accounts from "./Accounts.ts"
import { InvalidState, NotFound, ProviderError } from "./errors.ts"
import * as Execution from "./Execution.ts"
import * as Lookups from "./Lookups.ts"
import * as PayoutLookups from "./PayoutLookups.ts"
import { withDeadline } from "./ProviderCall.ts"

/** An attempt at a provider that something can be done about. */
interface Target {
  readonly number: number
  readonly account: string
  readonly providerId: string | null
}

interface Row {
  readonly from: Invoice.Status
  /** The attempts it may happen to. */
  readonly of: (attempt: ChargeAttempt.ChargeAttempt) => boolean
  readonly isDone: (invoice: Invoice.Invoice) => boolean
}

const actions: Record<ChargeAction, Row> = {
  pay: { from: "open", of: ChargeAttempt.isLive, isDone: ({ status }) => status === "paid" },
  expire: { from: "open", of: ChargeAttempt.isLive, isDone: ({ failure }) => failure?.code === "expired" },
  chargeback: {
    from: "paid",
    of: ({ status }) => status === "paid",
    isDone: ({ amountReversed }) => amountReversed > 0
  }
}

/**
 * Pays an open invoice, lets its charges expire, or charges a paid one back, and answers 200 with the invoice as it then is.
 *
 * Fails with `NotFound`, also for a live owner; with `InvalidState` where the invoice's state does not allow it; with
 * `NotSimulated` where its account has no simulator; with `OperationInProgress`; and with `ProviderError` when the simulator
 * did not answer. Of these nothing is stored.
 */
export const onInvoice = Effect.fn("SandboxActions.onInvoice")(function* (
  owner: Owner,
  keyed: Keyed,
  id: InvoiceId,
  action: ChargeAction
) {
  const settings = yield* Settings
  const { actOnCharge } = yield* Sandbox
  return yield* carryOut(yield* InvoiceStore, owner, keyed, id, {
    name: "invoice",
    targets: (invoice: Invoice.Invoice) => {
      const { from, of } = actions[action]
      const found = invoice.status === from ? invoice.attempts.filter(of) : []
      // A payer pays one leg of several; what expires is all of it.
      return action === "expire" ? found : found.slice(0, 1)
    },
    isDone: actions[action].isDone,
    act: (account, providerId) => actOnCharge(account, providerId, action),
    lookUp: (attempt) => Lookups.lookUp({ owner, invoice: id, attempt }),
    respond: (invoice) => ({ status: 200, body: JSON.stringify(Resources.invoice(invoice, settings)) })
  })
}, Effect.uninterruptible)

/** Gives the money of a paid payout back, and answers 200 with the payout as it then is. Fails as {@link onInvoice} does. */
export const onPayout = Effect.fn("SandboxActions.onPayout")(function* (owner: Owner, keyed: Keyed, id: PayoutId) {
  const { actOnPayout } = yield* Sandbox
  return yield* carryOut(yield* PayoutStore, owner, keyed, id, {
    name: "payout",
    targets: ({ attempts }: Payout.Payout) => attempts.filter(({ status }) => status === "delivered").slice(0, 1),
    isDone: ({ attempts }) => attempts.some(({ status }) => status === "returned"),
    act: (account, providerId) => actOnPayout(account, providerId, "return"),
    lookUp: (attempt) => PayoutLookups.lookUp({ owner, payout: id, attempt }),
    respond: (payout) => ({ status: 200, body: JSON.stringify(Resources.payout(payout)) })
  })
}, Effect.uninterruptible)

interface Action<A, E, R> {
  readonly name: string
  /** The attempts it is done to; none where the state does not allow it. */
  readonly targets: (current: A) => ReadonlyArray<Target>
  readonly isDone: (current: A) => boolean
  readonly act: (account: ProviderAccount, providerId: string) => Effect.Effect<void, Failure>
  readonly lookUp: (attempt: number) => Effect.Effect<unknown, E, R>
  readonly respond: (current: A) => StoredResponse
}

const carryOut = Effect.fnUntraced(function* <A extends { readonly status: string }, Id extends string, E, R>(
  store: Pick<Operations<A, Id, never>, "begin" | "change">,
  owner: Owner,
  keyed: Keyed,
  id: Id,
  { act, isDone, lookUp, name, respond, targets }: Action<A, E, R>
) {
  if (owner.environment !== "sandbox") return yield* new NotFound({ message: "No such address" })
  const missing = new NotFound({ message: `No such ${name}` })
  return yield* Execution.perform(
    store,
    { owner, keyed, id, missing },
    Effect.fnUntraced(function* (execution, current) {
      const refused = new InvalidState({ message: `The ${name} is ${current.status}: that can't happen to it` })
      const found = targets(current)
      if (found.length === 0) return yield* refused
      for (const { account: configured, number, providerId } of found) {
        const via = yield* Accounts.find(owner, configured)
        if (Option.isNone(via) || providerId === null) return yield* refused
        yield* Execution.mustOutlast(execution)
        const { provider } = via.value.account
        yield* withDeadline("sandbox.act", { provider, account: configured }, act(via.value.account, providerId)).pipe(
          Effect.catchTag("Unavailable", ({ message }) => Effect.fail(new ProviderError({ message, inDoubt: false }))),
          Effect.catchTag("Unknown", ({ message }) => Effect.fail(new ProviderError({ message, inDoubt: true }))),
          Effect.catchTag("ActionRefused", ({ message }) =>
            Effect.gen(function* () {
              // It may have happened by itself, or by an execution that died: that is what was asked for.
              yield* lookUp(number)
              const now = yield* Execution.step(execution, (held) => Effect.succeed(onlyState(held.current)))
              if (!isDone(now)) return yield* new InvalidState({ message })
            })
          )
        )
        yield* lookUp(number)
      }
      return yield* Execution.answer(execution, respond)
    })
  )
})
