/** Probes of refused accounts, which are due by the database's clock: moved in the row, so that nobody waits a minute. */
import { assert, layer as testLayer } from "@effect/vitest"
import { AccountRefusals, type Owner } from "@salesos/core"
import { TestOwners } from "@salesos/core/testing"
import { DateTime, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { layer } from "./support/store.ts"

const both = ["credentials", "payouts"] as const

/** The refusals of an owner as if they had begun, and their probes been due, so much earlier. */
const age = ({ environment, tenant }: Owner.Owner, duration: Duration.Duration) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`update account_refusal set since = since - make_interval(secs => ${Duration.toSeconds(duration)}),
      probe_at = probe_at - make_interval(secs => ${Duration.toSeconds(duration)})
      where tenant = ${tenant} and environment = ${environment}`
  )

testLayer(layer, { excludeTestServices: true })("a refused account", (it) => {
  it.effect("is tried by one of many who ask at once when a probe is due, and ever more rarely", () =>
    Effect.gen(function* () {
      const { sandbox } = yield* (yield* TestOwners.TestOwners).fresh(["sellxpay"])
      const { admit, list, refuse } = yield* AccountRefusals.AccountRefusals
      yield* refuse(sandbox, "sellxpay", "payouts", "blocked")
      yield* refuse(sandbox, "sellxpay", "credentials", "refused")
      const ask = Effect.all(
        Array.from({ length: 12 }, () => admit(sandbox, "sellxpay", both)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(new Set(yield* ask), new Set(["refused"]))
      for (const hours of [1, 8]) {
        yield* age(sandbox, Duration.hours(hours))
        assert.strictEqual((yield* ask).filter((each) => each === "probe").length, 1)
        assert.deepStrictEqual(new Set(yield* ask), new Set(["refused"]))
      }
      const now = yield* DateTime.now
      const next = (yield* list(sandbox)).map(({ probeAt, since }) => ({
        told: Duration.toMinutes(DateTime.distance(now, probeAt)),
        expected: Duration.toMinutes(DateTime.distance(now, AccountRefusals.nextProbe(since, now)))
      }))
      for (const { expected, told } of next) assert.closeTo(told, expected, 1)
    })
  )

  it.effect("is tried only when every refusal that concerns it is due for it", () =>
    Effect.gen(function* () {
      const { sandbox } = yield* (yield* TestOwners.TestOwners).fresh(["sellxpay"])
      const { admit, clear, refuse } = yield* AccountRefusals.AccountRefusals
      yield* refuse(sandbox, "sellxpay", "payouts", "blocked")
      yield* age(sandbox, Duration.hours(1))
      yield* refuse(sandbox, "sellxpay", "credentials", "refused")
      assert.strictEqual(yield* admit(sandbox, "sellxpay", both), "refused")
      assert.strictEqual(yield* admit(sandbox, "sellxpay", ["payouts"]), "probe")
      yield* clear(sandbox, "sellxpay", ["payouts", "credentials"])
      assert.strictEqual(yield* admit(sandbox, "sellxpay", both), "open")
    })
  )
})
