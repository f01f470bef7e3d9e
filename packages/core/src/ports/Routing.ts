/**
 * Routing: which accounts may collect an invoice, in which order. A pure function of what is asked for, what the drivers
 * declare and which accounts the tenant has.
 */
import { Result, Schema } from "effect"
import type { InvoiceRequest } from "../models/InvoiceRequest.ts"
import { type FieldError, ValidationError } from "../values/FieldError.ts"
import type { Capability, ChargeCapability, Driver, ProviderAccount } from "./Provider.ts"

/** Nothing is configured that could do it. Nothing was stored. */
export class ProviderNotConfigured extends Schema.TaggedError<ProviderNotConfigured>()("ProviderNotConfigured", {
  message: Schema.String
}) {}

/** A driver and the account it would use. */
export interface Candidate {
  readonly driver: Driver
  readonly account: ProviderAccount
  readonly capability: ChargeCapability
}

/**
 * The candidates for an invoice: drivers in the application's order of preference, each with the tenant's accounts.
 * Fails with `ProviderNotConfigured` when none collects this country, currency and method, or a fiscal document is
 * wanted, and with `ValidationError` when there are some, but the amount is outside the limits of all, or a field that
 * they need is missing.
 */
export const charge = (
  request: InvoiceRequest,
  drivers: ReadonlyArray<Driver>,
  accounts: ReadonlyArray<ProviderAccount>
): Result.Result<ReadonlyArray<Candidate>, ProviderNotConfigured | ValidationError> => {
  if (request.tax_document !== undefined) {
    return notConfigured(`fiscal documents of type ${request.tax_document.type}`)
  }
  if (request.provider !== undefined && !accounts.some((account) => account.name === request.provider)) {
    return invalid({
      field: "provider",
      code: "unknown_provider",
      message: "Expected the name of a configured provider account"
    })
  }
  const able: ReadonlyArray<Candidate> = drivers.flatMap((driver) =>
    accounts
      .filter((account) => account.provider === driver.name && (request.provider ?? account.name) === account.name)
      .flatMap((account) =>
        driver.capabilities.filter(fits(request)).map((capability) => ({ driver, account, capability }))
      )
  )
  if (able.length === 0) {
    const {
      currency,
      customer: { country },
      payment_method: { type }
    } = request
    return notConfigured(`${type} in ${currency} from ${country}`)
  }
  const inLimits = able.filter(
    ({ capability: { limits } }) => request.amount >= limits.minimum && request.amount <= limits.maximum
  )
  if (inLimits.length === 0) {
    const minimum = Math.min(...able.map(({ capability }) => capability.limits.minimum))
    const maximum = Math.max(...able.map(({ capability }) => capability.limits.maximum))
    return invalid({
      field: "amount",
      code: "amount_out_of_limits",
      message: `Expected ${minimum} to ${maximum} for this payment method`
    })
  }
  const served = inLimits.filter(({ capability }) => missing(request, capability).length === 0)
  const lacking = inLimits[0] === undefined ? [] : missing(request, inLimits[0].capability)
  return served.length > 0
    ? Result.succeed(served)
    : invalid(
        ...lacking.map((field) => ({
          field: `customer.${field}`,
          code: "required",
          message: "The provider of this payment method needs it"
        }))
      )
}

const notConfigured = (what: string) =>
  Result.fail(new ProviderNotConfigured({ message: `No provider is configured for ${what}` }))

const invalid = (...errors: ReadonlyArray<FieldError>) => Result.fail(new ValidationError({ errors }))

const fits =
  (request: InvoiceRequest) =>
  (capability: Capability): capability is ChargeCapability =>
    capability.direction === "charge" &&
    capability.country === request.customer.country &&
    capability.currency === request.currency &&
    capability.method === request.payment_method.type

const missing = (request: InvoiceRequest, capability: ChargeCapability) =>
  capability.needs.filter((field) => request.customer[field] === undefined)
