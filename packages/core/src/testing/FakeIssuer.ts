/**
 * An issuer of tax documents in memory, with an authority's books of its own. It never recognizes a reference that it has seen:
 * whoever sends a document twice has issued it twice. What it answers next can be scripted, also that it does not.
 */
import { Clock, DateTime, Duration, Effect, Option, Ref, Result } from "effect"
import { Base64 } from "effect/encoding"
import type { Type } from "../models/TaxDocument.ts"
import { type ProviderAccount, Rejected, Unavailable, Unknown } from "../ports/Provider.ts"
import type { Prepared, TaxIssuer, TaxObservation, TaxWish } from "../ports/TaxIssuer.ts"
import type { FieldError } from "../values/FieldError.ts"
import { accountKey } from "./FakeProvider.ts"
import * as Script from "./Script.ts"

/** A document in the authority's books. */
export interface Issued {
  /** Whose it is, told by `accountKey`. */
  readonly account: string
  readonly reference: string
  readonly documentNumber: string
  readonly accessKey: string
  readonly status: "issued" | "canceled"
  readonly issuedAt: DateTime.Utc
  readonly canceledAt: DateTime.Utc | null
  /** Why it was canceled. */
  readonly reason: string | null
}

/** What becomes of the next document that is sent. */
export type Answer =
  | "issue"
  | "reject"
  | "unavailable"
  /** The request is lost on its way: nothing is issued. */
  | "lose_request"
  /** The document is issued, and the answer lost. */
  | "lose_answer"
  /** No answer ever, and nothing is issued. */
  | "hang"
  /** No answer ever; the document is issued after so long. */
  | { readonly issuedAfter: Duration.Input }

/** What becomes of the next cancellation. */
export type CancelAnswer = "cancel" | "reject" | "window_over" | "unavailable" | "lose_request" | "lose_answer" | "hang"

export interface Books {
  /** Oldest first. */
  readonly documents: ReadonlyArray<Issued>
  /** What was sent, whatever became of it. */
  readonly sent: ReadonlyArray<Prepared & { readonly account: string }>
  /** The calls that were made, whatever became of them. */
  readonly calls: ReadonlyArray<"issue" | "find" | "cancel">
}

export interface Options {
  /** `nfse` unless given. */
  readonly name?: string
  /** NFS-e alone unless given. */
  readonly types?: ReadonlyArray<Type>
  /** What of a wish it could not issue; nothing unless given. */
  readonly check?: (wish: TaxWish) => ReadonlyArray<FieldError>
  /** How long after its issue a document is not yet found by its reference. */
  readonly visibleAfter?: Duration.Input
  /** After how many lookups in a row "not there" is believed; three unless given. */
  readonly misses?: number
}

export interface FakeIssuer {
  readonly issuer: TaxIssuer
  /** Scripts what becomes of the next documents that are sent, in order. Without a script they are issued. */
  readonly next: (...answers: ReadonlyArray<Answer>) => Effect.Effect<void>
  /** Scripts the next preparations, in order: whether a document can be made at all. */
  readonly nextPreparations: (...answers: ReadonlyArray<"prepare" | "reject">) => Effect.Effect<void>
  /** Scripts the next lookups, in order. */
  readonly nextLookups: (...answers: ReadonlyArray<Script.LookupAnswer>) => Effect.Effect<void>
  /** Scripts the next cancellations, in order. */
  readonly nextCancels: (...answers: ReadonlyArray<CancelAnswer>) => Effect.Effect<void>
  readonly books: Effect.Effect<Books>
}

const observed = (document: Issued): TaxObservation => {
  const { accessKey, canceledAt, documentNumber, issuedAt, reference, status } = document
  const content = `<NFSe chave="${accessKey}" numero="${documentNumber}" dps="${reference}"/>`
  return { accessKey, canceledAt, documentNumber, issuedAt, status, content }
}

const bytes = (text: string): Uint8Array => Result.getOrThrow(Base64.decode(Base64.encode(text)))

const rejected = new Rejected({ code: "E0001", message: "The document breaks a rule of the authority" })
const lost = new Unknown({ message: "Connection reset" })
const tryLater = new Unavailable({ message: "The authority is being maintained" })

/** Opens an issuer with empty books. */
export const make = Effect.fnUntraced(function* (options: Options = {}) {
  const name = options.name ?? "nfse"
  const visibleAfter = Duration.toMillis(options.visibleAfter ?? 0)
  const books = yield* Ref.make<Books>({ documents: [], sent: [], calls: [] })
  const sendings = yield* Script.make<Answer>("issue")
  const preparations = yield* Script.make<"prepare" | "reject">("prepare")
  const lookups = yield* Script.make<Script.LookupAnswer>("answer")
  const cancels = yield* Script.make<CancelAnswer>("cancel")

  const called = (call: Books["calls"][number]) => Ref.update(books, (all) => ({ ...all, calls: [...all.calls, call] }))

  const enter = (account: ProviderAccount, { reference }: Prepared) =>
    Effect.flatMap(DateTime.now, (issuedAt) =>
      Ref.modify(books, (all) => {
        const number = all.documents.length + 1
        const document: Issued = {
          account: accountKey(account),
          reference,
          documentNumber: `${number}`,
          accessKey: `${name.toUpperCase()}${`${number}`.padStart(50, "0")}`,
          status: "issued",
          issuedAt,
          canceledAt: null,
          reason: null
        }
        return [observed(document), { ...all, documents: [...all.documents, document] }] as const
      })
    )

  const issuer: TaxIssuer = {
    name,
    types: options.types ?? ["nfse"],
    facts: { lookup: { minimumAge: Duration.seconds(30), misses: options.misses ?? 3 } },
    validate: () => Effect.succeed({ warnings: [] }),
    check: (_, wish) => options.check?.(wish) ?? [],
    prepare: (account, { invoice, issuedAt, issWithheld, number, serviceCode }) =>
      Effect.flatMap(preparations.next, (answer) =>
        answer === "reject"
          ? Effect.fail(new Rejected({ code: "E0002", message: "The document can't be made of this invoice" }))
          : Effect.succeed({
              reference: `DPS-${account.name}-${number}`,
              content:
                `<DPS n="${number}" fatura="${invoice.ourNumber}" valor="${invoice.request.amount}" servico="${serviceCode}"` +
                ` retido="${issWithheld}" em="${DateTime.formatIso(issuedAt)}"/>`
            })
      ),
    issue: Effect.fnUntraced(function* (account, prepared) {
      yield* called("issue")
      yield* Ref.update(books, (all) => ({
        ...all,
        sent: [...all.sent, { ...prepared, account: accountKey(account) }]
      }))
      // Like the network: without it concurrent senders would never meet.
      yield* Effect.yieldNow
      const answer = yield* sendings.next
      switch (answer) {
        case "issue":
          return yield* enter(account, prepared)
        case "reject":
          return yield* rejected
        case "unavailable":
          return yield* tryLater
        case "lose_request":
          return yield* lost
        case "lose_answer":
          yield* enter(account, prepared)
          return yield* lost
        case "hang":
          return yield* Effect.never
        default:
          // The request is on its way, whatever becomes of the caller.
          yield* enter(account, prepared).pipe(Effect.delay(answer.issuedAfter), Effect.forkDetach)
          return yield* Effect.never
      }
    }),
    find: Effect.fnUntraced(function* (account, reference) {
      yield* called("find")
      yield* Script.answered(lookups)
      const now = yield* Clock.currentTimeMillis
      const found = (yield* Ref.get(books)).documents.find(
        (each) =>
          each.reference === reference &&
          each.account === accountKey(account) &&
          DateTime.toEpochMillis(each.issuedAt) + visibleAfter <= now
      )
      return Option.map(Option.fromNullishOr(found), observed)
    }),
    cancel: Effect.fnUntraced(function* (account, { accessKey, reason }) {
      yield* called("cancel")
      yield* Effect.yieldNow
      const answer = yield* cancels.next
      if (answer === "unavailable") return yield* tryLater
      if (answer === "lose_request") return yield* lost
      if (answer === "hang") return yield* Effect.never
      const mine = (each: Issued) => each.accessKey === accessKey && each.account === accountKey(account)
      const found = (yield* Ref.get(books)).documents.find(mine)
      if (answer === "window_over") {
        return yield* new Rejected({
          code: "cancellation_window_expired",
          message: "The time to cancel the document is over"
        })
      }
      if (answer === "reject" || found === undefined) return yield* rejected
      const canceledAt = found.canceledAt ?? (yield* DateTime.now)
      const after: Issued = { ...found, status: "canceled", canceledAt, reason: found.reason ?? reason }
      yield* Ref.update(books, (all) => ({
        ...all,
        documents: all.documents.map((each) => (mine(each) ? after : each))
      }))
      return answer === "lose_answer" ? yield* lost : observed(after)
    }),
    render: (_, { canceled, content }) =>
      Effect.succeed(bytes(`%PDF-1.7\n% ${content}${canceled ? "\n% CANCELADA" : ""}\n`))
  }

  return {
    issuer,
    next: sendings.add,
    nextPreparations: preparations.add,
    nextLookups: lookups.add,
    nextCancels: cancels.add,
    books: Ref.get(books)
  } satisfies FakeIssuer as FakeIssuer
})
