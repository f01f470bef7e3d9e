/**
 * What InfraPSP takes, by fee rules. The document gives one for PIX; those for cards and transfers are ours in its shape.
 */
import { merchantId } from "./rows.ts"
import type { FeeRule } from "./wire/money.ts"

const always = {
  merchantId,
  minAmount: 0,
  maxAmount: 999_999_999,
  startDate: "2022-01-01T00:00:00Z",
  endDate: "2099-12-31T23:59:59Z",
  createdAt: "2022-01-01T00:00:00Z"
}

/** The document's example: 30 cents and 0.99 %, funds at once. */
export const pixRule: FeeRule = {
  ...always,
  id: "THWKs7PdM4ccrTx0EdaXf",
  name: "default rule",
  fundSchedule: 0,
  method: "pix",
  triggerEntity: "transaction",
  amountValue: 30,
  percentValue: 99,
  creditCard: null
}

const rates: ReadonlyArray<readonly [installments: number, basePoints: number]> = [
  [1, 399],
  [6, 459],
  [12, 499]
]

/** 3.99 % to 4.99 % by the number of installments, each available 30 days after the one before. */
export const cardRule: FeeRule = {
  ...always,
  id: "THWKs7PdM4ccrTx0EdaXc",
  name: "card rule",
  fundSchedule: 30,
  method: "credit_card",
  triggerEntity: "transaction",
  amountValue: 30,
  percentValue: 0,
  creditCard: {
    mdr: Array.from({ length: 12 }, (_, place) => ({
      installment: place + 1,
      percent: rates.find(([most]) => place < most)?.[1] ?? 0
    })),
    chargebackGuarantee: 500,
    anticipation: 1000
  }
}

/** R$ 1.00 for each transfer. */
export const transferRule: FeeRule = {
  ...always,
  id: "THWKs7PdM4ccrTx0EdaXt",
  name: "transfer rule",
  fundSchedule: 0,
  method: "pix",
  triggerEntity: "transfer",
  amountValue: 100,
  percentValue: 0,
  creditCard: null
}

/** The rules in force. */
export const rules: ReadonlyArray<FeeRule> = [pixRule, cardRule, transferRule]

/** The fee in cents, half a cent rounded up, and never more than the amount. */
export const fee = (rule: FeeRule, amount: number, installments = 1): number => {
  const mdr = rule.creditCard?.mdr.find(({ installment }) => installment === installments)?.percent ?? 0
  const share = Math.floor((amount * (rule.percentValue + mdr) + 5_000) / 10_000)
  return Math.min(amount, rule.amountValue + share)
}

/** An amount in `count` parts that differ by a cent at most, the larger ones first. */
export const parts = (amount: number, count: number): ReadonlyArray<number> => {
  const least = Math.floor(amount / count)
  return Array.from({ length: count }, (_, place) => least + (place < amount - least * count ? 1 : 0))
}
