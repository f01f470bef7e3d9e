/**
 * The port to what providers refuse an account as a whole, not one operation of it: its credentials, or its payouts. What is
 * refused stays so until somebody does something about it; meanwhile nothing is sent with the account, but for a probe now and
 * then, which clears it when the provider serves the account again.
 */
import { Context, DateTime, Duration, type Effect, Schema } from "effect"
import type { Owner } from "../models/Owner.ts"
import type { StoreUnavailable } from "./Operations.ts"

/** `credentials` concern every operation of an account, `payouts` only those. */
export const Kind = Schema.Literals(["credentials", "payouts"])
export type Kind = typeof Kind.Type

export interface Refusal {
  /** The configured name of the provider account. */
  readonly account: string
  readonly kind: Kind
  /** The provider's reason, fit for clients. */
  readonly message: string
  readonly since: DateTime.Utc
  /** From when on one operation may try whether it still holds. */
  readonly probeAt: DateTime.Utc
}

/** The next probe: a quarter of the refusal's age later, from a minute to an hour. */
export const nextProbe = (since: DateTime.Utc, now: DateTime.Utc): DateTime.Utc => {
  const quarter = Duration.millis(Duration.toMillis(DateTime.distance(since, now)) / 4)
  return DateTime.addDuration(
    now,
    Duration.clamp(quarter, { minimum: Duration.minutes(1), maximum: Duration.hours(1) })
  )
}

/** Whether an operation may use an account: it may, it is the one that tries whether it may again, or it may not. */
export type Admission = "open" | "probe" | "refused"

export class AccountRefusals extends Context.Service<
  AccountRefusals,
  {
    /** Of several callers that ask at once when a probe is due, one is told to be it. */
    readonly admit: (
      owner: Owner,
      account: string,
      kinds: ReadonlyArray<Kind>
    ) => Effect.Effect<Admission, StoreUnavailable>
    /** The provider refused the account. Says whether that is new: a refusal that is known only learns its latest reason. */
    readonly refuse: (
      owner: Owner,
      account: string,
      kind: Kind,
      message: string
    ) => Effect.Effect<boolean, StoreUnavailable>
    /** The account is served again, as a probe has shown or an operator says. */
    readonly clear: (owner: Owner, account: string, kinds: ReadonlyArray<Kind>) => Effect.Effect<void, StoreUnavailable>
    /** What stands, for an operator: oldest first. */
    readonly list: (owner: Owner) => Effect.Effect<ReadonlyArray<Refusal>, StoreUnavailable>
  }
>()("@salesos/core/ports/AccountRefusals") {}
