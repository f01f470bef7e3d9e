/**
 * Every port of core in memory, for tests and for trying core out. Time is Effect's Clock, so that `TestClock` moves
 * leases and due times.
 */
import { Layer } from "effect"
import type { AccountRefusals } from "../ports/AccountRefusals.ts"
import { type Driver, Drivers } from "../ports/Provider.ts"
import type { AccessTokens, Pacing } from "../ports/ProviderCalls.ts"
import { defaults, Settings, type SettingsValues } from "../ports/Settings.ts"
import { type TaxIssuer, TaxIssuers } from "../ports/TaxIssuer.ts"
import type {
  Balances,
  InvoiceStore,
  Notifications,
  PayerView,
  PayoutStore,
  Statement,
  Tenants
} from "../ports/Store.ts"
import type { Webhooks } from "../ports/Webhooks.ts"
import { MemoryDatabase } from "./MemoryDatabase.ts"
import * as MemoryAccountRefusals from "./MemoryAccountRefusals.ts"
import * as MemoryBalances from "./MemoryBalances.ts"
import * as MemoryInvoiceStore from "./MemoryInvoiceStore.ts"
import * as MemoryNotifications from "./MemoryNotifications.ts"
import * as MemoryPayerView from "./MemoryPayerView.ts"
import * as MemoryPayoutStore from "./MemoryPayoutStore.ts"
import * as MemoryProviderCalls from "./MemoryProviderCalls.ts"
import * as MemoryStatement from "./MemoryStatement.ts"
import * as MemoryTenants from "./MemoryTenants.ts"
import * as MemoryWebhooks from "./MemoryWebhooks.ts"
import type { TestOwners } from "./TestOwners.ts"

export interface Options {
  /** In order of preference. None unless given. */
  readonly drivers?: ReadonlyArray<Driver>
  /** None unless given. */
  readonly issuers?: ReadonlyArray<TaxIssuer>
  /** What differs from the defaults. */
  readonly settings?: Partial<SettingsValues>
}

/** The ports to storage, and the way to new tenants. */
export type Stored =
  | InvoiceStore
  | PayoutStore
  | AccountRefusals
  | Statement
  | Balances
  | Tenants
  | Notifications
  | PayerView
  | Webhooks
  | AccessTokens
  | Pacing
  | TestOwners
  | MemoryDatabase

/** All ports over one empty database. */
export const layer = (options: Options = {}): Layer.Layer<Stored | Drivers | TaxIssuers | Settings> =>
  Layer.mergeAll(
    MemoryInvoiceStore.layer,
    MemoryPayoutStore.layer,
    MemoryAccountRefusals.layer,
    MemoryStatement.layer,
    MemoryBalances.layer,
    MemoryTenants.layer,
    MemoryTenants.testOwners,
    MemoryNotifications.layer,
    MemoryPayerView.layer,
    MemoryWebhooks.layer,
    MemoryProviderCalls.layer,
    Layer.succeed(Drivers, options.drivers ?? []),
    Layer.succeed(TaxIssuers, options.issuers ?? []),
    Layer.succeed(Settings, { publicUrl: "https://gateway.example", ...defaults, ...options.settings })
  ).pipe(Layer.provideMerge(MemoryDatabase.layer))
