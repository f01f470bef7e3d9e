/**
 * Between core's words and the provider's: pure functions without I/O. Amounts are minor units on our side and decimals on
 * theirs, turned into each other by integer arithmetic and string formatting alone.
 */
import {
  ChargeAttempt,
  Currency,
  Documents,
  Json,
  Message,
  Money,
  type Observation,
  Pix,
  Provider
} from "@salesos/core"
import { DateTime, Option, Predicate, Result, Schema } from "effect"
import { type Bank, Callback, type Created, CreatePayment, type Payment } from "./Api.ts"

export const usd = Currency.Currency.make("USD")
/** What every payer pays in. */
export const brl = Currency.Currency.make("BRL")

// A charge request → "POST /v1/payment"

const isCpf = Schema.is(Documents.Cpf)
const isWhole = Schema.is(Money.MinorUnits)
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
  if (!isWhole(amount)) return refuse("The provider takes whole cents")
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

const centavos = (decimal: string): Option.Option<number> =>
  Option.map(Result.getSuccess(Money.fromDecimal(decimal, brl)), ({ amount }) => amount)

/** A rate as a fraction: `5.19` is 519 over 100. */
const fraction = (rate: string): readonly [numerator: bigint, denominator: bigint] => {
  const [whole = "", digits = ""] = rate.split(".")
  return [BigInt(whole + digits), 10n ** BigInt(digits.length)]
}

/**
 * The amount that an answer's price is of. The answer does not tell it: it is what was asked, where converting that at the
 * answer's rate gives the price with or without fees, but for parts of a centavo; else what the price without fees converts back to.
 */
const amountOf = (asked: number, price: Pick<Price, "subtotal" | "total">, rate: string): number => {
  const [numerator, denominator] = fraction(rate)
  const isOf = (converted: number): boolean => {
    const difference = BigInt(converted) * denominator - BigInt(asked) * numerator
    return difference < denominator && difference > -denominator
  }
  return isOf(price.subtotal) || isOf(price.total)
    ? asked
    : Number((2n * BigInt(price.subtotal) * denominator + numerator) / (2n * numerator))
}

/** What the payer pays, in centavos. */
interface Price {
  readonly total: number
  readonly subtotal: number
  readonly fee: number
}

/** None where a total is no amount of centavos, or nothing is converted into something. */
const priceOf = ({ exchange, fee, subtotal, total }: Created["values"]): Option.Option<Price> =>
  Option.gen(function* () {
    const price = { total: yield* centavos(total), subtotal: yield* centavos(subtotal) }
    if (fraction(exchange)[0] === 0n) return yield* Option.none()
    // Where the fee itself has parts of a centavo, it is what the two totals differ by.
    const told = fee === undefined || fee === null ? Option.none() : centavos(fee)
    return { ...price, fee: Option.getOrElse(told, () => price.total - price.subtotal) }
  })

const isBrCode = Schema.is(Pix.BrCode)

/** `current account` or `saving account` by the document, and in its example the Brazilian words. */
const accountTypes: ReadonlyArray<readonly [RegExp, "current" | "savings"]> = [
  [/current|checking|corrente/i, "current"],
  [/saving|poupan/i, "savings"]
]

const bankTransfer = (bank: Bank): Observation.Artifact | null => {
  const { account, account_operation, agency, beneficiary, code, document, name } = bank
  const [, accountType] = accountTypes.find(([words]) => words.test(account_operation ?? "")) ?? []
  // A payer who lacks one of them can't pay.
  return name && code && agency && account && accountType && beneficiary && document
    ? {
        type: "bank_transfer",
        bankName: name,
        bankCode: code,
        agency,
        account,
        accountType,
        beneficiary,
        document
      }
    : null
}

/** What the payer pays with. A string that no bank would read is no artifact, however well the answer decodes. */
const artifactOf = (method: Provider.ChargeRequest["method"], { bank, pix }: Created): Observation.Artifact | null => {
  if (method === "bank_transfer") return bank === undefined || bank === null ? null : bankTransfer(bank)
  const copyPaste = [pix?.reference, pix?.qrcode].find(isBrCode)
  return copyPaste === undefined ? null : { type: "pix", copyPaste }
}

/** What was asked, and when: the answer tells little of it again. */
export interface Asked {
  readonly request: Pick<Provider.ChargeRequest, "money" | "method" | "expiresIn">
  readonly readAt: DateTime.Utc
}

/**
 * What the answer to a creation says, `raw` being its part that is kept; none where it tells no price. The answer tells no expiry: it is counted from when
 * the answer was read, which is never too early.
 */
export const created = (
  answer: Created,
  { readAt, request }: Asked,
  raw: unknown
): Option.Option<Observation.ChargeObservation> =>
  Option.map(priceOf(answer.values), (price) => {
    const { currency } = request.money
    const rate = answer.values.exchange
    const money = { amount: amountOf(request.money.amount, price, rate), currency }
    const status = statusOf(answer.status)
    return {
      providerId: answer.id,
      status,
      money,
      artifact: artifactOf(request.method, answer),
      expiresAt: request.method === "pix" ? DateTime.add(readAt, { seconds: request.expiresIn }) : null,
      ...(currency === brl
        ? {}
        : { exchange: { rate, payer: { amount: price.total, currency: brl }, payerFee: price.fee } }),
      payments: paymentsOf(status, money, readAt),
      raw
    }
  })

// A payment that is read → an observation, or a line of the statement

/** What a payment is of; none where that is no exact amount. */
const moneyOf = ({ amount, currency }: Payment): Option.Option<Money.Money> =>
  Option.filter(Result.getSuccess(Money.fromDecimal(amount, currency)), (money) => money.amount > 0)

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
 * What an error body without secrets tells, fit for clients: all that stands under `message`, `error` and `errors`, for the document does
 * not describe one. Null where nothing does, or it carries an id: then something may exist, and nothing has been refused.
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
