/**
 * The database of the in-memory adapters: immutable tables and transactions that run one after another. Each commits as
 * a whole or not at all, so that a test sees what a database would show it.
 */
import { Context, DateTime, Deferred, Effect, Layer, Ref, Semaphore } from "effect"
import type { OwnedKey } from "../models/ApiKey.ts"
import type { BalanceTransaction } from "../models/BalanceTransaction.ts"
import type * as Delivery from "../models/Delivery.ts"
import type { CostCenter } from "../models/CostCenter.ts"
import type { PublicEvent } from "../models/Events.ts"
import type { Fingerprint, IdempotencyKey, StoredResponse } from "../models/Idempotency.ts"
import type { Heard } from "../models/Heard.ts"
import type { Invoice } from "../models/Invoice.ts"
import type { Posting } from "../models/Ledger.ts"
import type { Letter, Outcome } from "../models/Letter.ts"
import type { Owner } from "../models/Owner.ts"
import type { Payout } from "../models/Payout.ts"
import type { BookedAs, ProviderLine } from "../models/ProviderLine.ts"
import type { Report, Row as ReportedRow } from "../models/ReconciliationReport.ts"
import type { Requested } from "../models/ReconciliationSchedule.ts"
import type { File } from "../models/TaxDocument.ts"
import type { Endpoint } from "../models/Webhook.ts"
import type { Refusal } from "../ports/AccountRefusals.ts"
import type { Profile } from "../ports/Store.ts"
import type { BalanceTransactionId, DeliveryId, EntryId, ReconciliationId } from "../values/Ids.ts"

/** The lease of a resource. Its token grows with every acquisition; nobody holds it from `until` on. */
export interface LeaseRow {
  readonly token: number
  /** Milliseconds since 1970; 0 when it was given back. */
  readonly until: number
}

/** An invoice or a payout, and what the store keeps beside it. */
export interface Row<A> {
  readonly current: A
  readonly lease: LeaseRow
}

/** What became of an idempotency key. Without a resource its operation was over at once. */
export interface KeyRow {
  readonly owner: Owner
  readonly key: IdempotencyKey
  readonly fingerprint: Fingerprint
  readonly resource: string | null
  readonly response: StoredResponse | null
  /** When it was taken, or its answer stored. */
  readonly usedAt: DateTime.Utc
}

/** One ledger posting, by the entry and the provider account it belongs to. */
export interface PostingRow {
  readonly owner: Owner
  readonly entry: EntryId
  readonly account: string
  readonly posting: Posting
}

/** A public event of an owner. */
export interface EventRow {
  readonly owner: Owner
  readonly event: PublicEvent
}

/** What a provider said, as it was kept. */
export interface SeenRow {
  readonly resource: string
  readonly attempt: number
  readonly raw: unknown
}

/** A registered webhook endpoint with its secrets, and who visits it. */
export interface EndpointRow {
  readonly owner: Owner
  readonly endpoint: Endpoint
  readonly secret: string
  /** The secret before, in force until a time in milliseconds since 1970. */
  readonly before: { readonly secret: string; readonly until: number } | null
  readonly removed: boolean
  readonly slow: boolean
  /** Grows with every visit. */
  readonly token: number
  /** Milliseconds since 1970; nobody visits it from then on. */
  readonly heldUntil: number
  /** Since when it waits for its turn, in milliseconds since 1970. */
  readonly waitsSince: number
}

/** One event on its way to one endpoint. */
export interface DeliveryRow {
  readonly owner: Owner
  readonly id: DeliveryId
  readonly endpoint: Endpoint["id"]
  readonly event: PublicEvent
  readonly status: Delivery.Status
  readonly tries: number
  readonly tried: ReadonlyArray<Delivery.Tried>
  /** When it may be tried next, in milliseconds since 1970; null when it is over. */
  readonly dueAt: number | null
  readonly createdAt: DateTime.Utc
}

/** A letter on its way. */
export interface LetterRow {
  readonly owner: Owner
  readonly event: PublicEvent["id"]
  readonly letter: Letter
  readonly tries: number
  /** When it may be tried next, in milliseconds since 1970; null when it is over. */
  readonly dueAt: number | null
  readonly outcome: Outcome | null
  readonly createdAt: DateTime.Utc
}

/** A provider account's notification address. */
export interface TokenRow {
  readonly provider: string
  readonly token: string
  readonly owner: Owner
  readonly account: string
}

/** What a provider refuses an account. */
export interface RefusalRow {
  readonly owner: Owner
  readonly refusal: Refusal
}

/** What an owner has configured itself. */
export type Configured = Omit<Profile, "refused">
/** A notification, and what has become of each charge and payout that it names. */
export interface NotificationRow {
  readonly owner: Owner
  readonly receivedAt: DateTime.Utc
  readonly subjects: ReadonlyArray<
    Heard & {
      readonly status: "pending" | "processed" | "dead"
      readonly failures: number
      readonly message: string
    }
  >
}

/** A line of a provider's statement that was booked, and the row that took it back, if one did. */
export interface BookedLineRow {
  readonly owner: Owner
  readonly line: ProviderLine
  readonly as: BookedAs
  readonly row: BalanceTransactionId
  readonly reversedBy: BalanceTransactionId | null
}

/** When a provider account is reconciled next, and who is at it. */
export interface TurnRow {
  readonly owner: Owner
  readonly account: string
  readonly since: DateTime.Utc
  readonly coveredTo: DateTime.Utc | null
  readonly requested: Requested | null
  readonly nextAt: DateTime.Utc
  readonly lastRun: ReconciliationId | null
  readonly failures: number
  readonly lease: LeaseRow
}

/** The report of a reconciliation and its rows. */
export interface ReportRow {
  readonly report: Report
  readonly rows: ReadonlyArray<ReportedRow>
}

/** A text of a tax document, and whose it is. */
export interface FileRow {
  readonly owner: Owner
  readonly file: File
}

/** An API key with its secret, which only a real store keeps as a hash. */
export interface ApiKeyRow extends OwnedKey {
  readonly secret: string
}

/** The requests of a key in an hour, in milliseconds since 1970. */
export interface UsageRow {
  readonly hour: number
  readonly count: number
}

/** Everything that is stored. Rows are in the order in which they were inserted. */
export interface Tables {
  readonly profiles: ReadonlyMap<string, Configured>
  readonly tokens: ReadonlyArray<TokenRow>
  readonly invoices: ReadonlyMap<string, Row<Invoice>>
  readonly payouts: ReadonlyMap<string, Row<Payout>>
  readonly keys: ReadonlyMap<string, KeyRow>
  readonly seen: ReadonlyArray<SeenRow>
  readonly postings: ReadonlyArray<PostingRow>
  readonly statement: ReadonlyArray<BalanceTransaction>
  readonly events: ReadonlyArray<EventRow>
  readonly endpoints: ReadonlyArray<EndpointRow>
  readonly deliveries: ReadonlyArray<DeliveryRow>
  readonly letters: ReadonlyArray<LetterRow>
  readonly notifications: ReadonlyMap<string, NotificationRow>
  readonly refusals: ReadonlyArray<RefusalRow>
  readonly bookedLines: ReadonlyMap<string, BookedLineRow>
  readonly turns: ReadonlyMap<string, TurnRow>
  readonly reports: ReadonlyArray<ReportRow>
  readonly files: ReadonlyArray<FileRow>
  /** The last number that was taken of each provider account. */
  readonly taxNumbers: ReadonlyMap<string, number>
  readonly apiKeys: ReadonlyArray<ApiKeyRow>
  readonly usage: ReadonlyMap<string, UsageRow>
  readonly costCenters: ReadonlyMap<string, ReadonlyArray<CostCenter>>
}

const empty: Tables = {
  profiles: new Map(),
  tokens: [],
  invoices: new Map(),
  payouts: new Map(),
  keys: new Map(),
  seen: [],
  postings: [],
  statement: [],
  events: [],
  endpoints: [],
  deliveries: [],
  letters: [],
  notifications: new Map(),
  refusals: [],
  bookedLines: new Map(),
  turns: new Map(),
  reports: [],
  files: [],
  taxNumbers: new Map(),
  apiKeys: [],
  usage: new Map(),
  costCenters: new Map()
}

/** An owner as part of a key. */
export const keyOf = (owner: Owner, ...rest: ReadonlyArray<string>): string =>
  JSON.stringify([owner.tenant, owner.environment, ...rest])

/** Whether two rows are of one owner. */
export const sameOwner = (a: Owner, b: Owner): boolean => a.tenant === b.tenant && a.environment === b.environment

/** A map with one entry set. */
export const put = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> =>
  new Map([...map, [key, value]])

export class MemoryDatabase extends Context.Service<
  MemoryDatabase,
  {
    /**
     * Runs one transaction: `body` gets the tables and the time, and gives what they become. When it fails, dies or is
     * interrupted nothing has changed.
     */
    readonly transaction: <A, E, R>(
      body: (tables: Tables, now: DateTime.Utc) => Effect.Effect<{ readonly tables: Tables; readonly result: A }, E, R>
    ) => Effect.Effect<A, E, R>
    /** The tables as they are now. */
    readonly tables: Effect.Effect<Tables>
    /** Waits until a transaction after this moment has changed something. The outer effect takes the moment. */
    readonly nextCommit: Effect.Effect<Effect.Effect<void>>
  }
>()("@salesos/core/testing/MemoryDatabase") {
  static readonly layer: Layer.Layer<MemoryDatabase> = Layer.effect(
    MemoryDatabase,
    Effect.gen(function* () {
      const state = yield* Ref.make(empty)
      const commit = yield* Ref.make(yield* Deferred.make<void>())
      const one = yield* Semaphore.make(1)
      return MemoryDatabase.of({
        transaction: (body) =>
          Effect.gen(function* () {
            // Like the network before a database: without it concurrent callers would never meet.
            yield* Effect.yieldNow
            const now = yield* DateTime.now
            const before = yield* Ref.get(state)
            const { result, tables } = yield* body(before, now)
            yield* Effect.yieldNow
            if (tables === before) return result
            yield* Effect.uninterruptible(
              Effect.gen(function* () {
                yield* Ref.set(state, tables)
                const committed = yield* Ref.getAndSet(commit, yield* Deferred.make<void>())
                yield* Deferred.succeed(committed, undefined)
              })
            )
            return result
          }).pipe(one.withPermits(1)),
        tables: Ref.get(state),
        nextCommit: Effect.map(Ref.get(commit), Deferred.await)
      })
    })
  )
}
