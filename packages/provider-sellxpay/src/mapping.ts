/**
 * Between core's words and SellxPay's: pure functions without I/O.
 */
import {
  type InvoiceRequest,
  Json,
  Message,
  type Observation,
  type PayoutObservation,
  PixKey,
  type Provider
} from "@salesos/core"
import { DateTime, Option, Predicate, Schema } from "effect"
import { artifact, type Asked } from "./artifact.ts"
import {
  type BoletoCreate,
  brl,
  type CardCharge,
  ErrorBody,
  idOf,
  Notification,
  type PixPayment,
  type PixQrCode,
  type Transaction
} from "./Api.ts"

// Requests

/** What PIX itself allows a charge to say to its payer. The document names no length. */
const longestDescription = 140

/** What fits into any field of text, however its characters are counted. The document names no length here either. */
const longestName = 255

type Account = Pick<Provider.ProviderAccount, "notificationUrl">

const payer = ({ document, email, name }: InvoiceRequest.Customer) => ({
  payer_name: Message.shortened(name, longestName),
  ...(document === undefined ? {} : { payer_document: document }),
  payer_email: email
})

/** "PIX - Gerar QR Code" */
export const qrCode = (account: Account, request: Provider.ChargeRequest): PixQrCode => ({
  external_id: request.reference,
  postback_url: account.notificationUrl,
  ...payer(request.customer),
  description: Message.shortened(request.description, longestDescription)
})

/** "Boleto - Gerar Boleto". Our number stands before the description; of an address it wants no district. */
export const boleto = (
  account: Account,
  request: Provider.ChargeRequest,
  needed: { readonly document: string; readonly dueDate: string }
): BoletoCreate => {
  const { address } = request.customer
  return {
    ...qrCode(account, request),
    payer_document: needed.document,
    ...(address === undefined
      ? {}
      : {
          payer_address: {
            street: address.street,
            number: address.number,
            state: address.state,
            zip_code: address.zip_code
          }
        }),
    due_date: needed.dueDate,
    description: Message.shortened(`${request.ourNumber} - ${request.description}`, longestDescription)
  }
}

/** "Cartao - Cobrar Cartao", captured at once. */
export const card = (
  account: Account,
  request: Provider.ChargeRequest,
  needed: { readonly document: string; readonly cardToken: string }
): CardCharge => ({
  card_token: needed.cardToken,
  installments: request.installments ?? 1,
  payer_name: Message.shortened(request.customer.name, longestName),
  payer_document: needed.document,
  payer_email: request.customer.email,
  external_id: request.reference,
  postback_url: account.notificationUrl
})

const keyTypes = { cpf: "cpf", cnpj: "cnpj", email: "email", phone: "phone", evp: "random" } as const

/** The document's form of a CNPJ key: "14 digitos, apenas numeros". One with letters can't be paid. */
const isPayable = ({ key, type }: PixKey.PixKey): boolean => type !== "cnpj" || /^\d{14}$/.test(key)

const decodeKey = Schema.decodeUnknownOption(PixKey.PixKey)

/** "PIX - Enviar Pagamento"; none where the destination is no key that SellxPay takes. */
export const payment = ({ destination, ourNumber, reference }: Provider.PayoutOrder): Option.Option<PixPayment> => {
  if (destination.type !== "pix") return Option.none()
  return Option.map(
    Option.filter(decodeKey({ type: destination.key_type, key: destination.key }), isPayable),
    ({ key, type }) => ({
      pix_key: key,
      pix_key_type: keyTypes[type],
      external_id: reference,
      description: ourNumber
    })
  )
}

// Observations

const ended = <R extends string>(reason: R) => ({ _tag: "ended", reason }) as const
const settled = { _tag: "settled" } as const
const open = { _tag: "open" } as const
const pending = { _tag: "pending" } as const

/** Every status of the document ("Status das Transacoes"). Any other one is pending: never success, never failure. */
const chargeStatuses: ReadonlyMap<string, Observation.ChargeStatus> = new Map<string, Observation.ChargeStatus>([
  ["pending", open],
  ["in_analysis", open],
  ["paid", settled],
  ["cancelled", ended("canceled")],
  ["expired", ended("expired")],
  ["refused", ended("refused")],
  // Paid once; that the money went back is a money fact of its own.
  ["reversed", settled],
  ["chargedback", settled]
])

const payoutStatuses: ReadonlyMap<string, PayoutObservation.PayoutStatus> = new Map<
  string,
  PayoutObservation.PayoutStatus
>([
  ["pending", pending],
  ["in_analysis", pending],
  ["paid", settled],
  ["cancelled", ended("canceled")],
  ["expired", ended("failed")],
  ["refused", ended("failed")],
  // Delivered once, and come back.
  ["reversed", settled]
])

/** What took a charge's money back, by the status that says so. */
const reversals: ReadonlyMap<string, Observation.Reversal["kind"]> = new Map<string, Observation.Reversal["kind"]>([
  ["reversed", "refund"],
  ["chargedback", "chargeback"]
])

/** Whether the money of a transaction moved, in one direction at least. */
const moved = (status: { readonly _tag: string }): boolean => status._tag === "settled"

/** The provider's fee, null where it does not say. */
export const feeOf = ({ amount, net_amount, tax }: Transaction): number | null =>
  tax ?? (net_amount === undefined || net_amount === null || net_amount > amount ? null : amount - net_amount)

/**
 * What SellxPay says about a charge. `asked` is what this answers, null for a lookup; `readAt` is when the answer was
 * read, for want of any other time. No reading tells when money went back: that stands at the time of the payment, so that
 * every reading tells the same.
 */
export const chargeObservation = (
  transaction: Transaction,
  asked: Asked,
  raw: unknown,
  readAt: DateTime.Utc
): Observation.ChargeObservation => {
  const word = transaction.status ?? ""
  const status = chargeStatuses.get(word) ?? pending
  const money = { amount: transaction.amount, currency: brl }
  const fee = feeOf(transaction)
  const reversal = reversals.get(word)
  const occurredAt = transaction.confirmed_at ?? readAt
  const payment: Observation.Payment = {
    kind: "payment",
    ordinal: "1", // a transaction is paid once
    money,
    fee,
    occurredAt,
    availableOn: null,
    endToEndId: null, // in notifications only, and those are not believed
    payer: null // only what we sent ourselves
  }
  return {
    providerId: idOf(transaction),
    status,
    money,
    artifact: artifact(transaction, asked),
    expiresAt: transaction.expires_at ?? null,
    payments: moved(status) ? [payment] : [],
    reversals:
      reversal === undefined
        ? []
        : [
            {
              kind: reversal,
              ordinal: "1",
              money,
              // "O valor liquido (net_amount) sera debitado": of the amount that goes back the fee is given back to us.
              feeGivenBack: fee ?? 0,
              occurredAt
            }
          ],
    raw
  }
}

/** What SellxPay says about a payment by PIX. Its tax is deducted from what is delivered. */
export const payoutObservation = (
  transaction: Transaction,
  raw: unknown,
  readAt: DateTime.Utc
): PayoutObservation.PayoutObservation => {
  const status = payoutStatuses.get(transaction.status ?? "") ?? pending
  const money = { amount: transaction.amount, currency: brl }
  const fee = feeOf(transaction)
  const occurredAt = transaction.confirmed_at ?? readAt
  return {
    providerId: idOf(transaction),
    status,
    money,
    deliveries: moved(status) ? [{ kind: "delivery", ordinal: "1", money, fee, occurredAt }] : [],
    returns:
      transaction.status === "reversed"
        ? [
            {
              kind: "return",
              ordinal: "1",
              money: { amount: transaction.amount - (fee ?? 0), currency: brl },
              occurredAt
            }
          ]
        : [],
    endToEndId: null, // in notifications only
    raw
  }
}

/** What a transaction is: money that comes in, or a payment by PIX. Answers to creations do not say. */
export type Kind = "deposit" | "withdraw"

/** Whether a transaction is of that kind, or does not say what it is. */
export const isOf = ({ type }: Pick<Transaction, "type">, kind: Kind): boolean => (type ?? kind) === kind

/** A transaction as it was listed, and the JSON that said so. */
export interface Listed {
  readonly transaction: Transaction
  readonly raw: unknown
}

/** The one that was found under `externalId`: the oldest one where there are several. */
export const found = (listed: ReadonlyArray<Listed>, kind: Kind, externalId: string): Listed | undefined =>
  listed
    .filter(({ transaction }) => transaction.external_id === externalId && isOf(transaction, kind))
    .toSorted((a, b) => createdAt(a) - createdAt(b))[0]

const createdAt = ({ transaction: { created_at } }: Listed): number =>
  created_at === undefined || created_at === null ? Number.MAX_SAFE_INTEGER : DateTime.toEpochMillis(created_at)

// Errors

const decodeError = Schema.decodeUnknownOption(ErrorBody)

/** What an error says, fit for clients, and the document's code for it. */
export interface Refusal {
  readonly code: string
  readonly message: string
}

/**
 * What an error body tells: its message and the fields at fault. Null where it is no error body, or carries an id: then
 * something may exist, and nothing has been refused.
 */
export const refusal = (body: unknown): Refusal | null => {
  const error = Option.getOrUndefined(decodeError(body))
  if (error === undefined || (Predicate.hasProperty(body, "transaction_id") && body.transaction_id !== null)) {
    return null
  }
  const fields = Object.keys(error.errors ?? {})
  const told = error.message ?? error.error
  const message = Message.sanitized(fields.length === 0 ? told : `${told} (${fields.join(", ")})`)
  return { code: error.error, message: message === "" ? "The provider refused the request" : message }
}

// Notifications

const decodeNotification = Schema.decodeUnknownOption(Notification)

/**
 * Reads a notification: the transaction it names, a key that its repeats share, and the end-to-end id, which no answer shows.
 * None for anything that names none. Nothing in it is believed: the transaction is read again.
 */
export const notification = (body: Uint8Array): Option.Option<Provider.Notification> =>
  Option.flatMap(decodeNotification(Json.parseExact(new TextDecoder().decode(body))), ({ event, transaction }) => {
    const { confirmed_at, end2end, id, status } = transaction
    if (id === undefined || id === null) return Option.none()
    const charges = isOf(transaction, "deposit") ? [id] : []
    const payouts = isOf(transaction, "withdraw") ? [id] : []
    return charges.length + payouts.length === 0
      ? Option.none()
      : Option.some({
          dedupeKey: [event, id, status ?? "", confirmed_at ?? ""].join(":"),
          charges,
          payouts,
          ...(typeof end2end === "string" && status === "paid" ? { endToEndIds: { [id]: end2end } } : {})
        })
  })
