/**
 * Routing of payouts: which accounts may pay, in which order. A pure function of what is asked for, what the drivers declare and
 * which accounts the tenant has.
 */
import { Result } from "effect"
import type { FeeMode } from "../models/PayoutAttempt.ts"
import { countryOf, type PayoutRequest } from "../models/PayoutRequest.ts"
import { type FieldError, ValidationError } from "../values/FieldError.ts"
import type { Capability, Driver, PayoutCapability, PayoutDriver, ProviderAccount } from "./Provider.ts"
import { ProviderNotConfigured } from "./Routing.ts"

/** A driver that pays, and the account it would pay with. */
export interface Candidate {
  readonly driver: Driver
  readonly payouts: PayoutDriver
  readonly feeMode: FeeMode
  readonly account: ProviderAccount
  readonly capability: PayoutCapability
}

/**
 * The candidates for a payout: drivers in the application's order of preference, each with the tenant's accounts; never empty.
 * Fails with `ProviderNotConfigured` when nobody pays by this method to this country in this currency, and with
 * `ValidationError` when somebody does, but the amount is outside the limits of all, or no account has the name asked for.
 */
export const payout = (
  request: PayoutRequest,
  drivers: ReadonlyArray<Driver>,
  accounts: ReadonlyArray<ProviderAccount>
): Result.Result<ReadonlyArray<Candidate>, ProviderNotConfigured | ValidationError> => {
  const { amount, currency, destination, provider } = request
  const named = accounts.filter(({ name }) => (provider ?? name) === name)
  if (provider !== undefined && named.length === 0) {
    return invalid({
      field: "provider",
      code: "unknown_provider",
      message: "Expected the name of a configured provider account"
    })
  }
  const able = drivers.flatMap((driver) => ableTo(request, driver, named))
  if (able.length === 0) {
    const message = `No provider is configured for payouts by ${destination.type} in ${currency} to ${countryOf(destination)}`
    return Result.fail(new ProviderNotConfigured({ message }))
  }
  const limits = able.map(({ capability }) => capability.limits)
  const served = able.filter(({ capability: { limits } }) => amount >= limits.minimum && amount <= limits.maximum)
  if (served.length > 0) return Result.succeed(served)
  const [minimum, maximum] = [
    Math.min(...limits.map((each) => each.minimum)),
    Math.max(...limits.map((each) => each.maximum))
  ]
  return invalid({ field: "amount", code: "amount_out_of_limits", message: `Expected ${minimum} to ${maximum}` })
}

/** What a driver may pay a request with. One that does not declare whose its fee is can't be booked, and pays nothing. */
const ableTo = (
  request: PayoutRequest,
  driver: Driver,
  accounts: ReadonlyArray<ProviderAccount>
): ReadonlyArray<Candidate> => {
  const { payouts } = driver
  const feeMode = driver.facts.payoutFee
  if (payouts === undefined || feeMode === undefined) return []
  return accounts
    .filter(({ provider }) => provider === driver.name)
    .flatMap((account) =>
      driver.capabilities.filter(fits(request)).map((capability) => ({ driver, payouts, feeMode, account, capability }))
    )
}

const fits =
  ({ currency, destination }: PayoutRequest) =>
  (capability: Capability): capability is PayoutCapability =>
    capability.direction === "payout" &&
    capability.country === countryOf(destination) &&
    capability.currency === currency &&
    capability.method === destination.type

const invalid = (error: FieldError) => Result.fail(new ValidationError({ errors: [error] }))
