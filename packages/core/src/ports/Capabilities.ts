/**
 * What a driver asks itself before it sends anything: whether it declares what it is asked for. Routing has asked the same
 * of the request; a driver that is called in spite of it refuses, so that no provider is ever sent more than is declared.
 */
import { Result } from "effect"
import { countryOf } from "../models/PayoutRequest.ts"
import {
  type Capability,
  type ChargeCapability,
  type ChargeRequest,
  type PayoutCapability,
  type PayoutOrder,
  Rejected
} from "./Provider.ts"

/** The declared capability that a charge falls under; a refusal where there is none, or the amount is outside its limits. */
export const ofCharge = (
  capabilities: ReadonlyArray<Capability>,
  { cardToken, customer, method, money }: ChargeRequest
): Result.Result<ChargeCapability, Rejected> =>
  inLimits(
    money.amount,
    capabilities.find(
      (each): each is ChargeCapability =>
        each.direction === "charge" &&
        each.method === method &&
        each.currency === money.currency &&
        each.country === customer.country &&
        (each.card === undefined || each.card === (cardToken === undefined ? "link" : "token"))
    )
  )

/** The same for a payout. */
export const ofPayout = (
  capabilities: ReadonlyArray<Capability>,
  { destination, money }: PayoutOrder
): Result.Result<PayoutCapability, Rejected> =>
  inLimits(
    money.amount,
    capabilities.find(
      (each): each is PayoutCapability =>
        each.direction === "payout" &&
        each.method === destination.type &&
        each.currency === money.currency &&
        each.country === countryOf(destination)
    )
  )

const inLimits = <A extends Capability>(amount: number, declared: A | undefined): Result.Result<A, Rejected> => {
  if (declared === undefined) {
    return Result.fail(
      new Rejected({ message: "The provider does not serve this method in this currency and country" })
    )
  }
  const { maximum, minimum } = declared.limits
  return Number.isSafeInteger(amount) && amount >= minimum && amount <= maximum
    ? Result.succeed(declared)
    : Result.fail(
        new Rejected({ message: `The provider takes ${minimum} to ${maximum}`, code: "amount_out_of_limits" })
      )
}
