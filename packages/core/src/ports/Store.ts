/**
 * The ports to the database. Each method is one transaction: it happens as a whole or not at all. None calls a provider,
 * and none keeps a lock after it returns.
 */
import { Context, type DateTime, type Duration, type Effect, type Option, Schema } from "effect"
import type { BalanceTransaction, Posted } from "../models/BalanceTransaction.ts"
import type { PublicEvent } from "../models/Events.ts"
import type { Decision, Keyed, Lease, StoredResponse } from "../models/Idempotency.ts"
import type { Alert, Invoice, Status } from "../models/Invoice.ts"
import type { InvoiceRequest, Method } from "../models/InvoiceRequest.ts"
import type { StatementType } from "../models/Ledger.ts"
import type { Owner } from "../models/Owner.ts"
import type { BalanceTransactionId, InvoiceId } from "../values/Ids.ts"
import type { ProviderAccount } from "./Provider.ts"

/** The database can't be reached, is shutting down, or is too contended. Nothing was changed, or it is not known. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  cause: Schema.Defect()
}) {}

/** The intent to create an invoice: everything but its number, which the store takes in the same transaction. */
export interface Intent {
  readonly owner: Owner
  readonly keyed: Keyed
  readonly id: InvoiceId
  readonly request: InvoiceRequest
  /** The account of the first attempt, which is recorded with the invoice. */
  readonly account: string
  readonly createdAt: DateTime.Utc
  /** The tenant's time zone, which decides the year of the number. */
  readonly timeZone: string
  readonly lease: Duration.Duration
  /** How long after the transaction a "not there" for the first attempt does not count. */
  readonly missesCountAfter: Duration.Duration
}

/** What became of an intent. */
export type Opened =
  | { readonly _tag: "Created"; readonly invoice: Invoice; readonly lease: Lease }
  /** An execution of the same key ended without success, or died: this one goes on from where it was. */
  | { readonly _tag: "Resumed"; readonly invoice: Invoice; readonly lease: Lease }
  | Exclude<Decision, { readonly _tag: "Resume" }>

/** An invoice as it is now: a change to it is written only while it is. */
export interface Held {
  readonly invoice: Invoice
  /** Whether the lease that was given is still the invoice's. A stale holder may record what it learned, no more. */
  readonly holdsLease: boolean
  /** The store's clock. */
  readonly now: DateTime.Utc
}

/** What is written together. */
export interface Change {
  readonly invoice: Invoice
  readonly posted: ReadonlyArray<Posted>
  readonly events: ReadonlyArray<PublicEvent>
  /** What a person should look at. */
  readonly alerts?: ReadonlyArray<Alert>
  /** What the provider said, kept for support and audit. */
  readonly seen?: { readonly attempt: number; readonly raw: unknown }
  /** The operation is over: its answer is stored under its key, if it has one, and the lease is given back. */
  readonly finished?: { readonly keyed: Keyed; readonly response: StoredResponse | null }
  /** The lease is given back, and nothing is stored under a key. */
  readonly released?: boolean
}

/** A change of state that books nothing and tells nobody. */
export const onlyState = (invoice: Invoice): Change => ({ invoice, posted: [], events: [] })

export interface Page {
  /** 1 to 100. */
  readonly limit: number
  readonly startingAfter?: string
  readonly endingBefore?: string
}

/** Newest first. */
export interface Listed<A> {
  readonly data: ReadonlyArray<A>
  readonly hasMore: boolean
}

export interface InvoiceFilter {
  readonly status?: Status
  readonly method?: Method
  readonly provider?: string
  readonly costCenter?: string
  readonly ourNumber?: string
  readonly contractorReference?: string
  readonly createdFrom?: DateTime.Utc
  readonly createdTo?: DateTime.Utc
}

/** A charge attempt that the provider should be asked about. */
export interface Due {
  readonly owner: Owner
  readonly invoice: InvoiceId
  readonly attempt: number
}

export class InvoiceStore extends Context.Service<
  InvoiceStore,
  {
    /**
     * Records the intent: key, number, invoice and first attempt in one transaction, with a lease for the caller. With a
     * key that is known it decides by `Idempotency.decide` and takes over the lease where that says so.
     */
    readonly open: (intent: Intent) => Effect.Effect<Opened, StoreUnavailable>
    /** What a key means already, by `Idempotency.decide`; none when it is new. Takes nothing and changes nothing. */
    readonly recall: (owner: Owner, keyed: Keyed) => Effect.Effect<Option.Option<Decision>, StoreUnavailable>
    /** Takes the lease of an invoice, or none when somebody holds it or there is no such invoice. */
    readonly lease: (
      owner: Owner,
      id: InvoiceId,
      duration: Duration.Duration
    ) => Effect.Effect<Option.Option<{ readonly invoice: Invoice; readonly lease: Lease }>, StoreUnavailable>
    /**
     * Lets `decide` say what changes of an invoice as it is now, and writes that as a whole: state, money facts, ledger,
     * events with their deliveries, and the stored response. `decide` must not wait for anything, and is asked again when
     * another change came in between. Only the holder of the lease ends an operation. None when there is no such invoice.
     */
    readonly change: <A, E>(
      owner: Owner,
      id: InvoiceId,
      lease: Lease | null,
      decide: (held: Held) => Effect.Effect<{ readonly change: Change; readonly result: A }, E>
    ) => Effect.Effect<Option.Option<A>, E | StoreUnavailable>
    readonly get: (owner: Owner, id: InvoiceId) => Effect.Effect<Option.Option<Invoice>, StoreUnavailable>
    readonly list: (owner: Owner, filter: InvoiceFilter, page: Page) => Effect.Effect<Listed<Invoice>, StoreUnavailable>
    /** Takes up to `limit` attempts that are due and moves their time on by `retryIn`, so that no one else takes them meanwhile. */
    readonly takeDue: (limit: number, retryIn: Duration.Duration) => Effect.Effect<ReadonlyArray<Due>, StoreUnavailable>
  }
>()("@salesos/core/ports/InvoiceStore") {}

export interface StatementFilter {
  readonly account?: string
  readonly type?: StatementType
  readonly costCenter?: string
  readonly ourNumber?: string
  readonly contractorReference?: string
  readonly currency?: string
  readonly createdFrom?: DateTime.Utc
  readonly createdTo?: DateTime.Utc
}

export class Statement extends Context.Service<
  Statement,
  {
    readonly get: (
      owner: Owner,
      id: BalanceTransactionId
    ) => Effect.Effect<Option.Option<BalanceTransaction>, StoreUnavailable>
    readonly list: (
      owner: Owner,
      filter: StatementFilter,
      page: Page
    ) => Effect.Effect<Listed<BalanceTransaction>, StoreUnavailable>
  }
>()("@salesos/core/ports/Statement") {}

/** An inbound notification, as it is kept before anything is done about it. */
export interface Received {
  readonly owner: Owner
  readonly account: string
  readonly dedupeKey: string
  /** The provider's ids of the charges it names. */
  readonly charges: ReadonlyArray<string>
  /** As it came. */
  readonly body: Uint8Array
}

/** What an owner has configured. */
export interface Profile {
  /** The IANA time zone that the tenant's years begin in. */
  readonly timeZone: string
  /** The provider accounts of this environment; none of the other. */
  readonly accounts: ReadonlyArray<ProviderAccount>
}

export class Tenants extends Context.Service<
  Tenants,
  {
    /** May be some seconds old. */
    readonly profile: (owner: Owner) => Effect.Effect<Profile, StoreUnavailable>
  }
>()("@salesos/core/ports/Tenants") {}

export class Notifications extends Context.Service<
  Notifications,
  {
    /** Whose notification address a token is. */
    readonly accountOf: (
      provider: string,
      token: string
    ) => Effect.Effect<Option.Option<{ readonly owner: Owner; readonly account: string }>, StoreUnavailable>
    /** Keeps a notification once and makes the attempts that it names due now. Nothing else changes. */
    readonly receive: (received: Received) => Effect.Effect<void, StoreUnavailable>
  }
>()("@salesos/core/ports/Notifications") {}

/** What is shown to whoever has an invoice's address, without a key: only the payer's side of it. */
export class PayerView extends Context.Service<
  PayerView,
  {
    readonly invoice: (id: InvoiceId) => Effect.Effect<Option.Option<Invoice>, StoreUnavailable>
  }
>()("@salesos/core/ports/PayerView") {}
