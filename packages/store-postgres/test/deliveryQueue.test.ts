/** Deliveries in PostgreSQL: what the laws of stores do not see of one store alone, races and plans. */
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, layer as testLayer } from "@effect/vitest"
import { Deliveries, DeliveryQueue, Ids, type Operations, type Owner, Webhooks } from "@salesos/core"
import { owner } from "@salesos/core/testing/laws/given"
import { answer, emit, endpoint, endVisit, theVisitTo, visitTo } from "@salesos/core/testing/laws/webhookGiven"
import { layer as store } from "@salesos/store-postgres"
import { Context, DateTime, Deferred, Effect, Fiber, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Database, layer, settings, vault } from "./support/store.ts"

/** The store over one connection, whose statistics are then all there is to see. */
const alone = Effect.flatMap(Database, ({ url }) =>
  Layer.build(
    Layer.fresh(
      store.pipe(
        Layer.provide(vault),
        Layer.provide(settings),
        Layer.provideMerge(
          PgClient.layer({
            url: Redacted.make(url),
            maxConnections: 1,
            startupParameters: { plan_cache_mode: "force_generic_plan" }
          })
        )
      )
    )
  )
)

testLayer(layer, { excludeTestServices: true })("a delivery", (it) => {
  it.effect("is not forgotten when its event commits while the endpoint's visit is being ended", () =>
    Effect.gen(function* () {
      const of = yield* owner
      const sql = yield* SqlClient.SqlClient
      const { id } = yield* endpoint(of)
      yield* emit(of, "invoice.paid")
      const visit = yield* theVisitTo(id)
      const [written, go] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const event = yield* Ids.generate("evt")
      const delivery = yield* Ids.generate("whd")
      const telling = yield* sql
        .withTransaction(
          Effect.gen(function* () {
            yield* sql`insert into event ${sql.insert({ ...of, id: event, type: "ping", subject: id, body: "{}", created_at: new Date(0) })}`
            yield* sql`insert into webhook_delivery ${sql.insert({ ...of, id: delivery, event, endpoint: id, status: "pending" })}`
            yield* Deferred.succeed(written, undefined)
            yield* Deferred.await(go)
          })
        )
        .pipe(Effect.forkChild)
      yield* Deferred.await(written)
      // The visit ends, and others look for what is due, before anybody can see the new delivery.
      yield* endVisit(visit, answer(200))
      assert.isUndefined(yield* visitTo(id))
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(telling)
      const found = yield* theVisitTo(id)
      assert.deepEqual(
        found.deliveries.map((each) => each.id),
        [delivery]
      )
      yield* endVisit(found, answer(200))
    })
  )

  it.effect("is not forgotten when it is noticed while the endpoint's visit is being ended", () =>
    Effect.gen(function* () {
      const of = yield* owner
      const sql = yield* SqlClient.SqlClient
      const { record } = yield* DeliveryQueue.DeliveryQueue
      const { id } = yield* endpoint(of)
      yield* emit(of, "invoice.paid")
      const visit = yield* theVisitTo(id)
      yield* emit(of, "invoice.failed")
      const [locked, go] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      // Another worker has noticed it and woken the endpoint, and has not committed yet.
      const noticing = yield* sql
        .withTransaction(
          Effect.gen(function* () {
            yield* sql`update webhook_delivery set noticed = true where endpoint = ${id}`
            yield* sql`update webhook_endpoint set due_at = least(due_at, now()) where id = ${id}`
            yield* Deferred.succeed(locked, undefined)
            yield* Deferred.await(go)
          })
        )
        .pipe(Effect.forkChild)
      yield* Deferred.await(locked)
      const ending = yield* Effect.forkChild(
        record(
          visit,
          visit.deliveries.map((each) => ({ ...each, attempt: answer(200), outcome: { _tag: "Delivered" as const } })),
          true
        )
      )
      yield* Effect.repeat(
        sql<{ readonly waits: boolean }>`
          select exists (select 1 from pg_stat_activity where wait_event_type = 'Lock') as waits`,
        { until: ([row]) => row?.waits === true }
      )
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(noticing)
      yield* Fiber.join(ending)
      const next = yield* theVisitTo(id)
      assert.lengthOf(next.deliveries, 1)
      yield* endVisit(next, answer(200))
    })
  )

  it.effect("of an endpoint that is enabled while workers pass it over is sent", () =>
    Effect.gen(function* () {
      const of = yield* owner
      const { change } = yield* Webhooks.Webhooks
      const { secret: _, ...enabled } = yield* endpoint(of)
      const disabled = { ...enabled, status: "disabled", disabledReason: "requested" } as const
      yield* emit(of, "invoice.paid")
      for (let times = 0; times < 20; times++) {
        yield* change(of, enabled.id, null, () => Effect.succeed({ next: disabled }))
        yield* Effect.all(
          [
            change(of, enabled.id, null, () => Effect.succeed({ next: enabled })),
            Deliveries.take("prompt", 100, []),
            Deliveries.take("prompt", 100, [])
          ],
          { concurrency: "unbounded" }
        )
        const sql = yield* SqlClient.SqlClient
        const [row] = yield* sql<{ readonly waits: boolean; readonly held: boolean }>`
          select due_at is not null as waits, held_until is not null as held from webhook_endpoint where id = ${enabled.id}`
        assert.isTrue(row?.waits)
        yield* sql`update webhook_endpoint set held_until = null where id = ${enabled.id}`
        yield* sql`update webhook_delivery set due_at = now() where endpoint = ${enabled.id} and due_at is not null`
      }
    })
  )
})

/** As many rows as make a sequential scan a mistake. */
const many = 40_000

testLayer(layer, { excludeTestServices: true })("among very many deliveries", (it) => {
  /** A tenant whose first endpoint has very many deliveries behind it, and very many that wait for it. */
  const crowded = Effect.gen(function* () {
    const of: Owner.Owner = yield* owner
    const sql = yield* SqlClient.SqlClient
    const [busy, quiet] = [yield* endpoint(of), yield* endpoint(of)]
    const others = yield* Effect.forEach(Array.from({ length: 20 }), () => endpoint(of, { events: ["ping"] }))
    const endpoints = [...Array.from({ length: 80 }, () => busy.id), ...others.map(({ id }) => id)]
    const prefix = (yield* Ids.generate("evt")).slice(4, -6)
    yield* sql`
      insert into event (tenant, environment, id, type, subject, body, created_at)
      select ${of.tenant}, ${of.environment}, 'evt_' || ${prefix} || lpad(n::text, 6, '0'),
        case n % 10 when 0 then 'invoice.failed' when 1 then 'invoice.canceled' else 'invoice.paid' end, 'inv_' || n, '{}', now()
      from generate_series(1, ${many}::int) n`
    yield* sql`
      insert into webhook_delivery (tenant, environment, id, event, endpoint, status, due_at, noticed)
      select tenant, environment, replace(id, 'evt', 'whd'), id, (${endpoints}::text[])[1 + right(id, 3)::int % 100],
        case when right(id, 1) < '5' then 'pending' else 'delivered' end,
        case when right(id, 1) < '5' then now() - interval '1 hour' end, true
      from event where tenant = ${of.tenant}`
    yield* sql`update webhook_endpoint set due_at = now() - interval '1 hour' where id = ${busy.id}`
    yield* sql`
      insert into webhook_attempt (tenant, environment, delivery, number, status, excerpt, duration_ms)
      select tenant, environment, id, 1, 204, '', 7 from webhook_delivery where tenant = ${of.tenant} and status = 'delivered'`
    for (const table of ["event", "webhook_delivery", "webhook_attempt"]) yield* sql.unsafe(`vacuum analyze ${table}`)
    const [first] = yield* sql<{
      readonly id: Ids.EventId
    }>`select min(id) as id from event where tenant = ${of.tenant}`
    return { of, busy, quiet, event: first?.id ?? (yield* Ids.generate("evt")) }
  })

  /** How often tables were read from end to end, and which indexes were used how often. */
  const usage = Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`select pg_stat_force_next_flush()`
    const rows = yield* sql<{ readonly name: string; readonly count: number }>`
      select relname || ' from end to end' as name, seq_scan::int as count from pg_stat_user_tables
        where relname in ('event', 'webhook_delivery', 'webhook_attempt')
      union all select indexrelname, idx_scan::int from pg_stat_user_indexes
        where relname in ('event', 'webhook_delivery', 'webhook_attempt', 'webhook_endpoint')`
    return new Map(rows.map(({ count, name }) => [name, count]))
  })

  /** What was used by an effect. */
  const used = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const before = yield* usage
      const answer = yield* effect
      const after = yield* usage
      return {
        answer,
        names: [...after].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name]) => name)
      }
    })

  it.effect("each list, each page of it, and each turn of the queue is found by its index", () =>
    Effect.gen(function* () {
      const context = yield* alone
      // Over the connection that has no time limit.
      const { busy, event, of, quiet } = yield* Effect.provideContext(crowded, context)
      const { deliveries, events } = Context.get(context, Webhooks.Webhooks)
      const deep: Operations.Page = { limit: 20, startingAfter: event.replace("evt", "whd").replace(/1$/, "9") }
      const lists: ReadonlyArray<readonly [string, Webhooks.DeliveryFilter]> = [
        ["webhook_delivery_pkey", {}],
        ["webhook_delivery_status", { status: "failed" }],
        ["webhook_delivery_endpoint", { endpoint: quiet.id }],
        ["webhook_delivery_endpoint_status", { endpoint: busy.id, status: "failed" }],
        ["webhook_delivery_event", { event }]
      ]
      const read = (effect: Effect.Effect<unknown, Operations.StoreUnavailable>) =>
        Effect.map(used(effect), ({ names }) => names)
      const check = Effect.gen(function* () {
        for (const [index, filter] of lists) {
          for (const page of [{ limit: 20 }, deep, { limit: 20, endingBefore: deep.startingAfter ?? "" }]) {
            const names = yield* read(deliveries(of, filter, page))
            assert.include(names, index, JSON.stringify({ filter, page }))
            assert.isEmpty(
              names.filter((name) => name.endsWith("from end to end")),
              JSON.stringify({ filter, page })
            )
          }
        }
        for (const [index, filter] of [
          ["event_pkey", {}],
          ["event_type", { type: "payout.paid" }],
          ["event_subject", { resource: "inv_7" }]
        ] as const) {
          const names = yield* read(events(of, filter, { limit: 20 }))
          assert.include(names, index, JSON.stringify(filter))
          assert.isEmpty(
            names.filter((name) => name.endsWith("from end to end")),
            JSON.stringify(filter)
          )
        }
      })
      yield* Effect.provideContext(check, context)

      // The queue: one delivery of the quiet endpoint, behind all those of the busy one.
      yield* emit(of, "invoice.paid")
      const turn = Effect.gen(function* () {
        const first = yield* used(Deliveries.take("prompt", 10, []))
        const visits = first.answer.filter(({ owner }) => owner.tenant === of.tenant)
        assert.deepEqual(
          visits.map(({ deliveries }) => deliveries.length).toSorted((a, b) => a - b),
          [1, DeliveryQueue.perVisit]
        )
        for (const index of ["webhook_delivery_unnoticed", "webhook_delivery_due"]) assert.include(first.names, index)
        assert.isEmpty(first.names.filter((name) => name.endsWith("from end to end")))
        for (const visit of visits) {
          const { names } = yield* used(endVisit(visit, answer(200)))
          assert.include(names, "webhook_delivery_due")
          assert.isEmpty(names.filter((name) => name.endsWith("from end to end")))
        }
        const { purge } = yield* DeliveryQueue.DeliveryQueue
        const past = DateTime.makeUnsafe("2026-01-01T00:00:00.000Z")
        const { names } = yield* used(purge(past, 500))
        assert.includeMembers(names, ["webhook_delivery_pkey", "event_pkey"])
        assert.isEmpty(names.filter((name) => name.endsWith("from end to end")))
      })
      yield* Effect.provideContext(turn, context)
    })
  )
})
