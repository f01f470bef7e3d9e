/**
 * What notifications said of a charge or payout that only they say. It is a hint, whoever sent it: it counts once a reading of
 * the provider has confirmed the same id and state.
 */
import type { ChargeObservation } from "./Observation.ts"
import type { PayoutObservation } from "./PayoutObservation.ts"

/** A notification that names a charge or payout and waits for what the provider itself says. */
export interface Heard {
  readonly account: string
  /** What tells it from other notifications of the account. */
  readonly notification: string
  readonly kind: "charge" | "payout"
  readonly providerId: string
  /** Of the payment or delivery that it told of; null where it told none. */
  readonly endToEndId: string | null
}

const endToEndIdOf = (heard: ReadonlyArray<Heard>, kind: Heard["kind"], providerId: string): string | null =>
  heard.find((each) => each.kind === kind && each.providerId === providerId && each.endToEndId !== null)?.endToEndId ??
  null

/** The observation of a charge with what was heard of its payment: of its first, where it is paid and tells no id itself. */
export const confirmCharge = (seen: ChargeObservation, heard: ReadonlyArray<Heard>): ChargeObservation => {
  const endToEndId = endToEndIdOf(heard, "charge", seen.providerId)
  const [first, ...others] = seen.payments
  return endToEndId === null || first === undefined || first.endToEndId !== null
    ? seen
    : { ...seen, payments: [{ ...first, endToEndId }, ...others] }
}

/** The observation of a payout with what was heard of its delivery, where it is delivered and tells no id itself. */
export const confirmPayout = (seen: PayoutObservation, heard: ReadonlyArray<Heard>): PayoutObservation => {
  const endToEndId = endToEndIdOf(heard, "payout", seen.providerId)
  return endToEndId === null || seen.deliveries.length === 0 || seen.endToEndId !== null
    ? seen
    : { ...seen, endToEndId }
}
