/**
 * PostgreSQL adapters for the ports of `@salesos/core`. `layer` has them all; it needs a client (`Client.layer`), a key for
 * secrets (`Vault.Vault.layer`) and core's settings. With `DatabaseClock.layer` a process goes by the database's clock.
 */
import { Layer } from "effect"
import * as AccountLines from "./AccountLines.ts"
import * as AccountRefusals from "./AccountRefusals.ts"
import * as IdempotencyRecords from "./IdempotencyRecords.ts"
import * as Balances from "./Balances.ts"
import * as DeliveryQueue from "./DeliveryQueue.ts"
import * as ApiKeys from "./ApiKeys.ts"
import { AuditLog } from "./AuditLog.ts"
import * as CostCenters from "./CostCenters.ts"
import * as Invoices from "./Invoices.ts"
import * as Mails from "./Mails.ts"
import * as Notifications from "./Notifications.ts"
import * as Outbox from "./Outbox.ts"
import * as Payouts from "./Payouts.ts"
import * as PayerView from "./PayerView.ts"
import * as ProviderCalls from "./ProviderCalls.ts"
import * as ReconciliationStore from "./ReconciliationStore.ts"
import * as RateLimits from "./RateLimits.ts"
import * as Statement from "./Statement.ts"
import * as TaxDocuments from "./TaxDocuments.ts"
import * as Tenants from "./Tenants.ts"
import * as Webhooks from "./Webhooks.ts"

export const layer = Layer.mergeAll(
  Invoices.layer,
  Payouts.layer,
  AccountRefusals.layer,
  Statement.layer,
  Balances.layer,
  TaxDocuments.layer,
  Tenants.layer,
  Notifications.layer,
  Webhooks.layer,
  DeliveryQueue.layer,
  Mails.layer,
  PayerView.layer,
  ProviderCalls.layer,
  AccountLines.layer,
  ReconciliationStore.layer,
  IdempotencyRecords.layer,
  ApiKeys.layer,
  RateLimits.layer,
  CostCenters.layer,
  AuditLog.layer
).pipe(Layer.provide(Outbox.layer))

export * as ApiKeys from "./ApiKeys.ts"
export * as AuditLog from "./AuditLog.ts"
export * as AuditSeal from "./AuditSeal.ts"
export * as AuditVerify from "./AuditVerify.ts"
export * as Client from "./Client.ts"
export * as DatabaseClock from "./DatabaseClock.ts"
export * as History from "./History.ts"
export * as Migrations from "./migrations/index.ts"
export * as Operator from "./Operator.ts"
export * as Rotation from "./Rotation.ts"
export * as Setup from "./Setup.ts"
export * as Vault from "./Vault.ts"
export * as Vitals from "./Vitals.ts"
