/** Ways to break a driver: what goes into it, what comes out of it, and what it is made of. */
import { Currency, type Observation, type PayoutObservation, Provider, ProviderCalls } from "@salesos/core"
import { DateTime, Effect, Option, Redacted, Stream } from "effect"
import type { Subject } from "../../src/index.ts"
import * as Samples from "../../src/Samples.ts"

type Make = Subject["driver"]
type Charge = Observation.ChargeObservation
type Payout = PayoutObservation.PayoutObservation
type Lines = ReturnType<NonNullable<Provider.Driver["readStatement"]>>
type Failure = Provider.Rejected | Provider.Unavailable | Provider.Unknown
export type Break = (make: Make) => Make

/** The driver with some of its functions replaced. */
export const where =
  (change: (driver: Provider.Driver) => Partial<Provider.Driver>): Break =>
  (make) =>
    Effect.map(make, (driver) => ({ ...driver, ...change(driver) }))

export const seen = (change: (charge: Charge) => Charge) =>
  where(({ createCharge, findCharge, getCharge }) => ({
    createCharge: (...asked) => Effect.map(createCharge(...asked), change),
    getCharge: (...asked) => Effect.map(getCharge(...asked), change),
    findCharge: (...asked) => Effect.map(findCharge(...asked), Option.map(change))
  }))

export const created = (change: (charge: Charge, request: Provider.ChargeRequest) => Charge) =>
  where(({ createCharge }) => ({
    createCharge: (account, request) => Effect.map(createCharge(account, request), (charge) => change(charge, request))
  }))

export const unknown = new Provider.Unknown({ message: "?" })
export const unavailable = new Provider.Unavailable({ message: "?" })
export const rejected = new Provider.Rejected({ message: "?" })

/** What a failure is taken for. */
export const takes =
  (from: Failure["_tag"], to: Failure) =>
  <A>(call: Effect.Effect<A, Failure>): Effect.Effect<A, Failure> =>
    Effect.mapError(call, (failure) => (failure._tag === from ? to : failure))

export const creating = (change: (call: Effect.Effect<Charge, Failure>) => Effect.Effect<Charge, Failure>) =>
  where(({ createCharge }) => ({ createCharge: (...asked) => change(createCharge(...asked)) }))
export const reading = (change: (call: Effect.Effect<Charge, Failure>) => Effect.Effect<Charge, Failure>) =>
  where(({ getCharge }) => ({ getCharge: (...asked) => change(getCharge(...asked)) }))

export const asking = (change: (request: Provider.ChargeRequest) => Provider.ChargeRequest) =>
  where(({ createCharge }) => ({ createCharge: (account, request) => createCharge(account, change(request)) }))

export const first = Samples.reference("INV", 1)

/** Looks the first invoice's charge up when the provider's answer is no good. */
export const findsItself: Break = where(({ createCharge, findCharge, getCharge }) => {
  const looked = (account: Provider.ProviderAccount) =>
    Effect.flatMap(findCharge(account, first), (found) => Effect.mapError(Effect.fromOption(found), () => unknown))
  return {
    createCharge: (account, request) =>
      Effect.catchTag(createCharge(account, request), "Unknown", () => looked(account)),
    getCharge: (account, id) => Effect.catchTag(getCharge(account, id), "Unknown", () => looked(account))
  }
})

export const quotes = ({ credentials }: Provider.ProviderAccount) =>
  Object.values(Redacted.value(credentials)).join(" ")

export const withTokens =
  (change: (tokens: ProviderCalls.AccessTokens["Service"]) => Partial<ProviderCalls.AccessTokens["Service"]>): Break =>
  (make) =>
    Effect.flatMap(ProviderCalls.AccessTokens, (tokens) =>
      Effect.provideService(make, ProviderCalls.AccessTokens, { ...tokens, ...change(tokens) })
    )

export const noticing = (change: (told: Provider.Notification) => Provider.Notification) =>
  where(({ readNotification }) => ({
    readNotification: (...asked) => Effect.map(readNotification(...asked), Option.map(change))
  }))

export const lines = (change: (all: Lines) => Lines) =>
  where(({ readStatement }) => ({
    readStatement: (...asked) => change(readStatement?.(...asked) ?? Stream.empty)
  }))

export const paying = (change: (payouts: Provider.PayoutDriver) => Partial<Provider.PayoutDriver>) =>
  where(({ payouts }) => (payouts === undefined ? {} : { payouts: { ...payouts, ...change(payouts) } }))

export const paid = (change: (payout: Payout) => Payout) =>
  paying(({ create, find, get }) => ({
    create: (...asked) => Effect.map(create(...asked), change),
    get: (...asked) => Effect.map(get(...asked), change),
    find: (...asked) => Effect.map(find(...asked), Option.map(change))
  }))

let events = 0
export const another = (): string => `${++events}`

export const never = DateTime.makeUnsafe("2100-01-01T00:00:00.000Z")

export const brl = Currency.Currency.make("BRL")
