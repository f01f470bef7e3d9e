/** The letters that wait to be sent. */
import { type Ids, type Letter, Mails, type Owner } from "@salesos/core"
import { Duration, Effect, Layer } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { orUnavailable } from "./Client.ts"
import { after } from "./Operations.ts"

/** The columns of what a letter is about are there by its kind: the table checks that. */
type Row = Letter.Letter & {
  readonly tenant: Ids.TenantId
  readonly environment: Owner.Environment
  readonly event: Ids.EventId
  readonly tries: number
  readonly age: number
}

const letterOf = (row: Row): Letter.Letter => {
  switch (row.kind) {
    case "receipt":
      return { kind: row.kind, invoice: row.invoice }
    case "tax_document":
      return { kind: row.kind, invoice: row.invoice, document: row.document }
    case "payout_receipt":
      return { kind: row.kind, payout: row.payout }
  }
}

const statuses = { Sent: "sent", Again: "waiting", GivenUp: "given_up", Dropped: "dropped" } as const satisfies Record<
  Letter.Outcome["_tag"],
  string
>

export const layer = Layer.effect(
  Mails.Mails,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    /** The oldest letters of everybody that are so old. Letters that are being dealt with are passed over. */
    const old = (age: Duration.Duration, limit: number, so: Statement.Fragment) => sql`
      select tenant, environment, event from letter
      where ${so} and created_at <= clock_timestamp() - make_interval(secs => ${Duration.toSeconds(age)})
      order by created_at limit ${limit} for update skip locked`

    const isOld = sql`(l.tenant, l.environment, l.event)
      = (old.tenant, old.environment, old.event)`

    return Mails.Mails.of({
      // By the index letter_due.
      take: (environment, limit) =>
        sql<Row>`
          with due as (
            select tenant, environment, event from letter
            where environment = ${environment} and due_at <= clock_timestamp()
            order by due_at limit ${limit} for update skip locked
          )
          update letter l set tries = l.tries + 1, due_at = ${after(sql, Mails.hold)}
          from due where (l.tenant, l.environment, l.event) = (due.tenant, due.environment, due.event)
          returning l.tenant, l.environment, l.event, l.kind, l.invoice, l.document, l.payout, l.tries,
            extract(epoch from clock_timestamp() - l.created_at)::float8 as age`.pipe(
          orUnavailable,
          Effect.map((rows) =>
            rows.map((row): Mails.Taken => ({
              owner: { tenant: row.tenant, environment: row.environment },
              event: row.event,
              letter: letterOf(row),
              number: row.tries,
              age: Duration.seconds(row.age)
            }))
          )
        ),
      record: ({ event, number, owner: { environment, tenant } }, outcome) =>
        sql`
          update letter set status = ${statuses[outcome._tag]}, reason = ${"reason" in outcome ? outcome.reason : null},
            due_at = ${outcome._tag === "Again" ? after(sql, outcome.after) : sql`null`}
          where tenant = ${tenant} and environment = ${environment} and event = ${event}
            and (${outcome._tag === "Sent"} or (status = 'waiting' and tries = ${number}))`.pipe(
          orUnavailable,
          Effect.asVoid
        ),
      // By letter_waiting.
      expire: (age, limit) =>
        sql`
          with old as (${old(age, limit, sql`due_at is not null`)})
          update letter l set status = 'dropped', reason = 'too_old', due_at = null
          from old where ${isOld} returning 1`.pipe(
          orUnavailable,
          Effect.map((rows) => rows.length)
        ),
      // By letter_over.
      purge: (age, limit) =>
        sql`
          with old as (${old(age, limit, sql`due_at is null`)})
          delete from letter l using old where ${isOld} returning 1`.pipe(
          orUnavailable,
          Effect.map((rows) => rows.length)
        )
    })
  })
)
