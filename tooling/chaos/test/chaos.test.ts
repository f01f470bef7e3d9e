import { assert, describe, it } from "@effect/vitest"
import { Fault } from "@salesos/provider-testkit/proxy"
import { Effect, Exit, Schedule as EffectSchedule } from "effect"
import { SqlClient } from "effect/sql"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Pace from "../pace.ts"
import { svg } from "../plot.ts"
import * as Report from "../report.ts"
import * as Round from "../round.ts"
import * as Schedule from "../schedule.ts"
import * as Series from "../series.ts"
import * as World from "../world.ts"

const seed = Number(process.env["CHAOS_SEED"] ?? 7)
const schedules = Number(process.env["CHAOS_SCHEDULES"] ?? 4)

/** It stays where something was found. */
const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "salesos-chaos-test-"))),
  (path, exit) =>
    Exit.isSuccess(exit) ? Effect.sync(() => rmSync(path, { recursive: true, force: true })) : Effect.void
)

describe("chaos", () => {
  it("has the same faults for the same seed, others for another, and each kind of them", () => {
    for (const pace of [Pace.minutes(10), Pace.seconds(100)]) {
      assert.deepStrictEqual(Schedule.plan(seed, pace), Schedule.plan(seed, pace))
      assert.notDeepEqual(Schedule.plan(seed, pace), Schedule.plan(seed + 1, pace))
      const kinds = Schedule.plan(seed, pace).map(({ fault }) => fault.do)
      assert.sameMembers([...new Set(kinds)], ["kill", "freeze", "restart database", "cut connections"])
    }
  })

  it.live(
    `a gateway keeps all its promises while everything around it breaks: ${schedules} schedules from seed ${seed}`,
    () =>
      Effect.gen(function* () {
        const pace = Pace.seconds(5)
        const result = yield* Series.play({
          seed,
          schedules,
          pace,
          tenants: 2,
          clients: 4,
          directory: yield* directory,
          onRound: () => Effect.void
        })
        // What was found, and where to look: the folder stays then.
        const wrong = result.rounds.find(({ findings }) => findings.length > 0)
        if (wrong !== undefined) {
          return assert.fail(Report.verdict(wrong, Report.commandOf({ schedules: 1, seed: wrong.seed }), result))
        }
        assert.lengthOf(result.rounds, schedules)
        assert.isAbove(result.counts["invoices paid"] ?? 0, schedules)
        assert.include(Report.ofSeries(result, { command: "", minutes: 1, name: "" }), "Nothing is wrong")
        const [round] = result.rounds
        if (round === undefined) return assert.fail("nothing was played")
        assert.include(svg({ ...round, pace, logs: "", database: "" }), "<svg")
      }),
    900_000
  )

  it.live(
    "notices a charge that is made twice, a key that is forgotten, and an event that is lost",
    () =>
      Effect.gen(function* () {
        const pace = { ...Pace.seconds(3), patience: 5000 }
        const world = yield* World.make(pace, 3, yield* directory)
        const sabotaged = (tenant: number, sabotage: (world: World.World) => Effect.Effect<void>) => {
          const own = { ...world, tenants: world.tenants.slice(tenant, tenant + 1) }
          return Effect.map(Round.play(own, { seed, clients: 3, sabotage }), ({ findings }) => findings.join("\n"))
        }
        /** Carried out when there is something to lose, and the database is there. */
        const losing = (statement: (sql: SqlClient.SqlClient) => Effect.Effect<ReadonlyArray<object>, unknown>) => () =>
          SqlClient.SqlClient.pipe(
            Effect.flatMap(statement),
            Effect.filterOrFail((rows) => rows.length > 0),
            Effect.retry({ schedule: EffectSchedule.spaced("200 millis"), times: 200 }),
            Effect.orDie,
            Effect.asVoid,
            Effect.provideContext(world.context)
          )
        yield* Effect.gen(function* () {
          const twice = yield* sabotaged(0, ({ proxy }) =>
            proxy.on({ direction: "request", method: "POST" }, Fault.duplicate, Infinity)
          )
          assert.match(twice, /more than once|twice/)
          const forgotten = yield* sabotaged(
            1,
            losing((sql) => {
              // Of its own, which clients have heard the answers of by now.
              const answered = sql`tenant = ${world.tenants[1]!.owner.tenant} and response_body is not null and key not like 'of-%'`
              return sql`delete from idempotency_key
                where ${answered} and (select count(*) from idempotency_key where ${answered}) > 2 returning key`
            })
          )
          assert.match(forgotten, /was answered .* after /)
          const lost = yield* sabotaged(
            2,
            losing((sql) =>
              Effect.as(
                sql`do $$ begin
                  create function lose() returns trigger language plpgsql as 'begin return null; end';
                  create trigger lose before insert on webhook_delivery for each row execute function lose();
                end $$`,
                [{}]
              )
            )
          )
          assert.match(lost, /was never delivered/)
        }).pipe(Effect.provideContext(world.context))
      }).pipe(Effect.scoped),
    300_000
  )
})
