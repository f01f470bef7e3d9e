/** What clients ask for: invoices of every method and payouts, with amounts that say what a sandbox does with them. */
import { Predicate } from "effect"
import type { Dice } from "./dice.ts"
import type { Pace } from "./pace.ts"

const payer = { document: "52998224725", email: "maria@example.com" }
const beneficiary = { document: "11144477735", email: "joao@example.com" }

/** What no process may write to its log. */
export const hidden = [payer, beneficiary].flatMap(Object.values<string>)

/** Whether the sandbox refuses what is asked for: an odd amount fails. */
export const fails = (body: unknown): boolean =>
  Predicate.hasProperty(body, "amount") && typeof body.amount === "number" && body.amount % 2 === 1

/** An even amount is paid after its last two digits in seconds; an odd one, as one in seven is, fails at once. */
const amount = (dice: Dice, { payment }: Pace): number =>
  100 * dice.between(12, 400) + (dice.chance(0.15) ? 1 : dice.pick(payment))

const methods = [
  { currency: "BRL", payment_method: { type: "pix" } },
  { currency: "BRL", payment_method: { type: "pix" } },
  { currency: "BRL", payment_method: { type: "pix" }, provider: "sellxpay" },
  { currency: "BRL", payment_method: { type: "pix" }, provider: "usdbrl" },
  { currency: "BRL", payment_method: { type: "boleto" } },
  { currency: "BRL", payment_method: { type: "bolepix" } },
  { currency: "BRL", payment_method: { type: "card" } },
  { currency: "BRL", payment_method: { type: "card", card_token: "tok_chaos", installments: 3 }, provider: "sellxpay" },
  { currency: "BRL", payment_method: { type: "bank_transfer" } },
  { currency: "USD", payment_method: { type: "pix" } },
  { currency: "USD", payment_method: { type: "bank_transfer" } }
]

/** What is paid in BRL has its tax document issued by itself in one case of four. */
const method = (dice: Dice) => {
  const method = dice.pick(methods)
  return method.currency === "BRL" && dice.chance(0.25)
    ? { ...method, tax_document: { type: "nfse", auto_issue: true } }
    : method
}

export const invoice = (reference: string, dice: Dice, pace: Pace) => ({
  customer: {
    country: "BR",
    document: payer.document,
    name: "Maria da Silva",
    email: payer.email,
    phone: "+5511999000111"
  },
  amount: amount(dice, pace),
  description: "Consulting",
  ...method(dice),
  cost_center: "CC-MKT",
  contractor_reference: reference
})

export const payout = (reference: string, dice: Dice, pace: Pace) => ({
  beneficiary: { name: "João Souza", ...beneficiary, phone: "+5511999000111" },
  destination: { type: "pix", key_type: "cpf", key: beneficiary.document },
  amount: amount(dice, pace),
  currency: "BRL",
  purpose: "vendor_payment",
  cost_center: "CC-PRZ",
  contractor_reference: reference
})
