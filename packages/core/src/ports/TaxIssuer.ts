/**
 * The port a tax document's issuer implements (NFS-e today). What is sent is prepared first, kept, and sent only as it was
 * kept, so that a lost answer can be cleared up without a second document.
 */
import { Context, type DateTime, type Duration, type Effect, type Option } from "effect"
import type { Invoice } from "../models/Invoice.ts"
import type { InvoiceRequest } from "../models/InvoiceRequest.ts"
import type { Type } from "../models/TaxDocument.ts"
import type { FieldError, ValidationError } from "../values/FieldError.ts"
import type { ProviderAccount, Rejected, Unavailable, Unknown } from "./Provider.ts"

/** What a document is made of. */
export interface TaxOrder {
  readonly invoice: Invoice
  readonly serviceCode: string | null
  readonly issWithheld: boolean
  /** Unique and increasing within the account's series; one that was sent is never used for another content. */
  readonly number: number
  readonly issuedAt: DateTime.Utc
}

/** A document as it will be sent, every time it is. */
export interface Prepared {
  /** What the authority knows it by before it has given it a number. */
  readonly reference: string
  /** The exact text: built, validated and signed. */
  readonly content: string
}

/** What the authority says about a document. */
export interface TaxObservation {
  readonly status: "issued" | "canceled"
  readonly documentNumber: string
  readonly accessKey: string
  readonly issuedAt: DateTime.Utc
  readonly canceledAt: DateTime.Utc | null
  /** The document as the authority returned it, never rebuilt. */
  readonly content: string
}

/** What a document would be made of, before there is one. */
export interface TaxWish {
  readonly invoice: InvoiceRequest
  readonly serviceCode: string | null
  readonly issWithheld: boolean
}

export interface TaxIssuer {
  /** The issuer's name, as a provider account says it: `nfse`. */
  readonly name: string
  readonly types: ReadonlyArray<Type>
  /** When "not there" counts, as for charges. */
  readonly facts: { readonly lookup: { readonly minimumAge: Duration.Duration; readonly misses: number } }
  /**
   * Whether an account can issue now, such as by its certificate. Fails with every field that is wrong (`settings.series`,
   * `credentials.pfx`), and warns of what will be. Asks nobody.
   */
  readonly validate: (
    account: ProviderAccount
  ) => Effect.Effect<{ readonly warnings: ReadonlyArray<FieldError> }, ValidationError>
  /**
   * What of a request could not be issued, so that it is refused when it is made and not discovered later: fields by their
   * path in the invoice's request (`customer.address`, `tax_document.service_code`). Asks nobody.
   */
  readonly check: (account: ProviderAccount, wish: TaxWish) => ReadonlyArray<FieldError>
  /** Builds, validates and signs, without calling anybody. `Rejected` says what of the order can't be issued. */
  readonly prepare: (account: ProviderAccount, order: TaxOrder) => Effect.Effect<Prepared, Rejected>
  /** Sends it; "it is there already" is success. `Rejected` is final: the authority will not issue this content. */
  readonly issue: (
    account: ProviderAccount,
    prepared: Prepared
  ) => Effect.Effect<TaxObservation, Rejected | Unavailable | Unknown>
  readonly find: (
    account: ProviderAccount,
    reference: string
  ) => Effect.Effect<Option.Option<TaxObservation>, Unavailable | Unknown>
  /**
   * Cancels an issued document; "it is canceled already" is success. `Rejected` with the code `cancellation_window_expired`
   * says that it is too late.
   */
  readonly cancel: (
    account: ProviderAccount,
    document: { readonly accessKey: string; readonly reason: string }
  ) => Effect.Effect<TaxObservation, Rejected | Unavailable | Unknown>
  /** The document as a PDF that a person can read, made of the authority's own text; canceled, it says so. Asks nobody. */
  readonly render: (
    account: ProviderAccount,
    document: { readonly content: string; readonly canceled: boolean }
  ) => Effect.Effect<Uint8Array, Rejected>
}

/** The issuers of an application, in the order in which they are preferred. */
export class TaxIssuers extends Context.Service<TaxIssuers, ReadonlyArray<TaxIssuer>>()(
  "@salesos/core/ports/TaxIssuers"
) {}
