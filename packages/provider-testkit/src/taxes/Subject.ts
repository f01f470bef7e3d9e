/** What a package of a tax issuer gives to be proven: its issuer, the authority's simulator, and a few words of its language. */
import type { TaxIssuer } from "@salesos/core"
import type { Effect, Scope } from "effect"
import type { Match, Tls } from "../proxy/index.ts"

/** A document that the authority's own books hold. */
export interface Booked {
  readonly accessKey: string
  readonly canceled: boolean
  /** The document as the authority has it. */
  readonly content: string
}

/** The authority's simulator with empty books, on a port of its own, and what only the other side of the counter can do. */
export interface Authority {
  /** What the account's base URL would be without the proxy. */
  readonly url: string
  /** What its books hold under a reference, read in the simulator and not through the API that the issuer uses. */
  readonly booked: (reference: string) => Effect.Effect<ReadonlyArray<Booked>, unknown>
  /** Ends the time in which documents may be canceled. */
  readonly closeWindow: Effect.Effect<unknown, unknown>
}

/** A wish that could not be issued, and the fields that are to be told. */
export interface Unissuable {
  readonly wish: TaxIssuer.TaxWish
  readonly fields: ReadonlyArray<string>
}

export interface Subject {
  readonly issuer: TaxIssuer.TaxIssuer
  readonly simulator: Effect.Effect<Authority, unknown, Scope.Scope>
  readonly account: (baseUrl: string) => {
    readonly credentials: Readonly<Record<string, string>>
    readonly settings: Readonly<Record<string, string>>
  }
  /** Tax ids of the issuer and the customers: no log and no trace tells them. */
  readonly taxIds: ReadonlyArray<string>
  /** For an authority that asks for a certificate. */
  readonly tls?: Tls
  /** Two wishes that can be issued, for different amounts. */
  readonly wishes: readonly [TaxIssuer.TaxWish, TaxIssuer.TaxWish]
  readonly unissuable: ReadonlyArray<Unissuable>
  readonly wire: {
    /** The request that issues one, and no other. */
    readonly issues: Match
    /** The first request that looks one up by its reference. */
    readonly finds: Match
    /** The request that cancels one. */
    readonly cancels: Match
    /** An answer that refuses a document for a business reason. */
    readonly refusal: { readonly status: number; readonly body: unknown }
  }
}
