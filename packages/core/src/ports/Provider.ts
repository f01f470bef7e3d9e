/**
 * The port a payment provider's driver implements. A driver declares data and implements effects; it is stateless, and
 * core owns persistence, retries, locks and time. It never throws, and its messages are fit for clients.
 */
import { Context, type Duration, type Effect, type Option, type Redacted, Schema } from "effect"
import type { ProviderReference } from "../models/ChargeAttempt.ts"
import type { Customer, Method } from "../models/InvoiceRequest.ts"
import type { ChargeObservation } from "../models/Observation.ts"
import type { Environment } from "../models/Owner.ts"
import type { Currency } from "../values/Currency.ts"
import type { Money } from "../values/Money.ts"

/** Answered, without an id and with a business reason: the next candidate may be tried. */
export class Rejected extends Schema.TaggedError<Rejected>()("Rejected", {
  message: Schema.String,
  /** The provider's own code, where it is one that clients know, such as `insufficient_balance`. */
  code: Schema.optionalKey(Schema.String)
}) {}

/** Surely not sent or not processed: connection refused, 429, a documented "try later". May be sent again. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", { message: Schema.String }) {}

/** Sent, and no trustworthy answer: time-out, dropped connection, 5xx, unreadable body. Never sent again by guess. */
export class Unknown extends Schema.TaggedError<Unknown>()("Unknown", { message: Schema.String }) {}

/** A tenant's credentials at one provider in one environment, under a configured name. */
export interface ProviderAccount {
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

export interface ChargeRequest {
  readonly reference: ProviderReference
  readonly money: Money
  readonly method: Method
  readonly description: string
  readonly customer: Customer
  /** Seconds the artifact should stay payable. */
  readonly expiresIn: number
}

/** One thing a driver can do. */
export interface Capability {
  readonly direction: "charge"
  readonly country: string
  readonly currency: Currency
  readonly method: Method
  /** In minor units, both inclusive. */
  readonly limits: { readonly minimum: number; readonly maximum: number }
  /** Request fields it needs beyond those every invoice has. */
  readonly needs: ReadonlyArray<"document" | "phone" | "address">
}

export interface Facts {
  /** When "not found" counts: how old an attempt must be, and how many such answers in a row. */
  readonly lookup: { readonly minimumAge: Duration.Duration; readonly misses: number }
  /** The longest an artifact can stay payable, in seconds, whatever is asked. */
  readonly maximumExpirySeconds: number
}

/** What an inbound notification is about. Only a hint: whatever it names is read again. */
export interface Notification {
  /** The same for repeats of the same notification. */
  readonly dedupeKey: string
  /** The provider's ids of the charges to read again. */
  readonly charges: ReadonlyArray<string>
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
  /** Looks a charge up by our reference; none when the provider says that it has no such charge. */
  readonly findCharge: (
    account: ProviderAccount,
    reference: ProviderReference
  ) => Effect.Effect<Option.Option<ChargeObservation>, Unavailable | Unknown>
  /** Reads a notification without trusting it; none when it names nothing. */
  readonly readNotification: (
    headers: Readonly<Record<string, string | undefined>>,
    body: Uint8Array
  ) => Option.Option<Notification>
}

/** The drivers of an application, in the order in which they are preferred. */
export class Drivers extends Context.Service<Drivers, ReadonlyArray<Driver>>()("@salesos/core/ports/Drivers") {}
