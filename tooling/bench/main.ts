/** `pnpm bench`: measures, prints ratios, and writes tables and plots under `results/`. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Effect } from "effect"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { BenchError } from "./errors.ts"
import * as Options from "./options.ts"
import * as P1 from "./p1.ts"
import { svg } from "./plot.ts"
import { markdown, verdict } from "./report.ts"
import { profileName, results } from "./system.ts"

const program = Effect.gen(function* () {
  const options = yield* Options.parse(process.argv.slice(2))
  if (options === undefined) return yield* Console.log(Options.usage)
  const result = yield* Effect.scoped(P1.measure(options))
  if (result === undefined) return yield* Console.log(`Profile: tooling/bench/results/${profileName}`)
  yield* Effect.promise(async () => {
    await writeFile(join(results, "p1.md"), markdown(result, options))
    await writeFile(join(results, "p1.svg"), svg(result))
  })
  yield* Console.log(`${verdict(result)}\nWritten to tooling/bench/results/`)
})

/** A failure that a person can do something about is a message; anything else is shown whole. */
const explain = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof BenchError ? error.message : Cause.pretty(cause)
}

// Ctrl-C interrupts the program, whose scope stops every process and removes the database.
NodeRuntime.runMain(
  program.pipe(
    Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : Console.error(explain(cause))))
  ),
  { disableErrorReporting: true }
)
