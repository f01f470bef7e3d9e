/** One schedule of faults: clients, payers and operators at work while everything breaks, then calm, and an audit once all is at rest. */
import { Cause, DateTime, Effect, Exit, Fiber, Option, Schedule as EffectSchedule } from "effect"
import { SqlClient } from "effect/sql"
import * as Audit from "./audit.ts"
import * as Clients from "./clients.ts"
import * as Dice from "./dice.ts"
import * as Network from "./network.ts"
import * as Operator from "./operator.ts"
import * as Payers from "./payers.ts"
import * as Reconciliation from "./reconciliation.ts"
import { type Sample, record } from "./samples.ts"
import * as Schedule from "./schedule.ts"
import type { World } from "./world.ts"

export interface Options {
  readonly seed: number
  /** Clients of each tenant, working at once. */
  readonly clients: number
  /** Something done meanwhile that must be found: how it is proven that findings are made. */
  readonly sabotage?: (world: World) => Effect.Effect<void>
}

export interface Round {
  readonly seed: number
  readonly findings: ReadonlyArray<string>
  readonly samples: ReadonlyArray<Sample>
  /** What was done, with the second at which it was. */
  readonly faults: ReadonlyArray<Schedule.Planned>
  /** When faults ended, and when everything had come to rest, in seconds after the begin. */
  readonly calmAt: number
  readonly restAt: number
  /** What was still wrong at the last look before. */
  readonly waitedFor: ReadonlyArray<string>
  /** How often each thing happened, by its name. */
  readonly counts: Readonly<Record<string, number>>
}

/** Terminates every connection but one's own. */
const cutConnections = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`select pg_terminate_backend(pid) from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()`
}).pipe(Effect.ignore)

const carryOut = ({ database, fleet }: World, fault: Schedule.Fault) => {
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

/** Whether no exchange with a provider is under way. */
const isQuiet = ({ authority, proxy }: World) =>
  Effect.map(Effect.all([proxy.underway, authority.proxy.underway]), (counts) => counts.every((count) => count === 0))

/**
 * Puts the clock forward where nothing is under way that could be overtaken by it. A connection that was cut may be found out here: time
 * passes a little later then.
 */
const pass = Effect.fnUntraced(function* (world: World, seconds: number) {
  if (yield* isQuiet(world)) yield* Effect.catchCause(world.pass(seconds), () => Effect.void)
})

/** Waits for something to end, or for patience to; time passes meanwhile. */
const ends = Effect.fnUntraced(function* <A, E>(world: World, fiber: Fiber.Fiber<A, E>) {
  const { movesClock, patience } = world.pace
  if (!movesClock) return yield* Effect.timeoutOption(Fiber.join(fiber), patience)
  const passing = yield* Effect.forkChild(Effect.forever(Effect.andThen(Effect.sleep("700 millis"), pass(world, 5))))
  return yield* Effect.ensuring(Effect.timeoutOption(Fiber.join(fiber), patience), Fiber.interrupt(passing))
})

/** Looks until nothing is wrong or patience ends; gives what is wrong then, and what was at the look before. */
const comeToRest = (world: World, hearing: Clients.Hearing, opening: Audit.Opening) =>
  Effect.gen(function* () {
    const until = Date.now() + world.pace.patience
    let waitedFor: ReadonlyArray<string> = []
    for (let looks = 1; ; looks++) {
      const looked = yield* Effect.exit(Audit.findings(world, hearing, opening))
      const found = Exit.isSuccess(looked) ? looked.value : [`The audit failed: ${Cause.pretty(looked.cause)}`]
      if (found.length === 0 || Date.now() > until) return { found, waitedFor }
      waitedFor = found
      if (!world.pace.movesClock) yield* Effect.sleep("3 seconds")
      else {
        yield* Effect.sleep("500 millis")
        yield* pass(world, Math.min(10 * looks, 120))
      }
    }
  })

/** Tries again what meets a connection that was cut. */
const persistently = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.retry(effect, { schedule: EffectSchedule.spaced("200 millis"), times: 25 })

/** Plays a schedule for the tenants of a world. */
export const play = Effect.fnUntraced(function* (world: World, { clients, sabotage, seed }: Options) {
  const { pace, tenants } = world
  const hearing = Clients.hearing(tenants)
  const samples: Array<Sample> = []
  const faults: Array<Schedule.Planned> = []
  const opening = yield* persistently(Audit.opening(world))
  const begun = Date.now()
  const seconds = () => (Date.now() - begun) / 1000
  let isOver = false
  const sampling = yield* Effect.forkChild(record(begun, hearing, samples))
  world.receiver.refuse(Dice.make(seed, "receiver"))
  yield* world.proxy.chaos(Network.chaos(seed, pace))
  yield* world.authority.proxy.chaos(Network.chaos(`${seed} authority`, pace))
  const working = yield* Effect.forkChild(
    Effect.forEach(
      tenants.flatMap((tenant) => Array.from({ length: clients }, (_, place) => ({ tenant, place }))),
      ({ place, tenant }) => Clients.work(world, hearing, seed, tenant, place, () => isOver),
      { concurrency: "unbounded", discard: true }
    )
  )
  const others = yield* Effect.forkChild(
    Effect.all([Payers.work(world, seed, () => isOver), Operator.work(world, seed, () => isOver)], {
      concurrency: "unbounded"
    })
  )
  const meanwhile = yield* Effect.forkChild(sabotage?.(world) ?? Effect.void)
  for (const { at, fault } of Schedule.plan(seed, pace)) {
    yield* Effect.sleep(Math.max(0, at - seconds()) * 1000)
    faults.push({ at: seconds(), fault })
    yield* carryOut(world, fault)
  }
  yield* Effect.sleep(Math.max(0, pace.seconds - seconds()) * 1000)

  isOver = true
  const calmAt = seconds()
  yield* world.proxy.calm
  yield* world.authority.proxy.calm
  world.receiver.refuse(undefined)
  yield* world.fleet.heal
  yield* Fiber.join(meanwhile)
  const done = yield* ends(world, others)
  const answered = yield* ends(world, working)
  const before = DateTime.subtract(DateTime.makeUnsafe(begun), { hours: 1 })
  yield* persistently(Reconciliation.request(world, before))
  const { found: atRest, waitedFor } = yield* comeToRest(world, hearing, opening)
  const restAt = seconds()
  // Every answer is given again, and changes nothing.
  const replaying = Effect.forEach(
    tenants.flatMap((tenant) =>
      hearing.heard
        .get(tenant.number)!
        .requests.flatMap((request) => (request.success === null ? [] : [{ request, tenant }]))
    ),
    ({ request, tenant }) => Clients.sendAgain(world, hearing, tenant, request),
    { concurrency: 8, discard: true }
  )
  const replayed = yield* ends(world, yield* Effect.forkChild(replaying))
  const again = atRest.length > 0 ? atRest : (yield* comeToRest(world, hearing, opening)).found
  const unexplained = again.length > 0 ? [] : yield* persistently(Reconciliation.unexplained(world, before))
  yield* Fiber.interrupt(sampling)
  return {
    seed,
    findings: [
      ...(Option.isNone(answered) ? ["Clients are never answered"] : []),
      ...(Option.isNone(replayed) ? ["Keys that were answered are not any more"] : []),
      ...(Option.isNone(done) ? ["Operators are never answered"] : []),
      ...hearing.findings,
      ...world.receiver.findings,
      ...again,
      ...unexplained
    ],
    samples,
    faults,
    calmAt,
    restAt,
    waitedFor,
    counts: {
      ...Object.assign({}, ...Option.getOrElse(done, () => [])),
      ...Object.fromEntries([...hearing.statuses].map(([status, count]) => [`answered ${status || "nothing"}`, count]))
    }
  } satisfies Round
})
