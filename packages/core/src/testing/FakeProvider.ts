/**
 * A payment provider in memory, with books of its own. It never recognizes a reference that it has seen: whoever sends a
 * charge twice has charged twice. What it answers next can be scripted, also that it does not.
 */
import { Clock, DateTime, Duration, Effect, Option, Redacted, Ref, Result, Schema, Stream } from "effect"
import { Base64 } from "effect/encoding"
import type { ProviderReference } from "../models/ChargeAttempt.ts"
import type { Leg } from "../models/InvoiceRequest.ts"
import type { Artifact, ChargeObservation, ChargeStatus, EndReason, Payment, Reversal } from "../models/Observation.ts"
import {
  type Capability,
  type ChargeCapability,
  type ChargeRequest,
  type Driver,
  type Facts,
  type ProviderAccount,
  type ProviderStatementLine,
  Rejected,
  Unavailable,
  Unknown
} from "../ports/Provider.ts"
import * as Boleto from "../values/Boleto.ts"
import { CalendarDate } from "../values/BusinessCalendar.ts"
import type { Money } from "../values/Money.ts"
import { BrCode } from "../values/Pix.ts"
import * as Samples from "./Samples.ts"
import * as Script from "./Script.ts"

/** A charge in the provider's books. */
export interface Charge {
  readonly id: string
  /** Whose it is, told by {@link accountKey}. */
  readonly account: string
  readonly reference: ProviderReference
  readonly money: Money
  readonly method: Leg
  readonly dueDate: CalendarDate | null
  readonly status: ChargeStatus
  /** The copy-paste text of the answer to the creation, right or not; null when there was none. */
  readonly copyPaste: string | null
  readonly expiresAt: DateTime.Utc
  readonly canceledAt: DateTime.Utc | null
  readonly payments: ReadonlyArray<Payment>
  readonly reversals: ReadonlyArray<Reversal>
  readonly createdAt: DateTime.Utc
}

/** How a charge that the provider makes is. */
export interface Made {
  /** `corrupted` has a wrong CRC. Valid unless given. */
  readonly artifact?: "valid" | "corrupted" | "none"
  readonly status?: ChargeStatus
  /** What the provider makes of the amount, if not what was asked for. */
  readonly money?: Money
  /** Paid by the time of the answer. */
  readonly paid?: boolean
}

/** What becomes of the next creation. */
export type Answer =
  | (Made & { readonly _tag: "Accept" })
  | { readonly _tag: "Reject"; readonly code?: string }
  | { readonly _tag: "Unavailable"; readonly account?: "credentials" }
  /** The request is lost on its way: nothing is made. */
  | { readonly _tag: "LoseRequest" }
  /** The charge is made, and the answer lost. */
  | (Made & { readonly _tag: "LoseAnswer" })
  /** No answer ever. The charge is made after so long, or never. */
  | (Made & { readonly _tag: "Hang"; readonly madeAfter?: Duration.Input })

/** What becomes of the next cancellation or refund. */
export type OperationAnswer = "answer" | "reject" | "unavailable" | "lose_request" | "lose_answer"

export type { LookupAnswer } from "./Script.ts"

export interface Books {
  /** Oldest first. */
  readonly charges: ReadonlyArray<Charge>
  /** The calls that were made, whatever became of them. */
  readonly calls: ReadonlyArray<
    | "createCharge"
    | "getCharge"
    | "findCharge"
    | "readCharges"
    | "cancelCharge"
    | "refundCharge"
    | "readStatement"
    | "readBalance"
  >
  /** What moved the balance besides the charges, by the provider's doing alone. */
  readonly others: ReadonlyArray<ProviderStatementLine & { readonly customer: string }>
}

export interface Options {
  /** `infrapsp` unless given. */
  readonly name?: string
  readonly capabilities?: ReadonlyArray<Capability>
  readonly facts?: Partial<Facts>
  /** Whether lookups show the artifact. They do unless told otherwise. */
  readonly lookupsShowArtifact?: boolean
  /** Whether it cancels charges and refunds payments. It does unless told otherwise. */
  readonly operates?: boolean
  /** How long after its making a charge is not yet found by its reference. */
  readonly visibleAfter?: Duration.Input
  /** Whether its statement shows our references. It does unless told otherwise. */
  readonly statementShowsReferences?: boolean
  /** How many charges it lists at once; it reads them one by one unless told. */
  readonly listsCharges?: number
}

export interface FakeProvider {
  readonly driver: Driver
  /** Scripts the next creations, in order. Without a script they are accepted. */
  readonly next: (...answers: ReadonlyArray<Answer>) => Effect.Effect<void>
  /** Scripts the next lookups, in order. */
  readonly nextLookups: (...answers: ReadonlyArray<Script.LookupAnswer>) => Effect.Effect<void>
  /** Scripts the next cancellations and refunds, in order. */
  readonly nextOperations: (...answers: ReadonlyArray<OperationAnswer>) => Effect.Effect<void>
  readonly books: Effect.Effect<Books>
  /** A payer pays, in full and now unless told otherwise. A charge may be paid in any state, and again. */
  readonly pay: (id: string, payment?: Partial<Payment>) => Effect.Effect<void>
  /** The charge expires, is refused or is canceled. */
  readonly end: (id: string, reason: EndReason) => Effect.Effect<void>
  /** Money of a charge goes back, or is won back: all of it unless told otherwise. */
  readonly reverse: (id: string, kind: Reversal["kind"], reversal?: Partial<Reversal>) => Effect.Effect<void>
  /** The fee becomes known of each payment of a charge that has none yet. */
  readonly tellFee: (id: string, fee: number) => Effect.Effect<void>
  /** The balance of an account moves by something that is no charge of ours: now, unless told. */
  readonly move: (
    account: ProviderAccount,
    line: Pick<ProviderStatementLine, "id" | "net"> & Partial<ProviderStatementLine>
  ) => Effect.Effect<void>
  /** What an account has moved by, in minor units. */
  readonly balance: (account: ProviderAccount) => Effect.Effect<number>
  /** Scripts the next readings of the statement, in order. */
  readonly nextStatements: (...answers: ReadonlyArray<Script.LookupAnswer>) => Effect.Effect<void>
}

/** Which of the provider's customers an account is: by its credentials, as at any provider. */
export const accountKey = (account: ProviderAccount): string => JSON.stringify(Redacted.value(account.credentials))

/** PIX in BRL from Brazil, R$ 1.00 to R$ 1,000,000.00. */
export const pix: ChargeCapability = {
  direction: "charge",
  country: "BR",
  currency: Samples.brl,
  method: "pix",
  limits: { minimum: 100, maximum: 100_000_000 },
  needs: [],
  maximumExpirySeconds: 24 * 3600,
  features: ["cancel", "refund", "lookup", "artifact_in_lookup"]
}

const facts: Facts = { lookup: { minimumAge: Duration.seconds(30), misses: 3 } }

const NotificationBody = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.String,
    charges: Schema.Array(Schema.String),
    endToEndIds: Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
  })
)
const readBody = Schema.decodeUnknownOption(NotificationBody)

const bytes = (body: unknown): Uint8Array => Result.getOrThrow(Base64.decode(Base64.encode(JSON.stringify(body))))

/** The body of a notification as this provider sends it; anyone can forge one. */
export const notification = (id: string, ...charges: ReadonlyArray<string>): Uint8Array => bytes({ id, charges })

/** The body of one that tells the end-to-end id of a charge's payment. */
export const identifying = (id: string, charge: string, endToEndId: string): Uint8Array =>
  bytes({ id, charges: [charge], endToEndIds: { [charge]: endToEndId } })

/** A charge's movements as lines of the statement. */
const linesOf = ({ id, payments, reference, reversals }: Charge): ReadonlyArray<ProviderStatementLine> => {
  const line = { kind: "charge" as const, providerId: id, reference }
  return [
    ...payments.map(({ fee, money, occurredAt, ordinal }) => ({
      ...line,
      id: `${id}-payment-${ordinal}`,
      at: occurredAt,
      currency: money.currency,
      net: money.amount - (fee ?? 0),
      fee: fee ?? 0
    })),
    ...reversals.map(({ feeGivenBack, kind, money, occurredAt, ordinal }) => ({
      ...line,
      id: `${id}-${kind}-${ordinal}`,
      at: occurredAt,
      currency: money.currency,
      net: kind === "chargeback_won" ? money.amount : feeGivenBack - money.amount,
      fee: 0
    }))
  ]
}

const corrupt = (text: string): string => `${text.slice(0, -1)}${text.endsWith("0") ? "1" : "0"}`

/** A boleto of a bank that does not exist, over what was asked for. */
const boletoOf = (money: Money, dueDate: CalendarDate | null): Artifact => {
  const freeField = "0".repeat(25)
  const { barcode, line } = Result.getOrThrow(Boleto.build({ bank: "999", dueDate, amount: money.amount, freeField }))
  return {
    type: "boleto",
    barcode,
    digitableLine: line,
    dueDate: dueDate ?? CalendarDate.make("2026-11-24"),
    pdfUrl: null
  }
}

/** What a driver makes of an answer: an artifact, if its check digits are right. */
const artifactOf = ({ copyPaste, dueDate, id, method, money }: Charge): Artifact | null => {
  if (copyPaste === null) return null
  switch (method) {
    case "boleto":
      return boletoOf(money, dueDate)
    case "card":
      return { type: "card", checkoutUrl: `https://provider.example/pay/${id}` }
    default:
      return Option.match(Schema.decodeUnknownOption(BrCode)(copyPaste), {
        onNone: () => null,
        onSome: (code) => ({ type: "pix" as const, copyPaste: code })
      })
  }
}

const observed = (charge: Charge, showArtifact: boolean): ChargeObservation => ({
  providerId: charge.id,
  status: charge.status,
  money: charge.money,
  artifact: showArtifact ? artifactOf(charge) : null,
  expiresAt: charge.expiresAt,
  ...(charge.canceledAt === null ? {} : { canceledAt: charge.canceledAt }),
  payments: charge.payments,
  reversals: charge.reversals,
  raw: { id: charge.id, reference: charge.reference, status: charge.status._tag }
})

/** Opens a provider with empty books. */
export const make = Effect.fnUntraced(function* (options: Options = {}) {
  const name = options.name ?? "infrapsp"
  const showArtifact = options.lookupsShowArtifact ?? true
  const visibleAfter = Duration.toMillis(options.visibleAfter ?? 0)
  const books = yield* Ref.make<Books>({ charges: [], calls: [], others: [] })
  const creations = yield* Script.make<Answer>({ _tag: "Accept" })
  const operations = yield* Script.make<OperationAnswer>("answer")
  const lookups = yield* Script.make<Script.LookupAnswer>("answer")
  const statements = yield* Script.make<Script.LookupAnswer>("answer")

  const called = (call: Books["calls"][number]) => Ref.update(books, (all) => ({ ...all, calls: [...all.calls, call] }))

  const paymentOf = (charge: Charge, occurredAt: DateTime.Utc, changes: Partial<Payment> = {}): Payment => ({
    ...Samples.payment({ money: charge.money, ordinal: `${charge.payments.length + 1}`, occurredAt }),
    ...changes
  })

  const enter = (account: ProviderAccount, request: ChargeRequest, made: Made) =>
    Effect.flatMap(DateTime.now, (createdAt) =>
      Ref.modify(books, (all) => {
        const id = `${name}-${all.charges.length + 1}`
        const valid = Samples.copyPaste(id)
        const artifact = made.artifact ?? "valid"
        const charge: Charge = {
          id,
          account: accountKey(account),
          reference: request.reference,
          money: made.money ?? request.money,
          method: request.method,
          dueDate: request.dueDate ?? null,
          status: made.status ?? { _tag: "open" },
          copyPaste: artifact === "none" ? null : artifact === "corrupted" ? corrupt(valid) : valid,
          expiresAt: DateTime.add(createdAt, { seconds: request.expiresIn }),
          canceledAt: null,
          payments: [],
          reversals: [],
          createdAt
        }
        const entered: Charge =
          made.paid === true
            ? { ...charge, status: { _tag: "settled" }, payments: [paymentOf(charge, createdAt)] }
            : charge
        return [entered, { ...all, charges: [...all.charges, entered] }] as const
      })
    )

  const change = (id: string, by: (charge: Charge) => Charge) =>
    Ref.update(books, (all) => ({ ...all, charges: all.charges.map((each) => (each.id === id ? by(each) : each)) }))

  const answered = Script.answered(lookups)

  const createCharge: Driver["createCharge"] = Effect.fnUntraced(function* (account, request) {
    yield* called("createCharge")
    // Like the network: without it concurrent senders would never meet.
    yield* Effect.yieldNow
    const answer = yield* creations.next
    switch (answer._tag) {
      case "Accept":
        return observed(yield* enter(account, request, answer), true)
      case "Reject":
        return yield* new Rejected({
          message: "The charge was refused",
          ...(answer.code === undefined ? {} : { code: answer.code })
        })
      case "Unavailable": {
        const { account: refused } = answer
        const message = refused === undefined ? "Too many requests" : "The account is refused"
        return yield* new Unavailable({ message, ...(refused === undefined ? {} : { account: refused }) })
      }
      case "LoseRequest":
        return yield* new Unknown({ message: "Connection reset" })
      case "LoseAnswer":
        yield* enter(account, request, answer)
        return yield* new Unknown({ message: "Connection reset" })
      case "Hang": {
        const { madeAfter } = answer
        // The request is on its way, whatever becomes of the caller.
        if (madeAfter !== undefined) {
          yield* enter(account, request, answer).pipe(Effect.delay(madeAfter), Effect.forkDetach)
        }
        return yield* Effect.never
      }
    }
  })

  const reversed =
    (kind: Reversal["kind"], occurredAt: DateTime.Utc, changes: Partial<Reversal> = {}) =>
    (charge: Charge): Charge => ({
      ...charge,
      reversals: [
        ...charge.reversals,
        {
          kind,
          ordinal: `${charge.reversals.length + 1}`,
          money: charge.money,
          feeGivenBack: 0,
          occurredAt,
          ...changes
        }
      ]
    })

  const ended =
    (reason: EndReason, now: DateTime.Utc) =>
    (charge: Charge): Charge => ({
      ...charge,
      status: { _tag: "ended", reason },
      canceledAt: charge.canceledAt ?? (reason === "canceled" ? now : null)
    })

  /** Something asked about a charge that is there: done where it can be, and answered as scripted. */
  const operate = (
    call: "cancelCharge" | "refundCharge",
    can: (charge: Charge) => boolean,
    by: (now: DateTime.Utc) => (charge: Charge) => Charge
  ): NonNullable<Driver["cancelCharge"]> =>
    Effect.fnUntraced(function* (account, id) {
      yield* called(call)
      yield* Effect.yieldNow
      const answer = yield* operations.next
      if (answer === "unavailable") return yield* new Unavailable({ message: "Too many requests" })
      if (answer === "lose_request") return yield* new Unknown({ message: "Connection reset" })
      const mine = (charge: Charge) => charge.id === id && charge.account === accountKey(account)
      const found = (yield* Ref.get(books)).charges.find(mine)
      if (answer === "reject" || found === undefined || !can(found)) {
        return yield* new Rejected({ message: "The charge does not allow that" })
      }
      const after = by(yield* DateTime.now)(found)
      yield* change(id, () => after)
      return answer === "lose_answer"
        ? yield* new Unknown({ message: "Connection reset" })
        : observed(after, showArtifact)
    })

  const operators =
    options.operates === false
      ? {}
      : {
          cancelCharge: operate(
            "cancelCharge",
            ({ payments, status }) => payments.length === 0 && status._tag !== "settled",
            (now) => ended("canceled", now)
          ),
          refundCharge: operate(
            "refundCharge",
            ({ payments, reversals }) => payments.length > 0 && reversals.length === 0,
            (now) => reversed("refund", now)
          )
        }

  const statementOf = (account: ProviderAccount) =>
    Effect.map(Ref.get(books), ({ charges, others }) => [
      ...charges
        .filter((charge) => charge.account === accountKey(account))
        .flatMap(linesOf)
        .map((line) => (options.statementShowsReferences === false ? { ...line, reference: null } : line)),
      ...others.filter(({ customer }) => customer === accountKey(account)).map(({ customer: _, ...line }) => line)
    ])

  const balance = (account: ProviderAccount) =>
    Effect.map(statementOf(account), (lines) => lines.reduce((sum, { net }) => sum + net, 0))

  const { listsCharges } = options
  const lister: Pick<Driver, "readCharges"> =
    listsCharges === undefined
      ? {}
      : {
          readCharges: Effect.fnUntraced(function* (account, wanted) {
            yield* called("readCharges")
            yield* answered
            const ids = new Set(wanted.map(({ providerId }) => providerId))
            return (yield* Ref.get(books)).charges
              .filter((each) => each.account === accountKey(account))
              .slice(-listsCharges)
              .filter(({ id }) => ids.has(id))
              .map((charge) => observed(charge, showArtifact))
          })
        }

  const driver: Driver = {
    ...operators,
    ...lister,
    readStatement: (account, { from, to }) =>
      Stream.fromIterableEffect(
        Effect.gen(function* () {
          yield* called("readStatement")
          yield* Script.answered(statements)
          const lines = yield* statementOf(account)
          return lines.filter(({ at }) => DateTime.isGreaterThanOrEqualTo(at, from) && DateTime.isLessThan(at, to))
        })
      ),
    readBalance: Effect.fnUntraced(function* (account) {
      yield* called("readBalance")
      return [{ currency: Samples.brl, available: yield* balance(account), waitingFunds: null }]
    }),
    name,
    status: "alpha",
    capabilities: options.capabilities ?? [pix],
    facts: { ...facts, ...options.facts },
    createCharge,
    getCharge: Effect.fnUntraced(function* (account, id) {
      yield* called("getCharge")
      yield* answered
      const found = (yield* Ref.get(books)).charges.find(
        (each) => each.id === id && each.account === accountKey(account)
      )
      return found === undefined ? yield* new Rejected({ message: "No such charge" }) : observed(found, showArtifact)
    }),
    findCharge: Effect.fnUntraced(function* (account, reference) {
      yield* called("findCharge")
      yield* answered
      const now = yield* Clock.currentTimeMillis
      const found = (yield* Ref.get(books)).charges.find(
        (each) =>
          each.reference === reference &&
          each.account === accountKey(account) &&
          DateTime.toEpochMillis(each.createdAt) + visibleAfter <= now
      )
      return Option.map(Option.fromNullishOr(found), (charge) => observed(charge, showArtifact))
    }),
    readNotification: (_account, _headers, body) =>
      Effect.sync(() =>
        Option.flatMap(Result.getSuccess(Base64.decodeString(Base64.encode(body))), readBody).pipe(
          Option.map(({ charges, endToEndIds = {}, id }) => ({ dedupeKey: id, charges, payouts: [], endToEndIds }))
        )
      )
  }

  return {
    driver,
    next: creations.add,
    nextLookups: lookups.add,
    nextOperations: operations.add,
    nextStatements: statements.add,
    balance,
    move: (account, line) =>
      Effect.flatMap(DateTime.now, (at) =>
        Ref.update(books, (all) => ({
          ...all,
          others: [
            ...all.others,
            {
              at,
              currency: Samples.brl,
              fee: 0,
              kind: "other" as const,
              providerId: null,
              reference: null,
              ...line,
              customer: accountKey(account)
            }
          ]
        }))
      ),
    books: Ref.get(books),
    pay: (id, payment) =>
      Effect.flatMap(DateTime.now, (now) =>
        change(id, (charge) => ({
          ...charge,
          status: { _tag: "settled" },
          payments: [...charge.payments, paymentOf(charge, now, payment)]
        }))
      ),
    end: (id, reason) => Effect.flatMap(DateTime.now, (now) => change(id, ended(reason, now))),
    reverse: (id, kind, reversal) => Effect.flatMap(DateTime.now, (now) => change(id, reversed(kind, now, reversal))),
    tellFee: (id, fee) =>
      change(id, (charge) => ({
        ...charge,
        payments: charge.payments.map((payment) => ({ ...payment, fee: payment.fee ?? fee }))
      }))
  } satisfies FakeProvider as FakeProvider
})
