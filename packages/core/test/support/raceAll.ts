/** `pnpm races`: runs every race in memory, and writes what was found to `docs/reliability.md`. */
import { Races } from "@salesos/core/testing"
import { Console, Effect } from "effect"
import { inMemory } from "./racing.ts"
import * as RacesTable from "./racesTable.ts"

const program = Effect.gen(function* () {
  const rows = yield* Effect.forEach(Races.all, (race) =>
    Effect.gen(function* () {
      const { interleavings, wrong } = yield* Races.explore(race, inMemory(), "twice")
      yield* Console.log(`${race.name}: ${interleavings}`)
      if (wrong.length > 0) return yield* Effect.die(new Error(wrong.join("\n")))
      return { race: race.name, interleavings, holds: race.holds }
    })
  )
  RacesTable.write(rows)
})

await Effect.runPromise(program)
