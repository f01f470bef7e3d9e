/**
 * What all sandboxes have in common: how much money they open with, and how an amount decides what becomes of it.
 */

/** What a balance opens with: R$ 1,000,000.00, in cents. */
export const openingBalance = 100_000_000

/** What is to become of a charge or transfer, and after how many milliseconds. */
export interface Fate {
  readonly succeeds: boolean
  readonly after: number
}

/**
 * The rule of the InfraPSP document, which the other simulators follow for want of one of their own: an even amount (in
 * minor units) succeeds after its last two digits in seconds, an odd one fails at once.
 */
export const fate = (amount: number): Fate =>
  amount % 2 === 0 ? { succeeds: true, after: (amount % 100) * 1_000 } : { succeeds: false, after: 0 }
