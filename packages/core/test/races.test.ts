/** Every race in every interleaving, in memory; what was found is in docs/reliability.md. */
import { assert, describe, it } from "@effect/vitest"
import { Races } from "@salesos/core/testing"
import { Effect } from "effect"
import * as RacesTable from "./support/racesTable.ts"
import { inMemory } from "./support/racing.ts"

describe("races in memory", () => {
  const table = RacesTable.read()

  it("are those of docs/reliability.md (`pnpm races` writes them anew)", () => {
    assert.deepStrictEqual(
      table.map(({ holds, race }) => [race, holds]),
      Races.all.map(({ holds, name }) => [name, holds])
    )
  })

  for (const race of Races.all) {
    it.effect(race.name, () =>
      Effect.gen(function* () {
        const { interleavings, wrong } = yield* Races.explore(race, inMemory(), "twice")
        assert.deepStrictEqual(wrong.slice(0, 4), [])
        assert.strictEqual(interleavings, table.find((row) => row.race === race.name)?.interleavings)
      })
    )
  }
})
