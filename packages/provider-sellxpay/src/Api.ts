/**
 * The wire format of SellxPay, as its document "API Docs" gives it: amounts as JSON numbers of reais with two decimals,
 * times in UTC.
 *
 * What we send is exact. What we read is lenient: of a transaction only its id and amount are needed, whatever else is
 * missing or of another shape counts as not said. Bodies are read by `Json.parseExact`, so a number comes as its digits.
 */
import { Currency, Json, Money, Wire } from "@salesos/core"
import { Result, Schema, SchemaTransformation } from "effect"

const { lenient, text, time, token } = Wire

/** All amounts are in BRL: the document knows no other currency. */
export const brl = Currency.Currency.make("BRL")

// What we send

/** `POST /pix/qrcode`, but for its amount. */
export interface PixQrCode {
  readonly external_id: string
  readonly postback_url: string
  readonly payer_name: string
  readonly payer_document?: string
  readonly payer_email: string
  readonly description: string
}

/** `POST /boleto/create`, but for its amount. */
export interface BoletoCreate extends PixQrCode {
  readonly payer_document: string
  readonly payer_address?: {
    readonly street: string
    readonly number: string
    readonly state: string
    readonly zip_code: string
  }
  /** `YYYY-MM-DD` */
  readonly due_date: string
}

/** `POST /card/charge` with a token, but for its amount. Card numbers never come near us. */
export interface CardCharge {
  readonly card_token: string
  readonly installments: number
  readonly payer_name: string
  readonly payer_document: string
  readonly payer_email: string
  readonly external_id: string
  readonly postback_url: string
}

/** `POST /pix/payment`, but for its amount. */
export interface PixPayment {
  readonly pix_key: string
  readonly pix_key_type: "cpf" | "cnpj" | "email" | "phone" | "random"
  readonly external_id: string
  readonly description: string
}

/** A creation's body as JSON: "Valores monetarios sao representados como number em Reais com ate 2 casas decimais". */
export const encode = (amount: Money.MinorUnits, fields: PixQrCode | BoletoCreate | CardCharge | PixPayment): string =>
  JSON.stringify({ amount: Json.exactNumber(Money.toDecimal({ amount, currency: brl })), ...fields })

// What we read

const cents = (digits: string): Result.Result<number, unknown> =>
  Result.map(Money.fromDecimal(digits, brl), ({ amount }) => amount)

/** Reais in decimal digits ↔ centavos, of either sign. An amount of more decimals is none: it is never rounded. */
export const Reais = Schema.String.check(Schema.makeFilter((digits: string) => Result.isSuccess(cents(digits)))).pipe(
  Schema.decodeTo(
    Money.MinorUnits,
    SchemaTransformation.transform({
      decode: (digits: string) => Result.getOrThrow(cents(digits)), // checked above
      encode: (amount: number) => Money.toDecimal({ amount: Money.MinorUnits.make(amount), currency: brl })
    })
  )
)

const Amount = Reais.check(Schema.isGreaterThan(0))
const Fee = lenient(Reais.check(Schema.isGreaterThanOrEqualTo(0)))

const Id = lenient(Schema.NonEmptyString)

/**
 * A transaction, wherever it is shown: the answers to the four creations, "Consultar Status", an entry of "Listar
 * Transacoes". Its id is `transaction_id` in some and `id` in others; only the creation shows what a payer pays with.
 */
export const Transaction = Schema.Struct({
  transaction_id: Id,
  id: Id,
  external_id: text,
  type: text,
  method: text,
  status: text,
  amount: Amount,
  tax: Fee,
  net_amount: Fee,
  qr_code: text,
  copy_paste: text,
  boleto_url: text,
  boleto_barcode: text,
  digitable_line: text,
  created_at: time,
  confirmed_at: time,
  expires_at: time
}).check(Schema.makeFilter(({ id, transaction_id }) => (transaction_id ?? id ?? null) !== null))
export type Transaction = typeof Transaction.Type

/** The provider's id of a transaction. */
export const idOf = ({ id, transaction_id }: Pick<Transaction, "id" | "transaction_id">): string =>
  transaction_id ?? id ?? ""

const count = lenient(Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(0)))

/** "Listar Transacoes": each entry is read by itself. */
export const Page = Schema.Struct({
  data: Schema.Array(Schema.Unknown),
  meta: lenient(Schema.Struct({ last_page: count }))
})

/** "Consultar Saldo" */
export const Balance = Schema.Struct({ available_balance: Reais, balance_blocked: Fee })

/** "Autenticacao": a token that fits into a header, and its life in seconds. */
export const Token = Schema.Struct({
  access_token: Schema.String.check(Schema.isPattern(/^[\x21-\x7e]+$/)),
  expires_in: count
})

/** "Formato da Resposta de Erro" */
export const ErrorBody = Schema.Struct({
  error: Schema.NonEmptyString,
  message: text,
  errors: lenient(Schema.Record(Schema.String, Schema.Unknown))
})

/** What SellxPay posts to a webhook or postback ("Formato do Payload"). */
export const Notification = Schema.Struct({
  event: Schema.String.check(Schema.isPattern(/^[\x21-\x7e]{1,64}$/)),
  transaction: Schema.Struct({ id: token, type: text, status: token, confirmed_at: token, end2end: token })
})
