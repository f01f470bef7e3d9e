/**
 * The port a payment provider's driver implements. A driver declares data and implements effects; it is stateless, and
 * core owns persistence, retries, locks and time. It never throws, and its messages are fit for clients.
 */
import { Context, type DateTime, type Duration, type Effect, type Option, Redacted, Schema, type Stream } from "effect"
import type { ProviderReference } from "../models/ChargeAttempt.ts"
import type { Customer, Leg } from "../models/InvoiceRequest.ts"
import type { ChargeObservation } from "../models/Observation.ts"
import type { Environment } from "../models/Owner.ts"
import type { PayoutObservation } from "../models/PayoutObservation.ts"
import type { Beneficiary, Destination, PayoutMethod, Purpose } from "../models/PayoutRequest.ts"
import type { CalendarDate } from "../values/BusinessCalendar.ts"
import type { Currency } from "../values/Currency.ts"
import type { TenantId } from "../values/Ids.ts"
import type { Money } from "../values/Money.ts"
import type { OurNumber } from "../values/OurNumber.ts"

/** Answered, without an id and with a business reason: the next candidate may be tried. */
export class Rejected extends Schema.TaggedError<Rejected>()("Rejected", {
  message: Schema.String,
  /** The provider's own code, where it is one that clients know, such as `insufficient_balance`. */
  code: Schema.optionalKey(Schema.String)
}) {}

/** Surely not sent or not processed: connection refused, 429, a documented "try later". May be sent again. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", {
  message: Schema.String,
  /**
   * The refusal is about the account, not the operation: `credentials` are refused, or its `payouts` are blocked. It stays so
   * until somebody does something about it.
   */
  account: Schema.optionalKey(Schema.Literals(["credentials", "payouts"]))
}) {}

/** Sent, and no trustworthy answer: time-out, dropped connection, 5xx, unreadable body. Never sent again by guess. */
export class Unknown extends Schema.TaggedError<Unknown>()("Unknown", { message: Schema.String }) {}

/** A tenant's credentials at one provider in one environment, under a configured name. */
export interface ProviderAccount {
  readonly tenant: TenantId
  readonly name: string
  /** The driver that speaks for it. */
  readonly provider: string
  readonly environment: Environment
  /** What the driver declares it needs, such as `apiKey`; kept encrypted at rest. */
  readonly credentials: Redacted.Redacted<Readonly<Record<string, string>>>
  /** Base URL and other settings that are not secret. */
  readonly settings: Readonly<Record<string, string>>
  /** Where the provider may notify us: an unguessable address of this account. */
  readonly notificationUrl: string
}

/**
 * What of an account nobody else may see, longest first: its credentials, and its notification address with the token that
 * ends it. A provider may quote any of it in an answer.
 */
export const secretsOf = ({ credentials, notificationUrl }: ProviderAccount): ReadonlyArray<string> =>
  [...Object.values(Redacted.value(credentials)), notificationUrl, notificationUrl.split("/").at(-1) ?? ""]
    .filter((secret) => secret !== "")
    .toSorted((a, b) => b.length - a.length)

export interface ChargeRequest {
  readonly reference: ProviderReference
  /** The number that a payer sees: on a boleto it stands beside the description. */
  readonly ourNumber: OurNumber
  readonly money: Money
  readonly method: Leg
  readonly description: string
  readonly customer: Customer
  /** Seconds the artifact should stay payable, never more than the capability's maximum. */
  readonly expiresIn: number
  /** The last day a boleto can be paid on without being overdue. Given for boletos only. */
  readonly dueDate?: CalendarDate
  /** Where the payer comes back to after a hosted card page. */
  readonly returnUrl?: string
  /** A card's token at this provider, for a capability that charges by token. */
  readonly cardToken?: string
  /** 1 to 12, for cards. */
  readonly installments?: number
}

export interface PayoutOrder {
  readonly reference: ProviderReference
  readonly ourNumber: OurNumber
  readonly money: Money
  readonly beneficiary: Beneficiary
  readonly destination: Destination
  readonly purpose: Purpose
}

/** In minor units, both inclusive. */
export interface Limits {
  readonly minimum: number
  readonly maximum: number
}

/** One kind of charge that a driver can make. */
export interface ChargeCapability {
  readonly direction: "charge"
  /** The customer's. */
  readonly country: string
  readonly currency: Currency
  readonly method: Leg
  /** How a card is charged: by a link to a hosted page, or by a token the client has of this provider. Of cards only. */
  readonly card?: "link" | "token"
  readonly limits: Limits
  /** Request fields it needs beyond those every invoice has. */
  readonly needs: ReadonlyArray<"document" | "phone" | "address">
  /** The longest an artifact can stay payable, in seconds, whatever is asked; null where there is nothing to expire. */
  readonly maximumExpirySeconds: number | null
  readonly features: ReadonlyArray<"cancel" | "refund" | "lookup" | "artifact_in_lookup">
}

/** One kind of payout that a driver can make. */
export interface PayoutCapability {
  readonly direction: "payout"
  /** Where the money goes to. */
  readonly country: string
  readonly currency: Currency
  readonly method: PayoutMethod
  readonly limits: Limits
  readonly features: ReadonlyArray<"cancel" | "lookup">
}

export type Capability = ChargeCapability | PayoutCapability

export interface Facts {
  /** When "not found" counts: how old an attempt must be, and how many such answers in a row. */
  readonly lookup: { readonly minimumAge: Duration.Duration; readonly misses: number }
  /** Whether a payout's fee comes on top of what is asked for, or is taken out of what is delivered. Needed for payouts. */
  readonly payoutFee?: "on_top" | "deducted"
}

/** What an inbound notification is about. Only a hint: whatever it names is read again. */
export interface Notification {
  /** The same for repeats of the same notification. */
  readonly dedupeKey: string
  /** The provider's ids of the charges to read again. */
  readonly charges: ReadonlyArray<string>
  /** The provider's ids of the payouts to read again. */
  readonly payouts: ReadonlyArray<string>
  /**
   * End-to-end ids by the provider's id of the charge or payout that was paid, where only notifications tell them. Each counts
   * once a reading has confirmed that it was.
   */
  readonly endToEndIds?: Readonly<Record<string, string>>
}

/** What a driver can do with payouts. */
export interface PayoutDriver {
  readonly create: (
    account: ProviderAccount,
    order: PayoutOrder
  ) => Effect.Effect<PayoutObservation, Rejected | Unavailable | Unknown>
  /** Reads a payout by the provider's own id. */
  readonly get: (
    account: ProviderAccount,
    providerId: string
  ) => Effect.Effect<PayoutObservation, Rejected | Unavailable | Unknown>
  /** Looks a payout up by our reference; none when the provider says that it has no such payout. */
  readonly find: (
    account: ProviderAccount,
    reference: ProviderReference
  ) => Effect.Effect<Option.Option<PayoutObservation>, Unavailable | Unknown>
  /** Takes a payout back that was not sent on yet. Absent where no capability has the feature. */
  readonly cancel?: (
    account: ProviderAccount,
    providerId: string
  ) => Effect.Effect<PayoutObservation, Rejected | Unavailable | Unknown>
}

/** One movement of the account's balance, as the provider's own statement tells it. */
export interface ProviderStatementLine {
  /** The provider's id of the line: the same on every reading. */
  readonly id: string
  /** When the balance moved, by the provider. */
  readonly at: DateTime.Utc
  readonly currency: Currency
  /** Signed minor units that the balance moved by. */
  readonly net: number
  /** The provider's fee within `net`, in minor units; 0 where the line tells none. Never negative. */
  readonly fee: number
  /**
   * What moved it. `charge` and `payout` lines, their refunds and disputes included, belong to what `providerId` names;
   * `transfer` goes to the account owner's own bank; `fee` stands alone; `other` is what the driver can't place.
   */
  readonly kind: "charge" | "payout" | "transfer" | "fee" | "other"
  /** The provider's id of the charge or payout it belongs to; null where the statement does not say. */
  readonly providerId: string | null
  /** What we sent as the provider's external id, where the statement or a join shows it. */
  readonly reference: ProviderReference | null
}

/** What a provider says an account holds in one currency, in minor units. */
export interface ProviderBalance {
  readonly currency: Currency
  readonly available: number
  /** Received and not yet at the owner's disposal; null where the provider does not say. */
  readonly waitingFunds: number | null
}

export interface Driver {
  /** The provider's name: `infrapsp`. */
  readonly name: string
  readonly status: "alpha" | "beta" | "live"
  readonly capabilities: ReadonlyArray<Capability>
  readonly facts: Facts
  readonly createCharge: (
    account: ProviderAccount,
    request: ChargeRequest
  ) => Effect.Effect<ChargeObservation, Rejected | Unavailable | Unknown>
  /** Reads a charge by the provider's own id. */
  readonly getCharge: (
    account: ProviderAccount,
    providerId: string
  ) => Effect.Effect<ChargeObservation, Rejected | Unavailable | Unknown>
  /**
   * Looks a charge up by our reference; none when the provider says that it has no such charge. Without an artifact where
   * the provider's lookups show none: then it is lost.
   */
  readonly findCharge: (
    account: ProviderAccount,
    reference: ProviderReference
  ) => Effect.Effect<Option.Option<ChargeObservation>, Unavailable | Unknown>
  /**
   * Reads many charges at once, for providers that count calls. What is not in the answer is told nothing about. Absent
   * where reading one by one costs nothing.
   */
  readonly readCharges?: (
    account: ProviderAccount,
    wanted: ReadonlyArray<{ readonly providerId: string; readonly createdAt: DateTime.Utc }>
  ) => Effect.Effect<ReadonlyArray<ChargeObservation>, Unavailable | Unknown>
  /**
   * Ends a charge that nobody has paid, and says how it then is: canceled, or paid meanwhile. One that is canceled already is
   * no failure. Absent where no capability has the feature.
   */
  readonly cancelCharge?: (
    account: ProviderAccount,
    providerId: string
  ) => Effect.Effect<ChargeObservation, Rejected | Unavailable | Unknown>
  /** Gives a payment back in full, and says how the charge then is. Absent where no capability has the feature. */
  readonly refundCharge?: (
    account: ProviderAccount,
    providerId: string
  ) => Effect.Effect<ChargeObservation, Rejected | Unavailable | Unknown>
  /** Absent in a driver that pays nobody. */
  readonly payouts?: PayoutDriver
  /** The account's movements from a time (inclusive) to another (exclusive), each once, in any order. */
  readonly readStatement?: (
    account: ProviderAccount,
    range: { readonly from: DateTime.Utc; readonly to: DateTime.Utc }
  ) => Stream.Stream<ProviderStatementLine, Unavailable | Unknown>
  /** What the account holds now, by currency. */
  readonly readBalance?: (
    account: ProviderAccount
  ) => Effect.Effect<ReadonlyArray<ProviderBalance>, Unavailable | Unknown>
  /**
   * Reads a notification without trusting it; none when it names nothing, or its signature is wrong where one is due. An
   * effect, because what makes signatures is asynchronous in most runtimes; it asks nobody.
   */
  readonly readNotification: (
    account: ProviderAccount,
    headers: Readonly<Record<string, string | undefined>>,
    body: Uint8Array
  ) => Effect.Effect<Option.Option<Notification>>
}

/** The drivers of an application, in the order in which they are preferred. */
export class Drivers extends Context.Service<Drivers, ReadonlyArray<Driver>>()("@salesos/core/ports/Drivers") {}
