/**
 * Routing: which accounts may collect an invoice, in which order. A pure function of what is asked for, what the drivers
 * declare and which accounts the tenant has.
 */
import { Result, Schema } from "effect"
import { type InvoiceRequest, type Leg, legsOf } from "../models/InvoiceRequest.ts"
import { type FieldError, ValidationError } from "../values/FieldError.ts"
import type {
  Capability,
  ChargeCapability,
  Driver,
  ProviderAccount,
  Rejected,
  Unavailable,
  Unknown
} from "./Provider.ts"

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

/** One leg of an invoice, and who may collect it: never empty. */
export interface Route {
  readonly leg: Leg
  readonly candidates: ReadonlyArray<Candidate>
}

/**
 * The route of each leg of an invoice: drivers in the application's order of preference, each with the tenant's accounts. A
 * bolepix has two legs, which may go to different providers; an account that is asked for by name collects what it can, and
 * the other leg goes where it always goes.
 *
 * Fails with `ProviderNotConfigured` when nobody collects this country, currency and method, and with `ValidationError` when
 * somebody does, but the amount is outside the limits of all, or a field that they need is missing.
 */
export const charge = (
  request: InvoiceRequest,
  drivers: ReadonlyArray<Driver>,
  accounts: ReadonlyArray<ProviderAccount>
): Result.Result<ReadonlyArray<Route>, ProviderNotConfigured | ValidationError> => {
  const { customer, currency, payment_method, provider } = request
  if (provider !== undefined && !accounts.some(({ name }) => name === provider)) {
    return invalid({
      field: "provider",
      code: "unknown_provider",
      message: "Expected the name of a configured provider account"
    })
  }
  const able = legsOf(payment_method.type).map((leg) => ({ leg, candidates: ableTo(request, leg, drivers, accounts) }))
  const pinned = able.map(({ candidates, leg }) => ({
    leg,
    candidates: candidates.filter(({ account }) => (provider ?? account.name) === account.name)
  }))
  const asked = pinned.some(({ candidates }) => candidates.length > 0)
  const routes = able.map(({ candidates, leg }, place) => {
    const those = pinned[place]?.candidates ?? []
    return { leg, candidates: those.length > 0 || !asked ? those : candidates }
  })
  if (routes.some(({ candidates }) => candidates.length === 0)) {
    return Result.fail(
      new ProviderNotConfigured({
        message: `No provider is configured for ${payment_method.type} in ${currency} from ${customer.country}`
      })
    )
  }
  return Result.all(routes.map((route) => served(request, route)))
}

const ableTo = (
  request: InvoiceRequest,
  leg: Leg,
  drivers: ReadonlyArray<Driver>,
  accounts: ReadonlyArray<ProviderAccount>
): ReadonlyArray<Candidate> =>
  drivers.flatMap((driver) =>
    accounts
      .filter((account) => account.provider === driver.name)
      .flatMap((account) =>
        driver.capabilities.filter(fits(request, leg)).map((capability) => ({ driver, account, capability }))
      )
  )

/** A token means nothing to a provider that did not make it; without one, a card is entered on a hosted page. */
const fits =
  ({ currency, customer, payment_method }: InvoiceRequest, leg: Leg) =>
  (capability: Capability): capability is ChargeCapability =>
    capability.direction === "charge" &&
    capability.country === customer.country &&
    capability.currency === currency &&
    capability.method === leg &&
    (leg !== "card" || capability.card === (payment_method.card_token === undefined ? "link" : "token"))

/** The candidates whose limits hold the amount, and that miss nothing they need. */
const served = (request: InvoiceRequest, { candidates, leg }: Route): Result.Result<Route, ValidationError> => {
  const inLimits = candidates.filter(
    ({ capability: { limits } }) => request.amount >= limits.minimum && request.amount <= limits.maximum
  )
  if (inLimits.length === 0) {
    const minimum = Math.min(...candidates.map(({ capability }) => capability.limits.minimum))
    const maximum = Math.max(...candidates.map(({ capability }) => capability.limits.maximum))
    return invalid({
      field: "amount",
      code: "amount_out_of_limits",
      message: `Expected ${minimum} to ${maximum} for ${leg}`
    })
  }
  const complete = inLimits.filter(({ capability }) => missing(request, capability).length === 0)
  const lacking = inLimits[0] === undefined ? [] : missing(request, inLimits[0].capability)
  return complete.length > 0
    ? Result.succeed({ leg, candidates: complete })
    : invalid(
        ...lacking.map((field) => ({
          field: `customer.${field}`,
          code: "required",
          message: "The provider of this payment method needs it"
        }))
      )
}

const invalid = (...errors: ReadonlyArray<FieldError>) => Result.fail(new ValidationError({ errors }))

const missing = (request: InvoiceRequest, capability: ChargeCapability) =>
  capability.needs.filter((field) => request.customer[field] === undefined)

/**
 * What may be tried next after an outcome. Only what was surely not done may be done elsewhere: while it is in doubt, whatever
 * is sent could be the second.
 */
export const mayFailOver = (outcome: Rejected | Unavailable | Unknown): outcome is Rejected | Unavailable =>
  outcome._tag !== "Unknown"

/** The candidates of a leg that come after an account; all of them when nothing was tried. */
export const after = (route: Route, account: string | null): ReadonlyArray<Candidate> => {
  const place = route.candidates.findIndex((each) => each.account.name === account)
  return route.candidates.slice(place + 1)
}
