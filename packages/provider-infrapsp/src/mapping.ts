/**
 * Between core's words and InfraPSP's: pure functions without I/O. Amounts are centavos on both sides.
 */
import {
  Currency,
  Documents,
  type InvoiceRequest,
  Json,
  Message,
  type Observation,
  Pix,
  type Provider
} from "@salesos/core"
import { DateTime, Option, Predicate, Schema } from "effect"
import { type CreateTransaction, ErrorBody, Notification, type Payable, type Transaction } from "./Api.ts"

/** All amounts are in BRL: the document knows no other currency. */
export const brl = Currency.Currency.make("BRL")

// A charge request → "create a transaction"

/** Lengths that InfraPSP's published client types allow; only `payerRequest`'s is known from elsewhere too. */
const longest = { payerRequest: 140, personName: 50, companyName: 320, line1: 200, line2: 100, number: 20 }

const address = (
  from: NonNullable<InvoiceRequest.Customer["address"]>
): NonNullable<CreateTransaction["customer"]["address"]> => ({
  line1: Message.shortened(from.street, longest.line1),
  ...(from.complement === undefined ? {} : { line2: Message.shortened(from.complement, longest.line2) }),
  number: Message.shortened(from.number, longest.number),
  neighborhood: from.district,
  zipCode: from.zip_code,
  state: from.state,
  country: "Brasil",
  ibgeCode: from.city_ibge
})

const customer = (from: InvoiceRequest.Customer): CreateTransaction["customer"] => {
  const type = from.document === undefined ? undefined : Documents.kindOf(from.document)
  return {
    // A person has no company name there; a company has both names.
    ...(type === "cnpj" ? { companyName: Message.shortened(from.name, longest.companyName) } : {}),
    personName: Message.shortened(from.name, longest.personName),
    ...(from.document === undefined || type === undefined ? {} : { documentType: type, documentNumber: from.document }),
    gender: "unknown",
    phones: from.phone === undefined ? [] : [from.phone],
    ...(from.address === undefined ? {} : { address: address(from.address) }),
    email: from.email
  }
}

/** The body of "create a transaction": one item of the whole amount, nothing to ship, and everything for the merchant. */
export const createTransaction = (
  account: Pick<Provider.ProviderAccount, "notificationUrl">,
  request: Provider.ChargeRequest
): CreateTransaction => {
  const { amount } = request.money
  const description = Message.shortened(request.description, longest.payerRequest)
  const to = customer(request.customer)
  return {
    method: "pix",
    methodSettings: { expiresIn: request.expiresIn, additionalInfo: [], payerRequest: description },
    items: [{ description, amount, quantity: 1, category: "invoice", code: request.reference }],
    shipping: {
      amount: 0,
      ...(to.address === undefined ? {} : { address: to.address }),
      description: "No shipping",
      recipientName: to.personName,
      recipientPhones: to.phones
    },
    notifyUrl: account.notificationUrl,
    externalId: request.reference,
    amount,
    customer: to,
    splits: null
  }
}

// A transaction and its payables → an observation

const open = { _tag: "open" } as const
const settled = { _tag: "settled" } as const
const ended = (reason: Observation.EndReason) => ({ _tag: "ended", reason }) as const

/** Every status of the document ("find many transactions"). Any other one is pending: never success, never failure. */
const statuses: ReadonlyMap<string, Observation.ChargeStatus> = new Map(
  Object.entries({
    created: open,
    waiting_payment: open,
    authorized: open,
    pre_authorized: open,
    under_review: open,
    paid: settled,
    failed: ended("refused"),
    expired: ended("expired"),
    canceled: ended("canceled"),
    // Paid once; that the money went back is a money fact of its own.
    refunded: settled,
    chargedback: settled
  })
)

/** A transaction's status in core's words. */
export const statusOf = ({ status }: Pick<Transaction, "status">): Observation.ChargeStatus =>
  statuses.get(status ?? "") ?? { _tag: "pending" }

/** Whether its money came in, so that there are payables to read. */
export const isPaid = (transaction: Pick<Transaction, "status">): boolean => statusOf(transaction)._tag === "settled"

/** When the history says that it took a status. */
const timeOf = ({ statusHistory }: Transaction, status: string): DateTime.Utc | undefined =>
  statusHistory?.find((entry) => entry.status === status && entry.createdAt)?.createdAt ?? undefined

/**
 * The moment of payment: `paidAt`, else when the history says so, else the last change. A payment is never dropped for
 * want of a time.
 */
const paidAt = (transaction: Transaction, readAt: DateTime.Utc): DateTime.Utc =>
  transaction.paidAt ?? timeOf(transaction, "paid") ?? transaction.updatedAt ?? readAt

/**
 * What the payables tell about a payment: the fee, null until there is one that credits the merchant, and the day on
 * which the last of the money is available. A canceled payable moves nothing, its fee included.
 */
const settlement = (transaction: Transaction, payables: ReadonlyArray<Payable>) => {
  const credits = payables.filter(
    (each) => each.type === "credit" && (each.transactionId ?? transaction.id) === transaction.id
  )
  const standing = credits.filter((each) => each.status !== "canceled")
  const days = standing.flatMap(({ paymentDate }) =>
    paymentDate === undefined || paymentDate === null ? [] : [DateTime.formatIsoDateUtc(paymentDate)]
  )
  return {
    fee: credits.length === 0 ? null : standing.reduce((sum, each) => sum + each.fee, 0),
    availableOn: days.toSorted().at(-1) ?? null
  }
}

const isBrCode = Schema.is(Pix.BrCode)

/** A string that no bank would read is no artifact, however well the answer decodes. */
const artifact = ({ methodData }: Transaction): Observation.Artifact | null => {
  const code = methodData?.qrCode
  return isBrCode(code) ? { type: "pix", copyPaste: code } : null
}

/** What an answer was made of, as JSON. */
export interface Raw {
  readonly transaction: unknown
  /** Null where they were not read. */
  readonly payables: unknown
}

/**
 * What InfraPSP says about a charge. `payables` are those of the transaction, empty while unknown; `readAt` is when the
 * answer was read, for want of any other time.
 */
export const observation = (
  transaction: Transaction,
  payables: ReadonlyArray<Payable>,
  raw: Raw,
  readAt: DateTime.Utc
): Observation.ChargeObservation => {
  const money = { amount: transaction.amount, currency: brl }
  const payment = (): Observation.Payment => ({
    kind: "payment",
    ordinal: "1", // a transaction is paid once
    money,
    ...settlement(transaction, payables),
    occurredAt: paidAt(transaction, readAt),
    endToEndId: transaction.paidData?.endToEndId ?? null,
    payer: null // not in the document
  })
  const canceledAt = timeOf(transaction, "canceled")
  return {
    ...(canceledAt === undefined ? {} : { canceledAt }),
    providerId: transaction.id,
    status: statusOf(transaction),
    money,
    artifact: artifact(transaction),
    expiresAt: transaction.methodData?.expirationDate ?? null,
    payments: isPaid(transaction) ? [payment()] : [],
    raw: Json.withoutSecrets(raw)
  }
}

/** The transaction that was found under `externalId`: the oldest one where there are several. */
export const found = <A extends { readonly transaction: Transaction }>(
  listed: ReadonlyArray<A>,
  externalId: string
): A | undefined =>
  listed
    .filter(({ transaction }) => transaction.externalId === externalId)
    .toSorted((a, b) => createdAt(a.transaction) - createdAt(b.transaction))[0]

const createdAt = (transaction: Transaction): number =>
  transaction.createdAt === undefined || transaction.createdAt === null
    ? Number.MAX_SAFE_INTEGER
    : DateTime.toEpochMillis(transaction.createdAt)

// Errors

const decodeError = Schema.decodeUnknownOption(ErrorBody)

/**
 * What an error body tells, fit for clients: its message and the parameters at fault. Null where it is no error body, or
 * carries an id: then something may exist, and nothing has been refused.
 */
export const refusal = (body: unknown, secrets: ReadonlyArray<string> = []): string | null => {
  const error = Option.getOrUndefined(decodeError(body))
  if (error === undefined || (Predicate.hasProperty(body, "id") && body.id !== null)) return null
  const paths = (error.detail?.errors ?? []).flatMap(({ path }) => path ?? [])
  const told = error.message ?? error.code
  const message = Message.sanitized(paths.length === 0 ? told : `${told} (${paths.join(", ")})`, secrets)
  return message === "" ? "The provider refused the request" : message
}

// Notifications

const decodeNotification = Schema.decodeUnknownOption(Schema.fromJsonString(Notification))

/**
 * Reads a notification: the transaction it names, and a key that its repeats share. None for other events, and for
 * anything that cannot be read. Nothing in it is believed: the transaction is read again.
 */
export const notification = (body: Uint8Array): Option.Option<Provider.Notification> =>
  Option.flatMap(decodeNotification(new TextDecoder().decode(body)), ({ data, entityId, event, id }) => {
    const charge = entityId ?? data?.id ?? null
    if (event !== "transaction" || charge === null) return Option.none()
    return Option.some({
      dedupeKey: id ?? [event, charge, data?.status ?? "", data?.updatedAt ?? ""].join(":"),
      charges: [charge],
      payouts: []
    })
  })
