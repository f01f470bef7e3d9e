/**
 * What a driver package gives to be proven: its driver, its simulator, and a few words of its provider's language. All of
 * it is data or an effect, so that one law reads the same for every provider.
 */
import type { Observation, PayoutObservation, Provider, ProviderCalls } from "@salesos/core"
import type { Effect, Scope } from "effect"
import type { HttpClient } from "effect/http"
import type { Match } from "./proxy/index.ts"
import type { Tell } from "./Tell.ts"

/** Something that the provider's own books hold under a reference. */
export interface Booked {
  readonly providerId: string
  /** In minor units. */
  readonly amount: number
}

/** What only the other side of the counter can do: each fails when the provider does not know the id. */
export interface Counter {
  /** What its books hold under a reference, oldest first: read in the simulator, not through the API that the driver uses. */
  readonly booked: (reference: string) => Effect.Effect<ReadonlyArray<Booked>, unknown>
}

export interface ChargeCounter extends Counter {
  /** A payer pays it in full. */
  readonly pay: (providerId: string) => Effect.Effect<unknown, unknown>
  /** It runs out, unpaid. Absent where nothing expires. */
  readonly expire?: (providerId: string) => Effect.Effect<unknown, unknown>
  /** A payment of it is taken back by the payer's bank, in full. Absent where the provider knows no such thing. */
  readonly chargeBack?: (providerId: string) => Effect.Effect<unknown, unknown>
}

export interface PayoutCounter extends Counter {
  /** The money reaches the beneficiary. */
  readonly deliver: (providerId: string) => Effect.Effect<unknown, unknown>
  /** It ends without a delivery. */
  readonly fail: (providerId: string) => Effect.Effect<unknown, unknown>
  /** What was delivered comes back. Absent where the provider knows no such thing. */
  readonly giveBack?: (providerId: string) => Effect.Effect<unknown, unknown>
}

/** A provider's simulator with empty books, on a port of its own. */
export interface Simulator {
  /** What the account's base URL would be without the proxy. */
  readonly url: string
  /** The counter of each charge under test, by its place in {@link Subject.charges}. */
  readonly charges: ReadonlyArray<ChargeCounter>
  readonly payouts: ReadonlyArray<PayoutCounter>
  /** Sets an address to notify in the provider's panel. Absent where requests carry it, those for payouts too. */
  readonly notify?: (url: string) => Effect.Effect<unknown, unknown>
}

/** How the provider says things on the wire: what the proxy needs to change an answer. */
export interface Wire<Status> {
  /** The request that makes one, and no other. */
  readonly creates: Match
  /** The request that reads one by the provider's id. */
  readonly gets: Match
  /** The requests that look one up by our reference. */
  readonly finds: Match
  /** Changes what an answer tells, wherever it tells it. `Tell.key("status")` serves most. */
  readonly tell: {
    readonly id: Tell<unknown>
    readonly status: Tell<string>
    /** In minor units. */
    readonly amount: Tell<number>
    /** Absent where answers tell no currency. */
    readonly currency?: Tell<string>
  }
  /** Every status of the provider's document, and what it means. */
  readonly statuses: Readonly<Record<string, Status>>
  /** An answer that refuses for a business reason, as the document shows one. */
  readonly refusal: { readonly status: number; readonly body: unknown }
  /** HTTP statuses that say "try later, nothing was done" by the document; 429 alone unless given. */
  readonly tryLater?: ReadonlyArray<number>
}

interface Operation<Status> {
  readonly wire: Wire<Status>
  /**
   * An amount in minor units that the simulator lets stand for as long as a law takes; 12398 unless given. By the rule that
   * simulators share it is paid after 98 seconds.
   */
  readonly amount?: number
}

/** One kind of charge to be proven. */
export interface ChargeSubject extends Operation<Observation.ChargeStatus> {
  readonly of: Pick<Provider.ChargeCapability, "country" | "currency" | "method" | "card">
  /** What the request needs beyond what every sample has, such as a card's token. */
  readonly request?: Partial<Provider.ChargeRequest>
}

/** One kind of payout to be proven. */
export interface PayoutSubject extends Operation<PayoutObservation.PayoutStatus> {
  readonly of: Pick<Provider.PayoutCapability, "country" | "currency" | "method">
  readonly order?: Partial<Provider.PayoutOrder>
}

/** A notification as it is sent. */
export interface Notified {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How the provider notifies. What it sends is taken from the simulator. */
export interface NotificationSubject {
  /** Whether it signs them: then a changed body, or none of its headers, is no notification. */
  readonly signed: boolean
  /** The credential that they are signed with, where it is no other's: a wrong one stops no call. */
  readonly signedWith?: string
  /** Makes one of several, signed anew where they are, for a provider that may send them together; null where it never does. */
  readonly batch: ((sent: ReadonlyArray<Notified>) => Effect.Effect<Notified, unknown>) | null
}

/** How the account's statement is asked for. Of drivers that read one. */
export interface StatementSubject {
  /** The requests that read a page of it. */
  readonly pages: Match
  /** How many rows fill more than one page. */
  readonly rows: number
}

export interface Subject {
  /** Makes the driver, as an app does. */
  readonly driver: Effect.Effect<
    Provider.Driver,
    never,
    HttpClient.HttpClient | ProviderCalls.AccessTokens | ProviderCalls.Pacing
  >
  /** Starts a simulator that stops with the scope. */
  readonly simulator: Effect.Effect<Simulator, unknown, Scope.Scope>
  /** An account whose provider answers at an address. Every credential is taken for a secret, and has to be right. */
  readonly account: (url: string) => {
    readonly credentials: Readonly<Record<string, string>>
    readonly settings: Readonly<Record<string, string>>
  }
  /** One for every charge that the driver declares. */
  readonly charges: ReadonlyArray<ChargeSubject>
  /** One for every payout that the driver declares. */
  readonly payouts: ReadonlyArray<PayoutSubject>
  readonly notifications: NotificationSubject
  /** Null for a driver that reads none. */
  readonly statement: StatementSubject | null
  /** The request that fetches an access token; null where credentials go with every call. */
  readonly token: Match | null
}
