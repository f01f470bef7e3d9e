/** Whether all that was promised was kept: the auditor of core over PostgreSQL and the simulators, and what only a whole gateway can break. */
import { Auditor } from "@salesos/core/testing"
import * as Clients from "@salesos/core/testing/workload/Clients"
import { AuditVerify } from "@salesos/store-postgres"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Bodies from "./bodies.ts"
import * as Books from "./books.ts"
import type { Heard, Hearing } from "./clients.ts"
import type { Received } from "./receiver.ts"
import type { Tenant, World } from "./world.ts"

type Facts = Auditor.Facts
export type Balances = ReadonlyMap<string, number>
/** What each tenant's providers hold before anything has happened, by the tenant's number. */
export type Opening = ReadonlyMap<number, Balances>

/** What was answered is there, and nothing is there that nobody asked for. */
const answers = ({ canceled, documents, requests }: Heard, facts: Facts): ReadonlyArray<string> => {
  const keys = requests.flatMap(({ key, path, success }) =>
    ["/invoices", "/payouts"].includes(path) ? [[key, success] as const] : []
  )
  const told = documents.map((path) => path.slice(path.lastIndexOf("/") + 1))
  const there = new Map(
    facts.invoices.flatMap((invoice) => invoice.documents.map(({ id, status }): [string, string] => [id, status]))
  )
  return [
    ...Clients.audit({ canceled, keys: new Map(keys) }, facts),
    ...told.flatMap((id) => (there.has(id) ? [] : [`${id} was answered, and is not there`])),
    ...[...there].flatMap(([id, status]) =>
      canceled.has(id) && status !== "canceled" ? [`${id} was canceled, and is ${status}`] : []
    )
  ]
}

/** Σ net of an account is what the provider's own balance moved by. */
export const moved = (
  before: Balances,
  after: Balances,
  { statement }: Pick<Facts, "statement">
): ReadonlyArray<string> =>
  [...after].flatMap(([name, held]) => {
    const there = held - (before.get(name) ?? 0)
    const here = statement
      .filter(({ account, line }) => `${account} in ${line.currency}` === name)
      .reduce((sum, { line }) => sum + line.net, 0)
    return there === here ? [] : [`${name}: the balance moved by ${there}, the statement says ${here}`]
  })

/** Every event came at least once and always the same, and nothing came that no event tells. */
export const webhooks = (came: ReadonlyArray<Received>, { events }: Pick<Facts, "events">): ReadonlyArray<string> => {
  const received = Map.groupBy(came, ({ id }) => id)
  const told = new Map(events.map(({ body, id }) => [String(id), body]))
  return [
    ...[...told].flatMap(([id, body]) => {
      const bodies = new Set(received.get(id)?.map((each) => each.body))
      if (bodies.size === 0) return [`${id} was never delivered`]
      return bodies.size === 1 && bodies.has(body) ? [] : [`${id} was delivered as ${[...bodies].join(" and ")}`]
    }),
    ...[...received.keys()].flatMap((id) => (told.has(id) ? [] : [`${id} was delivered, and is no event`]))
  ]
}

/** What is wrong for one tenant. */
const ofTenant = Effect.fnUntraced(function* (world: World, hearing: Hearing, tenant: Tenant, before: Balances) {
  const stored = yield* Auditor.facts(tenant.owner, {})
  const after = yield* Books.balances(world, tenant)
  const facts: Facts = { ...stored, ...(yield* Books.read(world, tenant, stored)) }
  return [
    ...Auditor.audit(facts, "settled"),
    ...answers(hearing.heard.get(tenant.number)!, facts),
    ...moved(before, after, facts),
    ...webhooks(
      world.receiver.received().filter((each) => each.tenant === tenant.number),
      facts
    )
  ].map((finding) => `tenant ${tenant.number}: ${finding}`)
})

/** Work that should have been done by now. The margin is a round of a worker on a busy machine. */
const leftOver = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly what: string; readonly count: number }>`
    select * from (
      select 'charges are due' as what, count(*)::int from charge_attempt where due_at < clock_timestamp() - interval '10 seconds'
      union all
      select 'payouts are due', count(*)::int from payout_attempt where due_at < clock_timestamp() - interval '10 seconds'
      union all
      select 'tax documents are due', count(*)::int from tax_document where due_at < clock_timestamp() - interval '10 seconds'
      union all
      select 'deliveries wait', count(*)::int from webhook_delivery where status = 'pending'
      union all
      select 'deliveries have failed', count(*)::int from webhook_delivery where status = 'failed'
      union all
      select 'cancellations or refunds are not over', count(*)::int from charge_attempt
        where cancel ->> 'status' in ('wanted', 'sent', 'in_doubt') or refund ->> 'status' in ('wanted', 'sent', 'in_doubt')
      union all
      -- What nobody knows here waits for its creation to be found; what is known must have been looked up.
      select 'notifications wait', count(*)::int from notification_subject s
        where s.status <> 'processed' and s.received_at < clock_timestamp() - interval '10 seconds' and (
          exists (select from charge_attempt a where s.kind = 'charge'
            and (a.tenant, a.environment, a.account, a.provider_id) = (s.tenant, s.environment, s.account, s.provider_id))
          or exists (select from payout_attempt a where s.kind = 'payout'
            and (a.tenant, a.environment, a.account, a.provider_id) = (s.tenant, s.environment, s.account, s.provider_id)))
    ) left_over where count > 0`
  return rows.map(({ count, what }) => `${count} ${what}`)
})

/** Secrets in what the processes wrote. */
const leaks = ({ logs, secrets }: World): ReadonlyArray<string> =>
  readdirSync(logs).flatMap((file) => {
    const text = readFileSync(join(logs, file), "utf8")
    return [...secrets, ...Bodies.hidden].flatMap((hidden) => (text.includes(hidden) ? [`${file} says ${hidden}`] : []))
  })

/** What is wrong with what a world leaves behind, whoever it was about. */
export const leftBehind = (world: World) =>
  AuditVerify.verify(null).pipe(
    Effect.map(({ findings }) => [
      ...leaks(world),
      ...findings.map(({ kind, message }) => `The audit log is not as it was sealed (${kind}): ${message}`)
    ]),
    Effect.provideContext(world.context)
  )

/** What every tenant's providers hold now. */
export const opening = (world: World): Effect.Effect<Opening, unknown, Books.Readers> =>
  Effect.map(
    Effect.forEach(world.tenants, (tenant) =>
      Effect.map(Books.balances(world, tenant), (held) => [tenant.number, held] as const)
    ),
    (all) => new Map(all)
  )

/** All that is wrong now; nothing, when everything has come to rest. */
export const findings = Effect.fnUntraced(function* (world: World, hearing: Hearing, before: Opening) {
  const tenants = yield* Effect.forEach(world.tenants, (tenant) =>
    ofTenant(world, hearing, tenant, before.get(tenant.number)!)
  )
  const isIdle =
    [...hearing.heard.values()].every(({ ids }) => ids.length === 0) ||
    world.tenants.every(({ number }) => !world.receiver.received().some(({ tenant }) => tenant === number))
  return [
    ...(isIdle ? ["Nothing has happened that could have gone wrong"] : []),
    ...tenants.flat(),
    ...(yield* leftOver)
  ]
})
