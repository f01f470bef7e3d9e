import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { svg } from "../plot.ts"
import * as Report from "../report.ts"
import { run } from "../run.ts"
import * as Schedule from "../schedule.ts"

const seed = Number(process.env["CHAOS_SEED"] ?? 7)
const minutes = Number(process.env["CHAOS_MINUTES"] ?? 0.75)

describe("chaos", () => {
  it("has the same faults for the same seed, others for another, and each kind of them", () => {
    assert.deepStrictEqual(Schedule.plan(seed, 600), Schedule.plan(seed, 600))
    assert.notDeepEqual(Schedule.plan(seed, 600), Schedule.plan(seed + 1, 600))
    const kinds = Schedule.plan(seed, 600).map(({ fault }) => fault.do)
    assert.sameMembers([...new Set(kinds)], ["kill", "freeze", "restart database", "cut connections"])
  })

  it.live(
    `a gateway keeps all its promises while everything around it breaks: seed ${seed}`,
    () =>
      Effect.gen(function* () {
        const directory = join(tmpdir(), `salesos-chaos-test-${process.pid}`)
        const result = yield* run({ seed, minutes, tenants: 2, clients: 2, directory })
        assert.isEmpty(result.findings, Report.verdict(result))
        assert.isAbove(result.counts["invoices paid"] ?? 0, 5)
        assert.include(Report.markdown(result), "Nothing is wrong")
        assert.include(svg(result), "<svg")
        for (const each of [directory, result.database]) rmSync(each, { recursive: true, force: true })
      }),
    900_000
  )
})
