/** Inbound notifications: kept first, and what they name made due. */
import { type Heard, type Ids, type Owner, Store } from "@salesos/core"
import { DateTime, Duration, Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"

interface SubjectRow {
  readonly account: string
  readonly dedupe_key: string
  readonly kind: Heard.Heard["kind"]
  readonly provider_id: string
  readonly end_to_end_id: string | null
}

const toHeard = (row: SubjectRow): Heard.Heard => ({
  account: row.account,
  notification: row.dedupe_key,
  kind: row.kind,
  providerId: row.provider_id,
  endToEndId: row.end_to_end_id
})

export const layer = Layer.effect(
  Store.Notifications,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return Store.Notifications.of({
      accountOf: (provider, token) =>
        // By provider_account_token.
        sql<{ readonly tenant: Ids.TenantId; readonly environment: Owner.Environment; readonly name: string }>`
          select tenant, environment, name from provider_account
          where provider = ${provider} and notification_token = ${token}`.pipe(
          orUnavailable,
          Effect.map(([row]) =>
            Option.map(Option.fromUndefinedOr(row), ({ environment, name, tenant }) => ({
              owner: { tenant, environment },
              account: name
            }))
          )
        ),
      // One statement. The same notification again changes nothing: the first has made what it names due already.
      receive: ({ account, body, charges, dedupeKey, endToEndIds, owner: { environment, tenant }, payouts }) =>
        sql`
          with received as (
            insert into notification (tenant, environment, account, dedupe_key, charges, payouts, body)
            values (${tenant}, ${environment}, ${account}, ${dedupeKey}, ${charges}, ${payouts}, ${body})
            on conflict do nothing returning tenant, environment, account, dedupe_key
          ), named as (
            insert into notification_subject (tenant, environment, account, dedupe_key, kind, provider_id, end_to_end_id)
            select r.*, s.kind, s.id, ${JSON.stringify(endToEndIds)}::jsonb ->> s.id
            from received r, (
              select 'charge' as kind, unnest(${charges}::text[]) as id union select 'payout', unnest(${payouts}::text[])
            ) s
          ), payouts_due as (
            update payout_attempt a set due_at = clock_timestamp() from received
            where a.tenant = ${tenant} and a.environment = ${environment} and a.account = ${account}
              and a.provider_id = any(${payouts})
          )
          update charge_attempt a set due_at = clock_timestamp() from received
          where a.tenant = ${tenant} and a.environment = ${environment} and a.account = ${account}
            and a.provider_id = any(${charges})`.pipe(
          orUnavailable,
          Effect.asVoid,
          Effect.withSpan("Notifications.receive")
        ),
      // By the primary key of notification_subject.
      pending: ({ environment, tenant }, account, kind, providerIds) =>
        sql<SubjectRow>`
          select account, dedupe_key, kind, provider_id, end_to_end_id from notification_subject
          where tenant = ${tenant} and environment = ${environment} and account = ${account} and kind = ${kind}
            and provider_id = any(${providerIds}) and status = 'pending'
          order by received_at`.pipe(
          orUnavailable,
          Effect.map((rows) => rows.map(toHeard))
        ),
      fail: ({ environment, tenant }, heard, message, enough) =>
        heard.length === 0
          ? Effect.succeed([])
          : sql<Pick<SubjectRow, "dedupe_key"> & { readonly status: string }>`
              update notification_subject s set failures = failures + 1, message = ${message},
                status = case when failures + 1 >= ${enough} then 'dead' else 'pending' end
              from jsonb_to_recordset(${JSON.stringify(heard)}::jsonb)
                as h (account text, notification text, kind text, "providerId" text)
              where s.tenant = ${tenant} and s.environment = ${environment}
                and (s.account, s.kind, s.provider_id, s.dedupe_key) = (h.account, h.kind, h."providerId", h.notification)
                and s.status = 'pending'
              returning s.status, s.dedupe_key`.pipe(
              orUnavailable,
              Effect.map((rows) => rows.filter(({ status }) => status === "dead").map(({ dedupe_key }) => dedupe_key))
            ),
      // By notification_subject_dead.
      deadLetters: ({ environment, tenant }, limit) =>
        sql<SubjectRow & { readonly received_at: Date; readonly failures: number; readonly message: string }>`
          select account, dedupe_key, kind, provider_id, end_to_end_id, received_at, failures, message
          from notification_subject
          where tenant = ${tenant} and environment = ${environment} and status = 'dead'
          order by received_at desc limit ${limit}`.pipe(
          orUnavailable,
          Effect.map((rows) =>
            rows.map((row) => ({
              ...toHeard(row),
              receivedAt: DateTime.fromDateUnsafe(row.received_at),
              failures: row.failures,
              message: row.message
            }))
          )
        ),
      // By notification_subject_dead, of which there are few.
      retry: ({ environment, tenant }, notification) =>
        sql`
          with back as (
            update notification_subject set status = 'pending', failures = 0, message = ''
            where tenant = ${tenant} and environment = ${environment} and status = 'dead' and dedupe_key = ${notification}
            returning tenant, environment, account, kind, provider_id
          ), payouts_due as (
            update payout_attempt a set due_at = clock_timestamp() from back b
            where (a.tenant, a.environment, a.account, a.provider_id) = (b.tenant, b.environment, b.account, b.provider_id)
              and b.kind = 'payout'
          ), charges_due as (
            update charge_attempt a set due_at = clock_timestamp() from back b
            where (a.tenant, a.environment, a.account, a.provider_id) = (b.tenant, b.environment, b.account, b.provider_id)
              and b.kind = 'charge'
          )
          select 1 from back`.pipe(
          orUnavailable,
          Effect.map((rows) => rows.length)
        ),
      // By notification_subject_pending.
      wake: (age) =>
        sql`
          with waiting as (
            select * from notification_subject where status = 'pending' and received_at > clock_timestamp() - interval '1 day'
              and received_at <= clock_timestamp() - make_interval(secs => ${Duration.toSeconds(age)})
          ), payouts_due as (
            update payout_attempt a set due_at = clock_timestamp() from waiting w
            where (a.tenant, a.environment, a.account, a.provider_id) = (w.tenant, w.environment, w.account, w.provider_id)
              and w.kind = 'payout' and a.due_at is null
            returning a.payout
          ), charges_due as (
            update charge_attempt a set due_at = clock_timestamp() from waiting w
            where (a.tenant, a.environment, a.account, a.provider_id) = (w.tenant, w.environment, w.account, w.provider_id)
              and w.kind = 'charge' and a.due_at is null
            returning a.invoice
          )
          select payout from payouts_due union all select invoice from charges_due`.pipe(
          orUnavailable,
          Effect.map((rows) => rows.length),
          Effect.withSpan("Notifications.wake")
        ),
      // By notification_received; what it names goes with it.
      purge: (age, limit) =>
        sql`
          with gone as (
            select tenant, environment, account, dedupe_key from notification
            where received_at <= clock_timestamp() - make_interval(secs => ${Duration.toSeconds(age)})
            order by received_at limit ${limit} for update skip locked
          )
          delete from notification n using gone
          where (n.tenant, n.environment, n.account, n.dedupe_key)
            = (gone.tenant, gone.environment, gone.account, gone.dedupe_key)
          returning 1`.pipe(
          orUnavailable,
          Effect.map((rows) => rows.length),
          Effect.withSpan("Notifications.purge")
        )
    })
  })
)
