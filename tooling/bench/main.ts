/** `pnpm bench`: measures, prints ratios, and writes tables and plots under `results/`. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Effect } from "effect"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { BenchError } from "./errors.ts"
import * as Options from "./options.ts"
import * as P1 from "./p1.ts"
import * as P2 from "./p2.ts"
import * as P2Report from "./p2Report.ts"
import * as P6 from "./p6.ts"
import * as P6Report from "./p6Report.ts"
import * as P8 from "./p8.ts"
import * as P8Plot from "./p8Plot.ts"
import * as P8Report from "./p8Report.ts"
import { svg } from "./plot.ts"
import { markdown, plotted, verdict } from "./report.ts"
import { profileName, results } from "./system.ts"

/** Writes a figure's table and plot. */
const write = Effect.fnUntraced(function* (id: Options.FigureId, table: string, plot: string) {
  yield* Effect.promise(async () => {
    await writeFile(join(results, `${id}.md`), table)
    await writeFile(join(results, `${id}.svg`), plot)
  })
})

const run = {
  p1: Effect.fnUntraced(function* (options: Options.Options) {
    const result = yield* Effect.scoped(P1.measure(options))
    if (result === undefined) return yield* Console.log(`Profile: tooling/bench/results/${profileName}`)
    yield* write("p1", markdown(result, options), svg(plotted(result)))
    yield* Console.log(verdict(result))
  }),
  p2: Effect.fnUntraced(function* (options: Options.Options) {
    const result = yield* Effect.scoped(P2.measure(options))
    yield* write("p2", P2Report.markdown(result, options), svg(P2Report.plotted(result)))
    yield* Console.log(P2Report.verdict(result))
  }),
  p6: Effect.fnUntraced(function* (options: Options.Options) {
    const result = yield* Effect.scoped(P6.measure(options))
    yield* write("p6", P6Report.markdown(result, options), svg(P6Report.plotted(result)))
    yield* Console.log(P6Report.verdict(result))
  }),
  p8: Effect.fnUntraced(function* ({ rounds }: Options.Options) {
    const result = yield* P8.measure(rounds)
    yield* write("p8", P8Report.markdown(result), P8Plot.svg(result))
    yield* Console.log(result.figures.map(P8Report.verdict).join("\n"))
  })
} as const satisfies Record<Options.FigureId, unknown>

const program = Effect.gen(function* () {
  const options = yield* Options.parse(process.argv.slice(2))
  if (options === undefined) return yield* Console.log(Options.usage)
  for (const id of options.only) yield* run[id](options)
  yield* Console.log("Written to tooling/bench/results/")
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
