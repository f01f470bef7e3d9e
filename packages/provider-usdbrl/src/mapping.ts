/**
 * Between core's words and the provider's: pure functions without I/O. Amounts are minor units on our side and decimals on
 * theirs, turned into each other by integer arithmetic and string formatting alone.
 */
import { ChargeAttempt, Documents, Json, Message, Money, type Observation, Provider } from "@salesos/core"
import { DateTime, Option, Predicate, Result, Schema } from "effect"
import { Callback, type Created, CreatePayment, type Payment } from "./Api.ts"
import { artifactOf } from "./artifact.ts"
import { amountOf, brl, priceOf } from "./price.ts"

// A charge request → "POST /v1/payment"

const isCpf = Schema.is(Documents.Cpf)
const isAmount = Schema.is(Money.Amount)
const isPayment = Schema.is(CreatePayment)

const refuse = (message: string) => Result.fail(new Provider.Rejected({ message }))

/**
 * The body of a creation for a charge that the driver declares. `customerId` is the payer's id with us. Fails where the
 * provider would refuse it: `Rejected` for what the payer is, `Unavailable` for what the account is.
 */
export const createPayment = (
  account: Pick<Provider.ProviderAccount, "notificationUrl">,
  request: Provider.ChargeRequest,
  customerId: string
): Result.Result<CreatePayment, Provider.Rejected | Provider.Unavailable> => {
  const { document, email, name } = request.customer
  const { amount, currency } = request.money
  if (!isAmount(amount)) return refuse("The provider takes a positive amount in whole cents")
  if (document === undefined || !isCpf(document)) return refuse("The provider takes payments of people only: a CPF")
  if (name.length < 3) return refuse("The provider takes names of at least 3 characters")
  const { length } = account.notificationUrl
  if (length < 30 || length > 250) {
    return Result.fail(
      new Provider.Unavailable({ message: "The account's notification URL has not 30 to 250 characters" })
    )
  }
  const payment = {
    customer_id: customerId,
    name: Message.shortened(name, 150),
    email,
    document,
    amount: Money.toDecimal({ amount, currency }),
    currency,
    payment_method: request.method,
    callback: account.notificationUrl,
    transaction: { id: request.reference },
    ...(request.method === "pix" ? { pix: { expire_in: request.expiresIn } } : {})
  }
  return isPayment(payment)
    ? Result.succeed(payment)
    : Result.fail(new Provider.Unavailable({ message: "The request could not be built" }))
}

/** JSON with the amount as a number of exactly its digits. */
export const encode = (payment: CreatePayment): string =>
  JSON.stringify({ ...payment, amount: Json.exactNumber(payment.amount) })

// Statuses

const pending = { _tag: "pending" } as const
const ended = (reason: Observation.EndReason) => ({ _tag: "ended", reason }) as const

/** "These are our statuses". Any other one is pending: never success, never failure. */
const statuses: ReadonlyMap<string, Observation.ChargeStatus> = new Map<string, Observation.ChargeStatus>([
  ["pending", { _tag: "open" }],
  ["paid", { _tag: "settled" }],
  ["denied", ended("refused")],
  ["expired", ended("expired")]
])

const statusOf = (status: string | null | undefined): Observation.ChargeStatus => statuses.get(status ?? "") ?? pending

/**
 * The payment of a charge that is settled. The provider credits the amount in the currency that was asked for and tells no
 * fee but the payer's, so that ours is none.
 */
const paymentsOf = (
  status: Observation.ChargeStatus,
  money: Money.Money,
  occurredAt: DateTime.Utc
): ReadonlyArray<Observation.Payment> =>
  status._tag === "settled"
    ? [
        {
          kind: "payment",
          ordinal: "1", // a payment is paid once
          money,
          fee: 0,
          occurredAt,
          availableOn: null,
          endToEndId: null,
          payer: null
        }
      ]
    : []

// The answer to a creation → an observation

/** What was asked, and when: the answer tells little of it again. */
export interface Asked {
  readonly request: Pick<Provider.ChargeRequest, "money" | "method" | "expiresIn">
  readonly readAt: DateTime.Utc
}

/** What the answer to a creation says, `raw` being its part that is kept; none where it prices nothing. */
export const created = (
  answer: Created,
  { readAt, request }: Asked,
  raw: unknown
): Option.Option<Observation.ChargeObservation> =>
  Option.gen(function* () {
    const rate = answer.values.exchange
    const price = yield* priceOf(answer.values)
    const amount = amountOf(request.money.amount, price, rate)
    if (!isAmount(amount)) return yield* Option.none()
    const money = { amount, currency: request.money.currency }
    const status = statusOf(answer.status)
    return {
      providerId: answer.id,
      status,
      money,
      artifact: artifactOf(request.method, answer),
      // The answer tells no expiry: it is counted from when the answer was read, which is never too early.
      expiresAt: request.method === "pix" ? DateTime.add(readAt, { seconds: request.expiresIn }) : null,
      ...(money.currency === brl
        ? {}
        : { exchange: { rate, payer: { amount: price.total, currency: brl }, payerFee: price.fee } }),
      payments: paymentsOf(status, money, readAt),
      raw
    }
  })

// A payment that is read → an observation, or a line of the statement

/** What a payment is of; none where that is no exact amount. */
const moneyOf = ({ amount, currency }: Payment): Option.Option<Money.Money> =>
  Option.filter(Result.getSuccess(Money.fromDecimal(amount, currency)), (money) => isAmount(money.amount))

/**
 * What a payment that is read says; none where its amount is none. `updated_at` is when it got its status; `readAt` stands
 * for it where it is missing: a payment is never dropped for want of a time.
 */
export const observation = (
  payment: Payment,
  raw: unknown,
  readAt: DateTime.Utc
): Option.Option<Observation.ChargeObservation> =>
  Option.map(moneyOf(payment), (money) => {
    const status = statusOf(payment.status)
    return {
      providerId: payment.id,
      status,
      money,
      artifact: null, // never told again
      expiresAt: null,
      payments: paymentsOf(status, money, payment.updated_at ?? readAt),
      raw
    }
  })

/** The payment that was found under a transaction id: the oldest one where there are several. */
export const found = <A extends { readonly payment: Payment }>(
  listed: ReadonlyArray<A>,
  transactionId: string
): A | undefined =>
  listed
    .filter(({ payment }) => payment.transaction_id === transactionId)
    .toSorted((a, b) => createdAt(a.payment) - createdAt(b.payment))[0]

const createdAt = ({ created_at }: Payment): number =>
  created_at === undefined || created_at === null ? Number.MAX_SAFE_INTEGER : DateTime.toEpochMillis(created_at)

/** A payment as a movement of the balance; none while it is not paid, or where it does not say how much or when. */
export const statementLine = (payment: Payment): Option.Option<Provider.ProviderStatementLine> =>
  Option.gen(function* () {
    const money = yield* moneyOf(payment)
    const at = yield* Option.fromNullishOr(payment.updated_at)
    const reference = payment.transaction_id ?? null
    if (statusOf(payment.status)._tag !== "settled") return yield* Option.none()
    return {
      id: payment.id,
      at,
      currency: money.currency,
      net: money.amount,
      fee: 0,
      kind: "charge",
      providerId: payment.id,
      reference: reference === null ? null : ChargeAttempt.ProviderReference.make(reference)
    }
  })

// Errors

/** The texts within a value, not deeper than an error has any. */
const texts = (value: unknown, depth = 0): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  return depth < 4 && Predicate.isObjectOrArray(value)
    ? Object.values(value).flatMap((each) => texts(each, depth + 1))
    : []
}

/**
 * What an error body without secrets tells, fit for clients: all that stands under `message`, `error` and `errors`, for the
 * document does not describe one. Null where nothing does, or it carries an id: then something may exist, and nothing has
 * been refused.
 */
export const refusal = (body: unknown): string | null => {
  if (Predicate.hasProperty(body, "data") && Predicate.hasProperty(body.data, "id")) return null
  const told = (["message", "error", "errors"] as const).flatMap((key) =>
    Predicate.hasProperty(body, key) ? texts(body[key]) : []
  )
  if (told.length === 0) return null
  const message = Message.sanitized([...new Set(told)].join(", "))
  return message === "" ? "The provider refused the request" : message
}

// Callbacks

const decodeCallback = Schema.decodeUnknownOption(Callback)

/** What a callback is about. */
export interface Told {
  readonly charges: ReadonlyArray<string>
  /** The same for a repeat that tells nothing new. */
  readonly key: string
}

/** More than the provider puts into a page; what is beyond is found without a callback. */
const longest = 40

/**
 * Reads a callback: the payments it names. None for payouts, and for anything that cannot be read. Nothing in it is
 * believed: the payments are read again.
 */
export const callback = (body: unknown): Option.Option<Told> =>
  Option.flatMap(decodeCallback(body), ({ data }) => {
    const payments = data
      .slice(0, longest)
      .flatMap(({ id, payment_status, payout_status, status, type }) =>
        id === undefined || id === null || type === "payout" || payout_status !== undefined
          ? []
          : [{ id, status: payment_status ?? status ?? "" }]
      )
    return payments.length === 0
      ? Option.none()
      : Option.some({
          charges: [...new Set(payments.map(({ id }) => id))],
          key: payments.map(({ id, status }) => `${id}:${status}`).join(",")
        })
  })
