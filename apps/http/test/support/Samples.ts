/** Bodies that are right in every part, to be changed where a test needs it. */

/** A PIX invoice of R$ 123.98, which the simulator would pay 98 seconds later: nothing happens during a test. */
export const invoice = (changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  customer: customer(),
  amount: 12398,
  currency: "BRL",
  description: "Consulting - April/2026",
  payment_method: { type: "pix" },
  cost_center: "CC-MKT",
  ...changes
})

/** The CPF of every sample, which must not turn up in a log. */
export const cpf = "52998224725"

export const customer = (changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  country: "BR",
  document: cpf,
  name: "Maria da Silva",
  email: "maria@example.com",
  ...changes
})

export const address = (changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  street: "Rua das Flores",
  number: "10",
  district: "Centro",
  city_ibge: "3550308",
  state: "SP",
  zip_code: "01001000",
  ...changes
})

/** The sample customer as an invoice shows it. */
export const invoicedCustomer = {
  country: "BR",
  document: cpf,
  name: "Maria da Silva",
  email: "maria@example.com"
} as const

/** R$ 500.90 to a person's CPF key: the sandbox pays it after ninety seconds, unless the test does before. */
export const payout = (changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  beneficiary: { name: "João Souza", document: "11144477735", phone: "+5511999000111", email: "joao@example.com" },
  destination: { type: "pix", key_type: "cpf", key: "11144477735" },
  amount: 50090,
  currency: "BRL",
  purpose: "prize",
  cost_center: "CC-PRZ",
  ...changes
})
