/** One run: clients, payers and faults for some minutes, then calm, and an audit once everything has come to rest. */
import { Reconciliations } from "@salesos/core"
import { Fault, type Proxy } from "@salesos/provider-testkit/proxy"
import { Cause, DateTime, Effect, Exit, Fiber } from "effect"
import { SqlClient } from "effect/sql"
import * as Audit from "./audit.ts"
import * as Clients from "./clients.ts"
import * as Payers from "./payers.ts"
import { type Sample, record } from "./samples.ts"
import * as Schedule from "./schedule.ts"
import * as World from "./world.ts"

export interface Options {
  readonly seed: number
  /** How long faults last. */
  readonly minutes: number
  readonly tenants: number
  /** Clients of each tenant, working at once. */
  readonly clients: number
  /** Where logs and data are kept. */
  readonly directory: string
}

export interface Result {
  readonly seed: number
  readonly minutes: number
  readonly findings: ReadonlyArray<string>
  readonly samples: ReadonlyArray<Sample>
  /** What was done, with the second at which it was. */
  readonly faults: ReadonlyArray<Schedule.Planned>
  /** When faults ended, and when everything had come to rest, in seconds after the begin. */
  readonly calmAt: number
  readonly restAt: number
  /** How often each thing happened, by its name. */
  readonly counts: Readonly<Record<string, number>>
  readonly logs: string
  readonly database: string
}

/** How long the gateway may take to come to rest: retries of notifications and webhooks are minutes apart. */
const patience = 300_000

type Chaos = Exclude<Parameters<Proxy["chaos"]>[0], null>

/** One exchange in four goes wrong. A request to a provider is never sent twice by the network: no proxy does that. */
const network = (seed: number): Chaos => ({
  seed,
  request: [
    { rate: 0.05, fault: Fault.delay({ before: "300 millis", after: "300 millis" }) },
    { rate: 0.01, fault: Fault.delay({ before: "7 seconds" }) }, // longer than a call's deadline: made when nobody waits any more
    { rate: 0.03, fault: Fault.dropRequest },
    { rate: 0.04, fault: Fault.dropAnswer },
    { rate: 0.01, fault: Fault.holdRequest },
    { rate: 0.01, fault: Fault.holdAnswer },
    { rate: 0.03, fault: Fault.tooManyRequests(1) },
    { rate: 0.02, fault: Fault.instead(503, "Service Unavailable") },
    { rate: 0.02, fault: Fault.answerInstead(502, "Bad Gateway") },
    { rate: 0.01, fault: Fault.answerInstead(500, { message: "Internal error" }) },
    { rate: 0.01, fault: Fault.reorder("2 seconds") },
    { rate: 0.02, fault: Fault.truncate() },
    { rate: 0.02, fault: Fault.malform }
  ],
  callback: [
    { rate: 0.1, fault: Fault.duplicate },
    { rate: 0.08, fault: Fault.reorder("2 seconds") },
    { rate: 0.05, fault: Fault.dropRequest },
    { rate: 0.05, fault: Fault.dropAnswer },
    { rate: 0.03, fault: Fault.instead(500, "") }
  ]
})

/** Terminates every connection but one's own. */
const cutConnections = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`select pg_terminate_backend(pid) from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()`
}).pipe(Effect.ignore)

const carryOut = ({ database, fleet }: World.World, fault: Schedule.Fault) => {
  switch (fault.do) {
    case "kill":
      return fleet.kill(fault.program, fault.clockOff)
    case "freeze":
      return fleet.freeze(fault.program, fault.seconds)
    case "restart database":
      return database.restart(fault.how)
    case "cut connections":
      return cutConnections
  }
}

/** How many rows there are of what the run was about. */
const rows = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const found = yield* sql<{ readonly name: string; readonly count: number }>`
    select 'invoices ' || status as name, count(*)::int from invoice group by status
    union all select 'payouts ' || status, count(*)::int from payout group by status
    union all select 'charge attempts', count(*)::int from charge_attempt
    union all select 'ledger postings', count(*)::int from ledger_posting
    union all select 'events', count(*)::int from event
    union all select 'notifications taken', count(*)::int from notification`
  return Object.fromEntries(found.map(({ count, name }) => [name, count]))
})

/** Looks until nothing is wrong or patience ends; gives what is wrong then. */
const comeToRest = (world: World.World, hearing: Clients.Hearing, opening: ReadonlyArray<Audit.Balances>) =>
  Effect.gen(function* () {
    const until = Date.now() + patience
    for (;;) {
      const looked = yield* Effect.exit(Audit.findings(world, hearing, opening))
      const found = Exit.isSuccess(looked) ? looked.value : [`The audit failed: ${Cause.pretty(looked.cause)}`]
      if (found.length === 0 || Date.now() > until) return found
      yield* Effect.sleep("3 seconds")
    }
  })

export const run = Effect.fnUntraced(function* ({ clients, directory, minutes, seed, tenants }: Options) {
  const world = yield* World.make(seed, tenants, directory)
  const hearing = Clients.hearing(tenants)
  const samples: Array<Sample> = []
  const faults: Array<Schedule.Planned> = []
  const { calmAt, done, findings, restAt } = yield* Effect.gen(function* () {
    const opening = yield* Audit.opening(world)
    const begun = Date.now()
    const seconds = () => (Date.now() - begun) / 1000
    let isOver = false
    yield* Effect.forkScoped(record(begun, hearing, samples))
    yield* world.proxy.chaos(network(seed))
    const working = yield* Effect.forkScoped(
      Effect.forEach(
        world.tenants.flatMap((tenant) => Array.from({ length: clients }, (_, place) => ({ tenant, place }))),
        ({ place, tenant }) => Clients.work(world, hearing, seed, tenant, place, () => isOver),
        { concurrency: "unbounded", discard: true }
      )
    )
    const paying = yield* Effect.forkScoped(Payers.work(world, seed, () => isOver))
    for (const { at, fault } of Schedule.plan(seed, minutes * 60)) {
      yield* Effect.sleep(Math.max(0, at - seconds()) * 1000)
      faults.push({ at: seconds(), fault })
      yield* carryOut(world, fault)
    }
    yield* Effect.sleep(Math.max(0, minutes * 60 - seconds()) * 1000)

    isOver = true
    const calmAt = seconds()
    yield* world.proxy.calm
    yield* world.fleet.restart
    const done = yield* Fiber.join(paying)
    yield* Effect.timeoutOrElse(Fiber.join(working), {
      duration: patience,
      orElse: () => Effect.sync(() => hearing.findings.push("Clients are never answered"))
    })
    // What an operator does after such a day, and the worker each night by itself.
    const from = DateTime.subtract(yield* DateTime.now, { days: 1 })
    yield* Effect.forEach(world.tenants, ({ owner }) =>
      Effect.forEach(["infrapsp", "sellxpay", "usdbrl"], (account) => Reconciliations.request(owner, account, { from }))
    )
    const atRest = yield* comeToRest(world, hearing, opening)
    const restAt = seconds()
    // Every answer is given again, and changes nothing.
    yield* Effect.forEach(
      world.tenants.flatMap((tenant) =>
        hearing.heard[tenant.number]!.requests.flatMap((request) =>
          request.success === null ? [] : [{ request, tenant }]
        )
      ),
      ({ request, tenant }) => Clients.sendAgain(world, hearing, tenant, request),
      { concurrency: 8, discard: true }
    )
    const again = atRest.length > 0 ? atRest : yield* comeToRest(world, hearing, opening)
    return {
      calmAt,
      restAt,
      done,
      findings: [...hearing.findings, ...world.receiver.findings, ...again, ...Audit.leaks(world)]
    }
  }).pipe(Effect.provideContext(world.context))

  const proxied = yield* world.proxy.counts
  const counts = {
    ...(yield* Effect.provideContext(rows, world.context)),
    ...done,
    "webhooks received": world.receiver.received().length,
    "requests of providers": proxied.request,
    "notifications of providers": proxied.callback,
    ...Object.fromEntries(Object.entries(proxied.faults).map(([name, count]) => [`proxy: ${name}`, count])),
    ...Object.fromEntries([...hearing.statuses].map(([status, count]) => [`answered ${status || "nothing"}`, count])),
    "processes that ended by themselves": world.fleet.endedAlone()
  }
  const result: Result = {
    seed,
    minutes,
    findings,
    samples,
    faults,
    calmAt,
    restAt,
    counts,
    logs: world.logs,
    database: world.database.directory
  }
  return result
}, Effect.scoped)

/** How many faults of each kind the schedule of a seed has, for those who read a report. */
export const kinds = (faults: ReadonlyArray<Schedule.Planned>): ReadonlyArray<readonly [string, number]> =>
  [
    ...Map.groupBy(faults, ({ fault }) => (fault.do === "restart database" ? `${fault.do} (${fault.how})` : fault.do))
  ].map(([kind, all]) => [kind, all.length])
