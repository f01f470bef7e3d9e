/** Requests that every provider can serve, to be changed where a law needs it. */
import {
  type BusinessCalendar,
  ChargeAttempt,
  type Currency,
  Documents,
  Ids,
  type InvoiceRequest,
  OurNumber,
  Phone,
  type Provider
} from "@salesos/core"

export const tenant = Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0P")

/** The reference of the nth charge or payout, as core makes it: our number, and a suffix for a second attempt. */
export const reference = (series: OurNumber.Series, number: number, attempt = 1): ChargeAttempt.ProviderReference =>
  ChargeAttempt.referenceOf(ourNumber(series, number), attempt)

const ourNumber = (series: OurNumber.Series, number: number) => OurNumber.format(series, 2026, number)

/** Whoever pays: with everything that any capability may need. */
const customer = (country: string): InvoiceRequest.Customer => ({
  country,
  document: Documents.Cpf.make("52998224725"),
  name: "Maria da Silva",
  email: "maria.da.silva.e.souza@example.com",
  phone: Phone.Phone.make("+5511987654321"),
  address: {
    street: "Avenida Brigadeiro Faria Lima",
    number: "4440",
    district: "Itaim Bibi",
    zip_code: "04538132",
    state: "SP",
    city_ibge: "3550308"
  }
})

/** What differs between the samples of one law. */
export interface Sample {
  /** 1 unless given: the first invoice or payout of the year. */
  readonly number?: number
  /** 1 unless given: the first attempt. */
  readonly attempt?: number
  /** In minor units. */
  readonly amount: number
}
export type Changes = Partial<Sample>

interface What {
  readonly country: string
  readonly currency: Currency.Currency
}

/** A charge by a method, payable for an hour, a boleto until a day. */
export const charge = (
  { country, currency, method }: What & Pick<Provider.ChargeCapability, "method">,
  { amount, attempt, number = 1 }: Sample,
  dueDate: BusinessCalendar.CalendarDate
): Provider.ChargeRequest => ({
  reference: reference("INV", number, attempt),
  ourNumber: ourNumber("INV", number),
  money: { amount, currency },
  method,
  description: "Consulting - April/2026",
  customer: customer(country),
  expiresIn: 3600,
  ...(method === "boleto" ? { dueDate } : {}),
  ...(method === "card" ? { returnUrl: "https://shop.example.com/thanks", installments: 1 } : {})
})

/** A payout to a PIX key, or to an account abroad. */
export const payout = (
  { country, currency, method }: What & Pick<Provider.PayoutCapability, "method">,
  { amount, attempt, number = 1 }: Sample
): Provider.PayoutOrder => ({
  reference: reference("PO", number, attempt),
  ourNumber: ourNumber("PO", number),
  money: { amount, currency },
  beneficiary: {
    name: "João de Souza",
    document: Documents.Cpf.make("16142765010"),
    phone: Phone.Phone.make("+5511912345678"),
    email: "joao@example.com"
  },
  destination:
    method === "pix"
      ? { type: "pix", key_type: "email", key: "joao@example.com" }
      : { type: "bank_transfer", country, account_number: "123456789", routing_number: "021000021" },
  purpose: "vendor_payment"
})
