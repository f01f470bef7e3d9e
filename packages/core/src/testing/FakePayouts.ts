/**
 * A provider in memory that pays, with books of its own. It never recognizes a reference that it has seen: whoever sends a
 * transfer twice has paid twice. What it answers next can be scripted, also that it does not.
 */
import { Clock, DateTime, Duration, Effect, Option, Ref, Result, Schema } from "effect"
import { Base64 } from "effect/encoding"
import type { ProviderReference } from "../models/ChargeAttempt.ts"
import type { FeeMode } from "../models/PayoutAttempt.ts"
import type { PayoutDelivery, PayoutObservation, PayoutReturn, PayoutStatus } from "../models/PayoutObservation.ts"
import {
  type Driver,
  type PayoutCapability,
  type PayoutDriver,
  type PayoutOrder,
  type ProviderAccount,
  Rejected,
  Unavailable,
  Unknown
} from "../ports/Provider.ts"
import type { Money } from "../values/Money.ts"
import * as FakeProvider from "./FakeProvider.ts"
import * as PayoutSamples from "./PayoutSamples.ts"
import * as Samples from "./Samples.ts"
import * as Script from "./Script.ts"

/** A transfer in the provider's books. */
export interface Transfer {
  readonly id: string
  /** Whose it is, told by `FakeProvider.accountKey`. */
  readonly account: string
  readonly reference: ProviderReference
  readonly money: Money
  readonly status: PayoutStatus
  readonly deliveries: ReadonlyArray<PayoutDelivery>
  readonly returns: ReadonlyArray<PayoutReturn>
  readonly createdAt: DateTime.Utc
}

/** How a transfer that the provider makes is. */
export interface Made {
  readonly status?: PayoutStatus
  /** What the provider makes of the amount, if not what was asked for. */
  readonly money?: Money
  /** Delivered by the time of the answer. */
  readonly delivered?: boolean
}

/** What becomes of the next creation. */
export type Answer =
  | (Made & { readonly _tag: "Accept" })
  | { readonly _tag: "Reject"; readonly code?: string }
  /** Refused as a whole where `account` says what. */
  | { readonly _tag: "Unavailable"; readonly account?: "credentials" | "payouts" }
  /** The request is lost on its way: nothing is made. */
  | { readonly _tag: "LoseRequest" }
  /** The transfer is made, and the answer lost. */
  | (Made & { readonly _tag: "LoseAnswer" })
  /** No answer ever. The transfer is made after so long, or never. */
  | (Made & { readonly _tag: "Hang"; readonly madeAfter?: Duration.Input })

/** What becomes of the next cancellation. */
export type CancelAnswer = "answer" | "reject" | "unavailable" | "lose_request" | "lose_answer"

export interface Books {
  /** Oldest first. */
  readonly transfers: ReadonlyArray<Transfer>
  /** The calls that were made, whatever became of them. */
  readonly calls: ReadonlyArray<"createPayout" | "getPayout" | "findPayout" | "cancelPayout">
}

export interface Options {
  /** `sellxpay` unless given. */
  readonly name?: string
  readonly capabilities?: ReadonlyArray<PayoutCapability>
  readonly feeMode?: FeeMode
  /** How long after its making a transfer is not yet found by its reference. */
  readonly visibleAfter?: Duration.Input
}

export interface FakePayouts {
  readonly driver: Driver
  readonly feeMode: FeeMode
  /** Scripts the next creations, in order. Without a script they are accepted. */
  readonly next: (...answers: ReadonlyArray<Answer>) => Effect.Effect<void>
  /** Scripts the next lookups, in order. */
  readonly nextLookups: (...answers: ReadonlyArray<Script.LookupAnswer>) => Effect.Effect<void>
  /** Scripts the next cancellations, in order. */
  readonly nextCancels: (...answers: ReadonlyArray<CancelAnswer>) => Effect.Effect<void>
  readonly books: Effect.Effect<Books>
  /** The beneficiary gets the money, in full and now unless told otherwise. */
  readonly deliver: (id: string, delivery?: Partial<PayoutDelivery>) => Effect.Effect<void>
  /** The money comes back, what was delivered unless told otherwise. */
  readonly giveBack: (id: string, amount?: number) => Effect.Effect<void>
  readonly setStatus: (id: string, status: PayoutStatus) => Effect.Effect<void>
  /** The fee becomes known of each delivery that has none yet. */
  readonly tellFee: (id: string, fee: number) => Effect.Effect<void>
}

/** PIX in BRL, R$ 1.00 to R$ 1,000,000.00. */
export const pix: PayoutCapability = {
  direction: "payout",
  country: "BR",
  currency: Samples.brl,
  method: "pix",
  limits: { minimum: 100, maximum: 100_000_000 },
  features: ["lookup"]
}

/** Transfers to Portugal, which wait for their funds and can be canceled until then. */
export const abroad: PayoutCapability = {
  ...pix,
  country: "PT",
  method: "bank_transfer",
  features: ["lookup", "cancel"]
}

const NotificationBody = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.String,
    payouts: Schema.Array(Schema.String),
    endToEndIds: Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
  })
)
const readBody = Schema.decodeUnknownOption(NotificationBody)

const bytes = (body: unknown): Uint8Array => Result.getOrThrow(Base64.decode(Base64.encode(JSON.stringify(body))))

/** The body of a notification as this provider sends it; anyone can forge one. */
export const notification = (id: string, ...payouts: ReadonlyArray<string>): Uint8Array => bytes({ id, payouts })

/** The body of one that tells the end-to-end id of a payout's delivery. */
export const identifying = (id: string, payout: string, endToEndId: string): Uint8Array =>
  bytes({ id, payouts: [payout], endToEndIds: { [payout]: endToEndId } })

const observed = ({ deliveries, id, money, reference, returns, status }: Transfer): PayoutObservation => ({
  providerId: id,
  status,
  money,
  deliveries,
  returns,
  endToEndId: null,
  raw: { id, reference, status: status._tag }
})

/** Opens a provider with empty books. */
export const make = Effect.fnUntraced(function* (options: Options = {}) {
  const name = options.name ?? "sellxpay"
  const feeMode = options.feeMode ?? "deducted"
  const visibleAfter = Duration.toMillis(options.visibleAfter ?? 0)
  const { driver: charges } = yield* FakeProvider.make({ name, capabilities: [] })
  const books = yield* Ref.make<Books>({ transfers: [], calls: [] })
  const creations = yield* Script.make<Answer>({ _tag: "Accept" })
  const lookups = yield* Script.make<Script.LookupAnswer>("answer")
  const cancels = yield* Script.make<CancelAnswer>("answer")

  const called = (call: Books["calls"][number]) => Ref.update(books, (all) => ({ ...all, calls: [...all.calls, call] }))

  const enter = (account: ProviderAccount, { money, reference }: PayoutOrder, made: Made) =>
    Effect.flatMap(DateTime.now, (createdAt) =>
      Ref.modify(books, (all) => {
        const transfer: Transfer = {
          id: `${name}-po-${all.transfers.length + 1}`,
          account: FakeProvider.accountKey(account),
          reference,
          money: made.money ?? money,
          status: made.delivered === true ? { _tag: "settled" } : (made.status ?? { _tag: "pending" }),
          deliveries:
            made.delivered === true
              ? [PayoutSamples.delivery({ money: made.money ?? money, occurredAt: createdAt })]
              : [],
          returns: [],
          createdAt
        }
        return [transfer, { ...all, transfers: [...all.transfers, transfer] }] as const
      })
    )

  const change = (id: string, by: (transfer: Transfer) => Transfer) =>
    Ref.update(books, (all) => ({ ...all, transfers: all.transfers.map((each) => (each.id === id ? by(each) : each)) }))

  const own = (account: ProviderAccount, is: (transfer: Transfer) => boolean) =>
    Effect.map(Ref.get(books), ({ transfers }) =>
      transfers.find((each) => each.account === FakeProvider.accountKey(account) && is(each))
    )

  const answered = Script.answered(lookups)

  const payouts: PayoutDriver = {
    create: Effect.fnUntraced(function* (account, order) {
      yield* called("createPayout")
      // Like the network: without it concurrent senders would never meet.
      yield* Effect.yieldNow
      const answer = yield* creations.next
      switch (answer._tag) {
        case "Accept":
          return observed(yield* enter(account, order, answer))
        case "Reject": {
          const { code } = answer
          return yield* new Rejected({ message: "The payout was refused", ...(code === undefined ? {} : { code }) })
        }
        case "Unavailable": {
          const { account: refused } = answer
          const message = refused === undefined ? "Too many requests" : `The account's ${refused} are refused`
          return yield* new Unavailable({ message, ...(refused === undefined ? {} : { account: refused }) })
        }
        case "LoseRequest":
          return yield* new Unknown({ message: "Connection reset" })
        case "LoseAnswer":
          yield* enter(account, order, answer)
          return yield* new Unknown({ message: "Connection reset" })
        case "Hang": {
          const { madeAfter } = answer
          // The request is on its way, whatever becomes of the caller.
          if (madeAfter !== undefined) {
            yield* enter(account, order, answer).pipe(Effect.delay(madeAfter), Effect.forkDetach)
          }
          return yield* Effect.never
        }
      }
    }),
    get: Effect.fnUntraced(function* (account, id) {
      yield* called("getPayout")
      yield* answered
      const found = yield* own(account, (each) => each.id === id)
      return found === undefined ? yield* new Rejected({ message: "No such payout" }) : observed(found)
    }),
    find: Effect.fnUntraced(function* (account, reference) {
      yield* called("findPayout")
      yield* answered
      const now = yield* Clock.currentTimeMillis
      const isVisible = ({ createdAt }: Transfer) => DateTime.toEpochMillis(createdAt) + visibleAfter <= now
      const found = yield* own(account, (each) => each.reference === reference && isVisible(each))
      return Option.map(Option.fromNullishOr(found), observed)
    }),
    cancel: Effect.fnUntraced(function* (account, id) {
      yield* called("cancelPayout")
      const answer = yield* cancels.next
      if (answer === "unavailable") return yield* new Unavailable({ message: "Too many requests" })
      if (answer === "lose_request") return yield* new Unknown({ message: "Connection reset" })
      if (answer === "reject") return yield* new Rejected({ message: "The payout can't be taken back" })
      yield* change(id, (transfer) =>
        transfer.status._tag === "waiting_funds"
          ? { ...transfer, status: { _tag: "ended", reason: "canceled" } }
          : transfer
      )
      if (answer === "lose_answer") return yield* new Unknown({ message: "Connection reset" })
      const found = yield* own(account, (each) => each.id === id)
      return found === undefined ? yield* new Rejected({ message: "No such payout" }) : observed(found)
    })
  }

  const driver: Driver = {
    ...charges,
    capabilities: options.capabilities ?? [pix],
    facts: { ...charges.facts, payoutFee: feeMode },
    payouts,
    readNotification: (_account, _headers, body) =>
      Effect.sync(() =>
        Option.flatMap(Result.getSuccess(Base64.decodeString(Base64.encode(body))), readBody).pipe(
          Option.map(({ endToEndIds = {}, id, payouts }) => ({ dedupeKey: id, charges: [], payouts, endToEndIds }))
        )
      )
  }

  return {
    driver,
    feeMode,
    next: creations.add,
    nextLookups: lookups.add,
    nextCancels: cancels.add,
    books: Ref.get(books),
    deliver: (id, delivery) =>
      Effect.flatMap(DateTime.now, (occurredAt) =>
        change(id, (transfer) => ({
          ...transfer,
          status: { _tag: "settled" },
          deliveries: [PayoutSamples.delivery({ money: transfer.money, occurredAt, ...delivery })]
        }))
      ),
    giveBack: (id, amount) =>
      Effect.flatMap(DateTime.now, (occurredAt) =>
        change(id, (transfer) => {
          const back =
            amount ?? transfer.money.amount - (feeMode === "deducted" ? (transfer.deliveries[0]?.fee ?? 0) : 0)
          const ordinal = `${transfer.returns.length + 1}`
          const money = { ...transfer.money, amount: back }
          return { ...transfer, returns: [...transfer.returns, PayoutSamples.returned({ ordinal, money, occurredAt })] }
        })
      ),
    setStatus: (id, status) => change(id, (transfer) => ({ ...transfer, status })),
    tellFee: (id, fee) =>
      change(id, (transfer) => ({
        ...transfer,
        deliveries: transfer.deliveries.map((each) => ({ ...each, fee: each.fee ?? fee }))
      }))
  } satisfies FakePayouts as FakePayouts
})
