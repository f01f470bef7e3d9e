/**
 * The port to what the sandbox can be asked to do that in the real world payers and banks do. It acts at the simulator of a
 * provider account, never at a provider.
 */
import { Context, type Effect, Schema } from "effect"
import type { ProviderAccount, Unavailable, Unknown } from "./Provider.ts"

/** What happens to a charge: it is paid, ends unpaid, or its payment is taken back. */
export type ChargeAction = "pay" | "expire" | "chargeback"
/** What happens to a payout: its money comes back. */
export type PayoutAction = "return"

/** The account has no simulator: what is asked for can't be had of it. */
export class NotSimulated extends Schema.TaggedError<NotSimulated>()("NotSimulated", { message: Schema.String }) {}

/** The simulator does not do that to what it has: its state does not allow it, or it has no such thing. */
export class ActionRefused extends Schema.TaggedError<ActionRefused>()("ActionRefused", { message: Schema.String }) {}

/** What may become of an action besides its success. */
export type Failure = NotSimulated | ActionRefused | Unavailable | Unknown

export class Sandbox extends Context.Service<
  Sandbox,
  {
    /** By the provider's own id of the charge. */
    readonly actOnCharge: (
      account: ProviderAccount,
      providerId: string,
      action: ChargeAction
    ) => Effect.Effect<void, Failure>
    /** By the provider's own id of the payout. */
    readonly actOnPayout: (
      account: ProviderAccount,
      providerId: string,
      action: PayoutAction
    ) => Effect.Effect<void, Failure>
  }
>()("@salesos/core/ports/Sandbox") {}
