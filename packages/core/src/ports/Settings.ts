/** What an application sets: times, addresses and tokens. Tests shorten the times, so that they need not wait. */
import { Context, Duration } from "effect"
import type { Links } from "../models/Resources.ts"
import type { InvoiceId } from "../values/Ids.ts"

/** Turns an invoice's id into the token of its payer's page, and back. Nobody else can do either. */
export interface PayerTokens {
  /** Of letters, digits, `-` and `_`; the same for the same invoice. */
  readonly of: (invoice: InvoiceId) => string
  /** The invoices that a token may stand for: none of a malformed one, several while one key replaces another. */
  readonly read: (token: string) => ReadonlyArray<InvoiceId>
}

export interface SettingsValues extends Links {
  readonly payerTokens: PayerTokens
  /** How long one call of a provider may take. */
  readonly callDeadline: Duration.Duration
  /** How long the calls of one request may take together. */
  readonly requestBudget: Duration.Duration
  /** How long an execution keeps others out of its operation. Longer than {@link requestBudget} and a deadline. */
  readonly lease: Duration.Duration
}

export const defaults = {
  callDeadline: Duration.seconds(15),
  requestBudget: Duration.seconds(45),
  lease: Duration.seconds(120)
}

export class Settings extends Context.Service<Settings, SettingsValues>()("@salesos/core/ports/Settings") {}
