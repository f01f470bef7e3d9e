/**
 * `pnpm crashes`: kills every flow at every place, and writes what was found to `docs/reliability.md`. `pnpm crashes refund` does so
 * with the flows in whose name that is.
 */
import { Process } from "@salesos/app-wiring"
import { Console, Effect, Exit, References, Result } from "effect"
import { flows } from "./Flows.ts"
import * as Matrix from "./Matrix.ts"
import * as Table from "./Table.ts"

/** How many deaths are tried at once: most of one is waiting. */
const atOnce = 4

const program = Effect.gen(function* () {
  const watched = yield* Effect.forEach(
    flows.filter(({ name }) => name.includes(process.argv.slice(2).join(" "))),
    (flow) => Effect.map(Matrix.placesOf(flow), (places) => places.map((place) => ({ flow, place }))),
    { concurrency: atOnce }
  )
  const tried = yield* Effect.forEach(
    watched.flat(),
    ({ flow, place }) =>
      Effect.exit(Matrix.killedAt(flow, place)).pipe(
        Effect.tap((exit) =>
          Exit.isSuccess(exit)
            ? Console.log(`${flow.name}, ${place}: ${exit.value.seen} → ${exit.value.found}`)
            : Console.error(`${flow.name}, ${place}: ${String(exit.cause)}`)
        ),
        Effect.map((exit) => (Exit.isSuccess(exit) ? Result.succeed(exit.value) : Result.fail(place)))
      ),
    { concurrency: atOnce }
  )
  const failures = tried.filter(Result.isFailure)
  if (failures.length > 0) return yield* Effect.die(new Error(`${failures.length} of ${tried.length} went wrong`))
  Table.write(tried.flatMap((each) => (Result.isSuccess(each) ? [each.success] : [])))
  yield* Console.log(`${tried.length} deaths, nothing lost`)
})

// What the cells log of themselves is what they are made to do.
Process.runMain(Effect.provideService(program, References.MinimumLogLevel, "Error"))
