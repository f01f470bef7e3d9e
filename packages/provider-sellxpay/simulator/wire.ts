/**
 * The shapes of the SellxPay document: what a request may hold and what an answer holds.
 *
 * The simulator keeps its own description of the wire. Sharing one with the driver would let both agree on a mistake.
 * On the wire an amount is a JSON number in reais with at most two decimals; inside it is a whole number of centavos.
 * Both ways are exact: below ten trillion reais the nearest double's shortest text has the same two decimals.
 */
import { Schema, SchemaTransformation } from "effect"

/** Every status a transaction may have ("Status das Transacoes"). */
export const Status = Schema.Literals([
  "pending",
  "paid",
  "cancelled",
  "expired",
  "reversed",
  "refused",
  "chargedback",
  "in_analysis"
])
export type Status = typeof Status.Type

export const Type = Schema.Literals(["deposit", "withdraw", "internal_transfer"])
export const Method = Schema.Literals(["pix", "boleto", "card"])

/** Centavos as the document's number of reais. */
export const reais = (centavos: number): number => centavos / 100

const twoDecimals = Schema.makeFilter((value: number) => /^\d{1,13}(\.\d{1,2})?$/.test(`${value}`))

/** An amount from `minimum` to `maximum` centavos. */
const amount = (minimum: number, maximum: number) =>
  Schema.Number.check(twoDecimals).pipe(
    Schema.decodeTo(
      Schema.Int.check(Schema.isBetween({ minimum, maximum })),
      SchemaTransformation.transform({ decode: (value) => Math.round(value * 100), encode: reais })
    )
  )

const text = Schema.optionalKey(Schema.NullOr(Schema.String.check(Schema.isMaxLength(255))))
const required = Schema.String.check(Schema.isBetweenLength(1, 255))
const document = Schema.String.check(Schema.isPattern(/^(?:\d{11}|[0-9A-Z]{12}\d{2})$/))
const url = Schema.String.check(Schema.makeFilter((value: string) => URL.canParse(value) && /^https?:/.test(value)))
const optionalUrl = Schema.optionalKey(Schema.NullOr(url))

/** The body of "PIX - Gerar QR Code": 10.00 to 50,000.00. */
export const PixQrCode = Schema.Struct({
  amount: amount(10_00, 50_000_00),
  external_id: text,
  postback_url: optionalUrl,
  payer_name: text,
  payer_document: Schema.optionalKey(Schema.NullOr(document)),
  payer_email: text,
  description: text
})
export type PixQrCode = typeof PixQrCode.Type

/** A key in the form of its type ("Formatos de Chave PIX"). */
const pixKeys = {
  cpf: /^\d{11}$/,
  cnpj: /^\d{14}$/,
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  phone: /^\+55\d{10,11}$/,
  random: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
} as const

/** The body of "PIX - Enviar Pagamento". */
export const PixPayment = Schema.Struct({
  amount: amount(1, 10 ** 13 - 1),
  pix_key: required,
  pix_key_type: Schema.Literals(["cpf", "cnpj", "email", "phone", "random"]),
  external_id: text,
  description: text
}).check(
  Schema.makeFilter(({ pix_key, pix_key_type }) =>
    pixKeys[pix_key_type].test(pix_key)
      ? undefined
      : { path: ["pix_key"], issue: "A chave PIX nao e do tipo informado." }
  )
)
export type PixPayment = typeof PixPayment.Type

/** A day that is in the calendar, `YYYY-MM-DD`. */
const isDay = (text: string): boolean => {
  const midnight = Date.parse(`${text}T00:00:00.000Z`)
  return Number.isFinite(midnight) && new Date(midnight).toISOString().startsWith(text)
}

/** The body of "Boleto - Gerar Boleto". The amount fits into a barcode's ten digits. */
export const BoletoCreate = Schema.Struct({
  amount: amount(1, 99_999_999_99),
  payer_name: required,
  payer_document: document,
  payer_email: text,
  payer_address: Schema.optionalKey(
    Schema.NullOr(
      Schema.Struct({
        street: text,
        number: text,
        city: text,
        state: Schema.optionalKey(Schema.NullOr(Schema.String.check(Schema.isPattern(/^[A-Z]{2}$/)))),
        zip_code: text
      })
    )
  ),
  due_date: Schema.optionalKey(Schema.NullOr(Schema.String.check(Schema.makeFilter((value: string) => isDay(value))))),
  description: text,
  external_id: text,
  postback_url: optionalUrl
})
export type BoletoCreate = typeof BoletoCreate.Type

/**
 * The body of "Cartao - Cobrar Cartao", with a token only: the document recommends it, and a simulator that took card
 * numbers would be given real ones.
 */
export const CardCharge = Schema.Struct({
  amount: amount(1, 10 ** 13 - 1),
  card_token: required,
  installments: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))),
  capture: Schema.optionalKey(Schema.Boolean),
  payer_name: required,
  payer_document: document,
  payer_email: text,
  external_id: text,
  postback_url: optionalUrl
})
export type CardCharge = typeof CardCharge.Type

/** The body of "Configurar URL de Webhook". The document wants HTTPS; a receiver on this machine needs none. */
export const NewWebhook = Schema.Struct({
  url: url.check(
    Schema.makeFilter((value: string) => {
      const { hostname, protocol } = new URL(value)
      return protocol === "https:" || ["127.0.0.1", "localhost", "[::1]"].includes(hostname)
    })
  ),
  is_active: Schema.optionalKey(Schema.Boolean)
})

/** A configured receiver of all notifications without a `postback_url`. */
export const Webhook = Schema.Struct({
  id: Schema.Int,
  url: Schema.String,
  is_active: Schema.Boolean,
  created_at: Schema.String
})
export type Webhook = typeof Webhook.Type

/** A transaction as the simulator keeps it: amounts in centavos, dates in ISO 8601. */
export const Transaction = Schema.Struct({
  id: Schema.String,
  external_id: Schema.NullOr(Schema.String),
  type: Type,
  method: Method,
  status: Status,
  amount: Schema.Int,
  tax: Schema.Int,
  /** `amount` without `tax`: what a deposit credits, what a payment by PIX delivers. */
  net_amount: Schema.Int,
  payer_name: Schema.NullOr(Schema.String),
  payer_document: Schema.NullOr(Schema.String),
  end2end: Schema.NullOr(Schema.String),
  created_at: Schema.String,
  confirmed_at: Schema.NullOr(Schema.String),
  expires_at: Schema.NullOr(Schema.String)
})
export type Transaction = typeof Transaction.Type
