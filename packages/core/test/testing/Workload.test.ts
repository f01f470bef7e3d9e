/**
 * Anything that clients, payers, providers, notifications, workers and dying processes do, in any order, with many owners. To
 * try more: `WORKLOAD_SEEDS=1,2,3 WORKLOAD_STEPS=5000 pnpm exec vitest run packages/core/test/testing/Workload.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Workload } from "@salesos/core/testing"
import { Effect } from "effect"
import { carryOut, owners } from "../support/workload.ts"

const seeds = (process.env["WORKLOAD_SEEDS"] ?? "1,2,3,4").split(",").map(Number)
const count = Number(process.env["WORKLOAD_STEPS"] ?? 700)

describe("a gateway under a workload", () => {
  it.effect.each(seeds)(
    "keeps all its promises, whatever happens: seed %i",
    (seed) =>
      Effect.gen(function* () {
        const steps = Workload.generate(seed, count, owners)
        const failure = yield* carryOut(steps)
        if (failure === undefined) return
        const least = yield* Workload.shrink(steps.slice(0, failure.at + 1), (some) =>
          Effect.map(carryOut(some), (again) => again !== undefined)
        )
        const again = yield* carryOut(least)
        assert.fail(
          `WORKLOAD_SEEDS=${seed} WORKLOAD_STEPS=${count}, after ${failure.at + 1} steps: ${failure.findings.join("\n")}\n` +
            `The least that fails: ${again?.findings.join("\n")}\n${least.map((step) => JSON.stringify(step)).join("\n")}`
        )
      }),
    Math.max(600_000, count * 1000) // a machine with other work to do is no failure
  )
})
