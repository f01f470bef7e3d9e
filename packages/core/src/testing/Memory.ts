/**
 * Every port of core in memory, for tests and for trying core out. Time is Effect's Clock, so that `TestClock` moves
 * leases and due times.
 */
import { Effect, Layer, Schema } from "effect"
import type { AccountLines } from "../ports/AccountLines.ts"
import type { AccountRefusals } from "../ports/AccountRefusals.ts"
import type { IdempotencyRecords } from "../ports/IdempotencyRecords.ts"
import type { ApiKeyStore } from "../ports/ApiKeyStore.ts"
import type { CostCenterStore } from "../ports/CostCenterStore.ts"
import { type Driver, Drivers } from "../ports/Provider.ts"
import type { AccessTokens, Pacing } from "../ports/ProviderCalls.ts"
import type { RateLimits } from "../ports/RateLimits.ts"
import { defaults, type PayerTokens, Settings, type SettingsValues } from "../ports/Settings.ts"
import type { Mails } from "../ports/Mails.ts"
import type { ReconciliationStore } from "../ports/ReconciliationStore.ts"
import { type TaxIssuer, TaxIssuers } from "../ports/TaxIssuer.ts"
import type {
  Balances,
  InvoiceStore,
  Notifications,
  PayerView,
  PayoutStore,
  Statement,
  TaxStore,
  Tenants
} from "../ports/Store.ts"
import type { DeliveryQueue } from "../ports/DeliveryQueue.ts"
import { Destinations } from "../ports/Destinations.ts"
import type { Webhooks } from "../ports/Webhooks.ts"
import { InvoiceId } from "../values/Ids.ts"
import { MemoryDatabase } from "./MemoryDatabase.ts"
import * as MemoryAccountLines from "./MemoryAccountLines.ts"
import * as MemoryAccountRefusals from "./MemoryAccountRefusals.ts"
import * as MemoryDeliveryQueue from "./MemoryDeliveryQueue.ts"
import * as MemoryApiKeys from "./MemoryApiKeys.ts"
import * as MemoryCostCenters from "./MemoryCostCenters.ts"
import * as MemoryInspection from "./MemoryInspection.ts"
import * as MemoryIdempotencyRecords from "./MemoryIdempotencyRecords.ts"
import * as MemoryBalances from "./MemoryBalances.ts"
import * as MemoryInvoiceStore from "./MemoryInvoiceStore.ts"
import * as MemoryMails from "./MemoryMails.ts"
import * as MemoryNotifications from "./MemoryNotifications.ts"
import * as MemoryPayerView from "./MemoryPayerView.ts"
import * as MemoryPayoutStore from "./MemoryPayoutStore.ts"
import * as MemoryProviderCalls from "./MemoryProviderCalls.ts"
import * as MemoryReconciliationStore from "./MemoryReconciliationStore.ts"
import * as MemoryStatement from "./MemoryStatement.ts"
import * as MemoryTaxStore from "./MemoryTaxStore.ts"
import * as MemoryTenants from "./MemoryTenants.ts"
import * as MemoryWebhooks from "./MemoryWebhooks.ts"
import type { StoreInspection } from "./StoreInspection.ts"
import type { TestOwners } from "./TestOwners.ts"

export interface Options {
  /** In order of preference. None unless given. */
  readonly drivers?: ReadonlyArray<Driver>
  /** None unless given. */
  readonly issuers?: ReadonlyArray<TaxIssuer>
  /** Where nothing may be sent. */
  readonly refusedUrls?: ReadonlyArray<string>
  /** What differs from the defaults. */
  readonly settings?: Partial<SettingsValues>
}

/** The ports to storage, and the way to new tenants. */
export type Stored =
  | InvoiceStore
  | PayoutStore
  | TaxStore
  | AccountRefusals
  | Statement
  | Balances
  | Tenants
  | Notifications
  | PayerView
  | Webhooks
  | DeliveryQueue
  | Mails
  | AccountLines
  | ReconciliationStore
  | IdempotencyRecords
  | ApiKeyStore
  | RateLimits
  | CostCenterStore
  | AccessTokens
  | Pacing
  | TestOwners
  | StoreInspection
  | MemoryDatabase

const isInvoiceId = Schema.is(InvoiceId)

/** Tokens that anybody can read. */
export const payerTokens: PayerTokens = {
  of: (invoice) => `payer-${invoice}`,
  read: (token) => [token.replace(/^payer-/, "")].filter((text) => isInvoiceId(text))
}

/** All ports over one empty database. */
export const layer = (options: Options = {}): Layer.Layer<Stored | Destinations | Drivers | TaxIssuers | Settings> =>
  Layer.mergeAll(
    MemoryInvoiceStore.layer,
    MemoryPayoutStore.layer,
    MemoryTaxStore.layer,
    MemoryAccountRefusals.layer,
    MemoryStatement.layer,
    MemoryBalances.layer,
    MemoryTenants.layer,
    MemoryTenants.testOwners,
    MemoryNotifications.layer,
    MemoryInspection.layer,
    MemoryPayerView.layer,
    MemoryWebhooks.layer,
    MemoryDeliveryQueue.layer,
    MemoryMails.layer,
    Layer.succeed(Destinations, {
      refusal: (_, url) => Effect.succeed(options.refusedUrls?.includes(url) === true ? "Not there" : null)
    }),
    MemoryProviderCalls.layer,
    MemoryAccountLines.layer,
    MemoryReconciliationStore.layer,
    MemoryIdempotencyRecords.layer,
    MemoryApiKeys.layer,
    MemoryCostCenters.layer,
    Layer.succeed(Drivers, options.drivers ?? []),
    Layer.succeed(TaxIssuers, options.issuers ?? []),
    Layer.succeed(Settings, { publicUrl: "https://gateway.example", payerTokens, ...defaults, ...options.settings })
  ).pipe(Layer.provideMerge(MemoryDatabase.layer))
