/**
 * A charge or a payout as something that is created, read and found, so that a law about both is written once.
 */
import { BusinessCalendar, type Observation, type PayoutObservation, type Provider } from "@salesos/core"
import { DateTime, Effect, type Option } from "effect"
import type { Bench } from "./Bench.ts"
import { LawBroken, text } from "./Law.ts"
import * as Samples from "./Samples.ts"
import type { Booked, ChargeCounter, ChargeSubject, PayoutCounter, PayoutSubject, Wire } from "./Subject.ts"

export type Failure = Provider.Rejected | Provider.Unavailable | Provider.Unknown

/** What charges and payouts are seen by. */
export type Seen = Observation.ChargeObservation | PayoutObservation.PayoutObservation

export interface Operation<A extends Seen = Seen> {
  readonly bench: Bench
  readonly wire: Wire<A["status"]>
  readonly limits: Provider.Limits
  readonly currency: Provider.Capability["currency"]
  /** An amount that the simulator lets stand. */
  readonly amount: number
  /** Whether the provider can be asked for our reference. */
  readonly lookup: boolean
  readonly create: (sample?: Samples.Changes) => Effect.Effect<A, Failure>
  readonly get: (providerId: string) => Effect.Effect<A, Failure>
  readonly find: (sample?: Samples.Changes) => Effect.Effect<Option.Option<A>, Failure>
  /** What the provider's own books hold under the sample's reference. */
  readonly booked: (sample?: Samples.Changes) => Effect.Effect<ReadonlyArray<Booked>, unknown>
}

export interface ChargeOperation extends Operation<Observation.ChargeObservation> {
  readonly capability: Provider.ChargeCapability
  readonly counter: ChargeCounter
  readonly requestFor: (sample: Samples.Changes) => Effect.Effect<Provider.ChargeRequest>
}

export interface PayoutOperation extends Operation<PayoutObservation.PayoutObservation> {
  readonly capability: Provider.PayoutCapability
  readonly payouts: Provider.PayoutDriver
  readonly counter: PayoutCounter
  readonly orderFor: (sample: Samples.Changes) => Provider.PayoutOrder
}

const standing = 12_398

const referenceOf = (series: "INV" | "PO", { attempt, number = 1 }: Samples.Changes) =>
  Samples.reference(series, number, attempt)

/** In three days: a boleto that is not overdue anywhere. */
const dueDate = Effect.map(DateTime.now, (now) =>
  BusinessCalendar.CalendarDate.make(DateTime.formatIsoDateUtc(DateTime.add(now, { days: 3 })))
)

const undeclared = (of: unknown) => new LawBroken({ message: `The driver declares nothing for ${text(of)}` })
const noCounter = new LawBroken({ message: "The simulator has no counter for every charge and payout of the subject" })

/** Whether a capability is the one that a subject is about. */
export const isOf =
  (of: ChargeSubject["of"]) =>
  (each: Provider.Capability): each is Provider.ChargeCapability =>
    each.direction === "charge" &&
    each.method === of.method &&
    each.currency === of.currency &&
    each.country === of.country &&
    each.card === of.card

/** The same for payouts. */
export const isPayoutOf =
  (of: PayoutSubject["of"]) =>
  (each: Provider.Capability): each is Provider.PayoutCapability =>
    each.direction === "payout" &&
    each.method === of.method &&
    each.currency === of.currency &&
    each.country === of.country

/** The subject's charge at a place. */
export const charge = Effect.fnUntraced(function* (
  bench: Bench,
  place: number
): Effect.fn.Return<ChargeOperation, LawBroken> {
  const { account, driver, simulator, subject } = bench
  const part = subject.charges[place]
  const capability = part && driver.capabilities.find(isOf(part.of))
  const counter = simulator.charges[place]
  if (part === undefined || capability === undefined) return yield* undeclared(part?.of)
  if (counter === undefined) return yield* noCounter
  const amount = part.amount ?? standing
  const requestFor = (sample: Samples.Changes) =>
    Effect.map(dueDate, (due) => ({
      ...Samples.charge(part.of, { amount, ...sample }, due),
      expiresIn: Math.min(3600, capability.maximumExpirySeconds ?? 3600),
      ...part.request
    }))
  return {
    bench,
    capability,
    counter,
    wire: part.wire,
    limits: capability.limits,
    currency: capability.currency,
    lookup: capability.features.includes("lookup"),
    amount,
    requestFor,
    create: (sample = {}) => Effect.flatMap(requestFor(sample), (request) => driver.createCharge(account, request)),
    get: (providerId) => driver.getCharge(account, providerId),
    find: (sample = {}) => driver.findCharge(account, referenceOf("INV", sample)),
    booked: (sample = {}) => counter.booked(referenceOf("INV", sample))
  }
})

/** The subject's payout at a place. */
export const payout = Effect.fnUntraced(function* (
  bench: Bench,
  place: number
): Effect.fn.Return<PayoutOperation, LawBroken> {
  const { account, driver, simulator, subject } = bench
  const part = subject.payouts[place]
  const capability = part && driver.capabilities.find(isPayoutOf(part.of))
  const counter = simulator.payouts[place]
  const { payouts } = driver
  if (part === undefined || capability === undefined || payouts === undefined) return yield* undeclared(part?.of)
  if (counter === undefined) return yield* noCounter
  const amount = part.amount ?? standing
  const orderFor = (sample: Samples.Changes) => ({ ...Samples.payout(part.of, { amount, ...sample }), ...part.order })
  return {
    bench,
    capability,
    counter,
    payouts,
    wire: part.wire,
    limits: capability.limits,
    currency: capability.currency,
    lookup: capability.features.includes("lookup"),
    amount,
    orderFor,
    create: (sample = {}) => payouts.create(account, orderFor(sample)),
    get: (providerId) => payouts.get(account, providerId),
    find: (sample = {}) => payouts.find(account, referenceOf("PO", sample)),
    booked: (sample = {}) => counter.booked(referenceOf("PO", sample))
  }
})
