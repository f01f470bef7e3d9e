/**
 * The audit log: who did what, from where, when, and how it ended. Requests are collected for a moment and written many at
 * once, so that none waits for it; acts of administration are written before they are answered. There is no document, key,
 * secret or body in it.
 */
import { type Operations, type Owner } from "@salesos/core"
import { Clock, Context, DateTime, Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { createHash } from "node:crypto"
import { orUnavailable } from "./Client.ts"

/** One thing that was done or tried. */
export interface Entry {
  readonly happenedAt: DateTime.Utc
  /** Null where it concerns no tenant, or came without a valid key. */
  readonly owner: Owner.Owner | null
  /** An API key's id, `operator:…`, `worker`, or `anonymous`. */
  readonly actor: string
  readonly address: string | null
  /** `POST /functions/v1/payments/invoices`, as the address is declared; or the command of an operator. */
  readonly action: string
  /** The id of what it is about. */
  readonly subject: string | null
  /** An HTTP status, or `started`, `done`, `failed`. */
  readonly outcome: string
  /** The request's id. */
  readonly request: string | null
  /** {@link idempotencyDigest} of the request's idempotency key. */
  readonly idempotency: string | null
  readonly detail: Readonly<Record<string, string | number | boolean>>
}

/** Tells requests of one idempotency key, which may hold anything, without keeping the key. */
export const idempotencyDigest = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 32)

/** How long a request's entry may wait to be written: what a killed process loses. */
const patience = Duration.millis(200)

/** How many are written by one statement, and how many may wait while the database can't be reached. */
const batchSize = 1000
const capacity = 20_000

export class AuditLog extends Context.Service<
  AuditLog,
  {
    /** Has an entry written soon. Waits for nothing and never fails. */
    readonly record: (entry: Entry) => Effect.Effect<void>
    /** Writes an entry now: when this has succeeded it is on disk. */
    readonly write: (entry: Entry) => Effect.Effect<void, Operations.StoreUnavailable>
  }
>()("@salesos/store-postgres/AuditLog") {
  static readonly layer = Layer.effect(
    AuditLog,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      let waiting: Array<Entry> = []
      let lost = 0

      const insert = (entries: ReadonlyArray<Entry>) =>
        sql`
          insert into audit_entry (happened_at, tenant, environment, actor, address, action, subject, outcome, request,
            idempotency, detail)
          select happened_at, tenant, environment, actor, address, action, subject, outcome, request, idempotency, detail
          from jsonb_to_recordset(${JSON.stringify(
            entries.map(({ happenedAt, owner, ...rest }, place) => ({
              ...rest,
              place,
              happened_at: DateTime.formatIso(happenedAt),
              tenant: owner?.tenant ?? "",
              environment: owner?.environment ?? ""
            }))
          )}::jsonb) as e (place int, happened_at timestamptz, tenant text, environment text, actor text, address text,
            action text, subject text, outcome text, request text, idempotency text, detail jsonb)
          order by place`.pipe(orUnavailable, Effect.asVoid)

      /** Writes what waits, oldest first. What can't be written goes on waiting. */
      const flush: Effect.Effect<void, Operations.StoreUnavailable> = Effect.gen(function* () {
        while (waiting.length > 0 || lost > 0) {
          const taken = waiting.slice(0, batchSize)
          waiting = waiting.slice(batchSize)
          const missing = lost
          lost = 0
          const gap = missing === 0 ? [] : [yield* gapOf(missing)]
          yield* insert([...taken, ...gap]).pipe(
            Effect.onError(() =>
              Effect.sync(() => {
                waiting = [...taken, ...waiting]
                lost += missing
              })
            ),
            Effect.uninterruptible // otherwise it might be written, and written again by the last flush
          )
        }
      })

      yield* Effect.addFinalizer(() =>
        flush.pipe(
          Effect.timeout("5 seconds"),
          Effect.catchCause((cause) => Effect.logError("The end of the audit log could not be written", cause))
        )
      )
      yield* flush.pipe(
        Effect.catchCause((cause) =>
          Effect.andThen(Effect.logError("The audit log can't be written; it waits", cause), Effect.sleep("1 second"))
        ),
        Effect.andThen(Effect.sleep(patience)),
        Effect.forever,
        // A process's own time, whatever clock a test has set.
        Effect.provideService(Clock.Clock, Clock.Clock.defaultValue()),
        Effect.forkScoped
      )

      return AuditLog.of({
        record: (entry) =>
          Effect.sync(() => {
            if (waiting.length < capacity) waiting.push(entry)
            else lost += 1
          }),
        write: (entry) => insert([entry])
      })
    })
  )
}

/** What stands in the log for requests that could not be kept until the database was back. */
const gapOf = (entries: number): Effect.Effect<Entry> =>
  Effect.map(DateTime.now, (happenedAt) => ({
    happenedAt,
    owner: null,
    actor: "anonymous",
    address: null,
    action: "audit lost",
    subject: null,
    outcome: "failed",
    request: null,
    idempotency: null,
    detail: { entries }
  }))
