/**
 * The port to a resource that operations are carried out on, an invoice or a payout. Each method is one transaction: it
 * happens as a whole or not at all. None calls a provider, and none keeps a lock after it returns.
 */
import { type DateTime, type Duration, type Effect, type Option, Schema } from "effect"
import type { Alert } from "../models/Alert.ts"
import type { Posted } from "../models/BalanceTransaction.ts"
import type { PublicEvent } from "../models/Events.ts"
import type { Heard } from "../models/Heard.ts"
import type { Decision, Keyed, Lease, StoredResponse } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import type { File } from "../models/TaxDocument.ts"

/** The database can't be reached, is shutting down, or is too contended. Nothing was changed, or it is not known. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  cause: Schema.Defect()
}) {}

/** What is filed under a cost center. */
export interface Filed {
  readonly cost_center: string
}

/** The intent to create a resource: everything but its number, which the store takes in the same transaction. */
export interface Intent<Id, Request extends Filed> {
  readonly owner: Owner
  readonly keyed: Keyed
  readonly id: Id
  readonly request: Request
  /** The account of the first attempt, which is recorded with the resource. */
  readonly account: string
  readonly createdAt: DateTime.Utc
  /** The tenant's time zone, which decides the year of the number. */
  readonly timeZone: string
  readonly lease: Duration.Duration
  /** How long after the transaction a "not there" for the first attempt does not count. */
  readonly missesCountAfter: Duration.Duration
}

/** A resource as it is, and the right to carry out an operation on it. */
export interface Leased<A> {
  readonly current: A
  readonly lease: Lease
}

/** What became of an intent. */
export type Opened<A> =
  | ({ readonly _tag: "Created" } & Leased<A>)
  /** An execution of the same key ended without success, or died: this one goes on from where it was. */
  | ({ readonly _tag: "Resumed" } & Leased<A>)
  /** The owner has registered cost centers, and the request's is not among them. Nothing was recorded. */
  | { readonly _tag: "UnknownCostCenter" }
  | Exclude<Decision, { readonly _tag: "Resume" }>

/** What became of the wish to carry out an operation on a resource that is there. */
export type Begun<A> =
  | ({ readonly _tag: "Begun" } & Leased<A>)
  | { readonly _tag: "Missing" }
  /** Another operation on the same resource is being carried out. Its key, if this one has one, was not taken. */
  | { readonly _tag: "Busy"; readonly retryAfterSeconds: number }
  | Exclude<Decision, { readonly _tag: "Resume" }>

/** What became of a change that is made once for a key, and whose answer is known beforehand. */
export type Once = { readonly _tag: "Done" } | Exclude<Decision, { readonly _tag: "Resume" }>

/** A resource as it is now: a change to it is written only while it is. */
export interface Held<A> {
  readonly current: A
  /** Whether the lease that was given is still the resource's. A stale holder may record what it learned, no more. */
  readonly holdsLease: boolean
  /** The store's clock. */
  readonly now: DateTime.Utc
}

/** What is written together. */
export interface Change<A> {
  readonly next: A
  readonly posted: ReadonlyArray<Posted>
  readonly events: ReadonlyArray<PublicEvent>
  /** What a person should look at. */
  readonly alerts?: ReadonlyArray<Alert>
  /** The notifications that led to it: with it they are processed. */
  readonly heard?: ReadonlyArray<Heard>
  /** What the provider said, kept for support and audit. */
  readonly seen?: { readonly attempt: number; readonly raw: unknown }
  /** Texts of tax documents, kept with what they belong to. One that is kept already stays as it is. */
  readonly files?: ReadonlyArray<File>
  /** The operation is over: its answer is stored under its key, if it has one, and the lease is given back. */
  readonly finished?: { readonly keyed: Keyed; readonly response: StoredResponse | null }
  /** The lease is given back, and nothing is stored under a key. */
  readonly released?: boolean
}

/** A change of state that books nothing and tells nobody. */
export const onlyState = <A>(next: A): Change<A> => ({ next, posted: [], events: [] })

export interface Operations<A, Id, NewIntent> {
  /**
   * Records the intent: key, number, resource and first attempt in one transaction, with a lease for the caller. With a key
   * that is known it decides by `Idempotency.decide` and takes over the lease where that says so; only a new one needs a cost center
   * that is registered, if any are.
   *
   * A store may serve concurrent intents of one owner and year together: then each is numbered or refused by itself, and
   * the numbers are still gapless.
   */
  readonly open: (intent: NewIntent) => Effect.Effect<Opened<A>, StoreUnavailable>
  /** What a key means already, by `Idempotency.decide`; none when it is new. Takes nothing and changes nothing. */
  readonly recall: (owner: Owner, keyed: Keyed) => Effect.Effect<Option.Option<Decision>, StoreUnavailable>
  /**
   * Takes the lease of a resource for an operation on it, and the operation's key if it has one, in one transaction. A key
   * that is known decides as for {@link open}.
   */
  readonly begin: (
    owner: Owner,
    id: Id,
    keyed: Keyed | null,
    duration: Duration.Duration
  ) => Effect.Effect<Begun<A>, StoreUnavailable>
  /**
   * Lets `decide` say what changes of a resource as it is now, and writes that as a whole: state, money facts, ledger,
   * events with their deliveries, and the stored response. `decide` must not wait for anything, and is asked again when
   * another change came in between. Only the holder of the lease ends an operation. None when there is no such resource.
   *
   * When an attempt is due may be changed by others meanwhile, who take it or make it due: then the sooner holds of theirs and what
   * `decide` says. And while something heard of it waits, other than {@link Change.heard}, an attempt is neither over nor, once it is due,
   * put off: whoever wrote the change may have asked before the news.
   */
  readonly change: <B, E>(
    owner: Owner,
    id: Id,
    lease: Lease | null,
    decide: (held: Held<A>) => Effect.Effect<{ readonly change: Change<A>; readonly result: B }, E>
  ) => Effect.Effect<Option.Option<B>, E | StoreUnavailable>
  readonly get: (owner: Owner, id: Id) => Effect.Effect<Option.Option<A>, StoreUnavailable>
}

/** One page of a list. */
export interface Page {
  /** 1 to 1000. Clients may ask for 100. */
  readonly limit: number
  readonly startingAfter?: string
  readonly endingBefore?: string
}

/** Newest first. */
export interface Listed<A> {
  readonly data: ReadonlyArray<A>
  readonly hasMore: boolean
}
