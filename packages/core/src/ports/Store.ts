/** The ports to the database, each method one transaction. What invoices and payouts have in common is in `Operations.ts`. */
import { Context, type DateTime, type Duration, type Effect, type Option } from "effect"
import type { BalanceTransaction } from "../models/BalanceTransaction.ts"
import type { Heard } from "../models/Heard.ts"
import type { Invoice, LatePayments, Status } from "../models/Invoice.ts"
import type { InvoiceRequest, Leg, Method } from "../models/InvoiceRequest.ts"
import type { StatementType } from "../models/Ledger.ts"
import type { Owner } from "../models/Owner.ts"
import type { Payout, Status as PayoutStatus } from "../models/Payout.ts"
import type { FeeMode } from "../models/PayoutAttempt.ts"
import type { PayoutRequest } from "../models/PayoutRequest.ts"
import type { File } from "../models/TaxDocument.ts"
import type { CalendarDate } from "../values/BusinessCalendar.ts"
import type { Currency } from "../values/Currency.ts"
import type { BalanceTransactionId, InvoiceId, PayoutId, TaxDocumentId } from "../values/Ids.ts"
import type { Intent, Listed, Operations, Page, StoreUnavailable } from "./Operations.ts"
import type { ProviderAccount } from "./Provider.ts"

/** The intent to create an invoice. */
export interface InvoiceIntent extends Intent<InvoiceId, InvoiceRequest> {
  /** What the first attempt collects by. */
  readonly leg: Leg
  /** When the first attempt is over by our clock. */
  readonly lapsesAt: DateTime.Utc
  /** The id of the tax document that the request asks for; null when it asks for none. */
  readonly document: TaxDocumentId | null
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
  Operations<Invoice, InvoiceId, InvoiceIntent> & {
    readonly list: (owner: Owner, filter: InvoiceFilter, page: Page) => Effect.Effect<Listed<Invoice>, StoreUnavailable>
    /** Takes up to `limit` attempts that are due and moves their time on by `retryIn`, so that no one else takes them meanwhile. */
    readonly takeDue: (limit: number, retryIn: Duration.Duration) => Effect.Effect<ReadonlyArray<Due>, StoreUnavailable>
  }
>()("@salesos/core/ports/InvoiceStore") {}

/** A tax document that somebody should see to. */
export interface DocumentDue {
  readonly owner: Owner
  readonly invoice: InvoiceId
  readonly document: TaxDocumentId
}

/** What is kept of tax documents besides their state, which is their invoice's. */
export class TaxStore extends Context.Service<
  TaxStore,
  {
    /**
     * The next number of a provider account, from 1: taken once and for all, also where it is then not used. Numbers of an account
     * grow, and no two takers get the same.
     */
    readonly takeNumber: (owner: Owner, account: string) => Effect.Effect<number, StoreUnavailable>
    /** A kept text, as it was kept. */
    readonly file: (owner: Owner, of: Omit<File, "content">) => Effect.Effect<Option.Option<string>, StoreUnavailable>
    /** Takes up to `limit` documents that are due and moves their time on by `retryIn`, so that no one else takes them meanwhile. */
    readonly takeDue: (
      limit: number,
      retryIn: Duration.Duration
    ) => Effect.Effect<ReadonlyArray<DocumentDue>, StoreUnavailable>
  }
>()("@salesos/core/ports/TaxStore") {}

/** The intent to create a payout. */
export interface PayoutIntent extends Intent<PayoutId, PayoutRequest> {
  /** Whether the first attempt's fee comes on top or is taken out of what is delivered. */
  readonly feeMode: FeeMode
}

export interface PayoutFilter {
  readonly status?: PayoutStatus
  readonly provider?: string
  readonly costCenter?: string
  readonly ourNumber?: string
  readonly contractorReference?: string
  readonly createdFrom?: DateTime.Utc
  readonly createdTo?: DateTime.Utc
}

/** A payout attempt that the provider should be asked about. */
export interface PayoutDue {
  readonly owner: Owner
  readonly payout: PayoutId
  readonly attempt: number
}

export class PayoutStore extends Context.Service<
  PayoutStore,
  Operations<Payout, PayoutId, PayoutIntent> & {
    readonly list: (owner: Owner, filter: PayoutFilter, page: Page) => Effect.Effect<Listed<Payout>, StoreUnavailable>
    /** Takes up to `limit` attempts that are due and moves their time on by `retryIn`, so that no one else takes them meanwhile. */
    readonly takeDue: (
      limit: number,
      retryIn: Duration.Duration
    ) => Effect.Effect<ReadonlyArray<PayoutDue>, StoreUnavailable>
  }
>()("@salesos/core/ports/PayoutStore") {}

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

/** What a provider account holds in one currency by our books. */
export interface BookBalance {
  /** The configured name of the provider account. */
  readonly account: string
  readonly currency: Currency
  /** Σ of the postings of `provider_balance`, in minor units. A bigint: a sum of safe integers may leave their range. */
  readonly balance: bigint
  /** The part of it that settles after `today`. */
  readonly notYetAvailable: bigint
}

export class Balances extends Context.Service<
  Balances,
  {
    /**
     * What an owner's accounts hold, by account and currency; accounts that nothing was ever posted to are not there. Costs the
     * same however much was posted.
     */
    readonly read: (owner: Owner, today: CalendarDate) => Effect.Effect<ReadonlyArray<BookBalance>, StoreUnavailable>
  }
>()("@salesos/core/ports/Balances") {}

/** An inbound notification, as it is kept before anything is done about it. */
export interface Received {
  readonly owner: Owner
  readonly account: string
  readonly dedupeKey: string
  /** The provider's ids of the charges it names. */
  readonly charges: ReadonlyArray<string>
  /** The provider's ids of the payouts it names. */
  readonly payouts: ReadonlyArray<string>
  /** End-to-end ids that it tells, by the id of the charge or payout. */
  readonly endToEndIds: Readonly<Record<string, string>>
  /** As it came. */
  readonly body: Uint8Array
}

/** A notification of which nothing came, for a person to look at. */
export interface DeadLetter extends Heard {
  readonly receivedAt: DateTime.Utc
  readonly failures: number
  /** What went wrong last. */
  readonly message: string
}

/** What an owner has configured. */
export interface Profile {
  /** The tenant's name, which payers read as the payee. */
  readonly name: string
  /** The IANA time zone that the tenant's years begin in. */
  readonly timeZone: string
  /** What becomes of money that comes after an invoice's end. */
  readonly latePayments: LatePayments
  /** Whether the tenant's payers and beneficiaries get letters. */
  readonly letters: boolean
  /** The provider accounts of this environment; none of the other. */
  readonly accounts: ReadonlyArray<ProviderAccount>
  /** The names of those whose credentials their provider refuses; see `AccountRefusals`. */
  readonly refused: ReadonlyArray<string>
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
    /**
     * What waits for a reading of charges or payouts of an account, oldest first. It is processed by the change that the
     * reading leads to (`Change.heard`), or fails.
     */
    readonly pending: (
      owner: Owner,
      account: string,
      kind: Heard["kind"],
      providerIds: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<Heard>, StoreUnavailable>
    /**
     * What was to be done about these failed once more; after `enough` failures they wait no longer: they are dead letters. Gives
     * the ids of the notifications that have become so by this.
     */
    readonly fail: (
      owner: Owner,
      heard: ReadonlyArray<Heard>,
      message: string,
      enough: number
    ) => Effect.Effect<ReadonlyArray<Heard["notification"]>, StoreUnavailable>
    /** The dead letters of an owner, newest first, `limit` at most. */
    readonly deadLetters: (owner: Owner, limit: number) => Effect.Effect<ReadonlyArray<DeadLetter>, StoreUnavailable>
    /**
     * Puts the dead letters of a notification back: they wait again as if nothing had failed, and the attempts that they name are
     * due now. Gives how many there were.
     */
    readonly retry: (owner: Owner, notification: string) => Effect.Effect<number, StoreUnavailable>
    /**
     * Makes attempts due of which nothing is to be asked any more, where a notification that names them has waited for so long, a
     * day at most: workers may have been away. Gives how many. Of all owners.
     */
    readonly wake: (age: Duration.Duration) => Effect.Effect<number, StoreUnavailable>
    /** Forgets notifications that came in so long ago, dead letters included, `limit` at most; gives how many. */
    readonly purge: (age: Duration.Duration, limit: number) => Effect.Effect<number, StoreUnavailable>
  }
>()("@salesos/core/ports/Notifications") {}

/** What is shown to whoever has an invoice's address, without a key: only the payer's side of it. */
export class PayerView extends Context.Service<
  PayerView,
  {
    readonly invoice: (id: InvoiceId) => Effect.Effect<Option.Option<Invoice>, StoreUnavailable>
  }
>()("@salesos/core/ports/PayerView") {}
