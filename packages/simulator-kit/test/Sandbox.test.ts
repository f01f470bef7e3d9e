import { assert, it } from "@effect/vitest"
import { Sandbox } from "@salesos/simulator-kit"

// The examples of the InfraPSP document, "Sandbox".
for (const [amount, succeeds, seconds] of [
  [1010, true, 10],
  [2020, true, 20],
  [3000, true, 0],
  [1001, false, 0],
  [1501, false, 0]
] as const) {
  it(`an amount of ${amount} ${succeeds ? `succeeds after ${seconds} seconds` : "fails at once"}`, () => {
    assert.deepStrictEqual(Sandbox.fate(amount), { succeeds, after: seconds * 1_000 })
  })
}
