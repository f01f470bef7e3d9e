/**
 * The domain of a payments gateway: values, models, ports and use cases, one namespace each. Pure: give it adapters for
 * its ports, and run its use cases in any JavaScript runtime.
 */
export * as Currency from "./values/Currency.ts"
export * as Documents from "./values/Documents.ts"
export * as FieldError from "./values/FieldError.ts"
export * as Ids from "./values/Ids.ts"
export * as Json from "./values/Json.ts"
export * as Money from "./values/Money.ts"
export * as OurNumber from "./values/OurNumber.ts"
export * as Pix from "./values/Pix.ts"
export * as Text from "./values/Text.ts"

export * as BalanceTransaction from "./models/BalanceTransaction.ts"
export * as ChargeAttempt from "./models/ChargeAttempt.ts"
export * as Events from "./models/Events.ts"
export * as Idempotency from "./models/Idempotency.ts"
export * as Invoice from "./models/Invoice.ts"
export * as InvoiceRequest from "./models/InvoiceRequest.ts"
export * as Ledger from "./models/Ledger.ts"
export * as MoneyFact from "./models/MoneyFact.ts"
export * as Observation from "./models/Observation.ts"
export * as Owner from "./models/Owner.ts"
export * as Webhook from "./models/Webhook.ts"
export * as Resources from "./models/Resources.ts"

export * as Provider from "./ports/Provider.ts"
export * as Routing from "./ports/Routing.ts"
export * as Settings from "./ports/Settings.ts"
export * as Store from "./ports/Store.ts"
export * as Webhooks from "./ports/Webhooks.ts"

export * as Errors from "./usecases/errors.ts"
export * as InDoubt from "./usecases/InDoubt.ts"
export * as Invoices from "./usecases/Invoices.ts"
export * as Lookups from "./usecases/Lookups.ts"
export * as Observations from "./usecases/Observations.ts"
export * as Statements from "./usecases/Statements.ts"
