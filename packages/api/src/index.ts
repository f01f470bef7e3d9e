/**
 * The public HTTP API of SalesOS Payments as a definition: schemas, groups, problems. No server code.
 */
export { Api } from "./Api.ts"
export { basePath } from "./BasePath.ts"

export * as Balance from "./Balance.ts"
export * as BalanceTransactions from "./BalanceTransactions.ts"
export * as Events from "./Events.ts"
export * as ApiKeys from "./ApiKeys.ts"
export * as CostCenters from "./CostCenters.ts"
export * as Fields from "./Fields.ts"
export * as Idempotency from "./Idempotency.ts"
export * as Invoices from "./Invoices.ts"
export * as Payouts from "./Payouts.ts"
export * as Problems from "./Problems.ts"
export * as Query from "./Query.ts"
export * as Sandbox from "./Sandbox.ts"
export * as Security from "./Security.ts"
export * as System from "./System.ts"
export * as TaxDocuments from "./TaxDocuments.ts"
export * as Validation from "./Validation.ts"
export * as WebhookDeliveries from "./WebhookDeliveries.ts"
export * as WebhookEndpoints from "./WebhookEndpoints.ts"
