/** `pnpm chaos`: runs the whole gateway under faults, for minutes or through many short schedules, and says what is wrong then. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, Effect } from "effect"
import { rmSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as Pace from "./pace.ts"
import { svg } from "./plot.ts"
import * as Report from "./report.ts"
import { run } from "./run.ts"
import * as Series from "./series.ts"

const usage = `pnpm chaos [--seed N] [--minutes M] [--tenants T] [--clients C]
pnpm chaos --schedules K [--seed N] [--seconds S] [--tenants T] [--clients C]

  --seed       what happens, a whole number; 1 unless given
  --minutes    how long faults last; 1 unless given
  --schedules  so many short ones in a row, of the seed and those that follow it, to the first that finds something
  --seconds    how long the faults of each last; 5 unless given
  --tenants    of each schedule: 3 unless given, and 2 of short ones
  --clients    of each tenant, working at once: 3 unless given, and 4 of short ones

Writes a page to tooling/chaos/results, and a plot of what went on for minutes. Logs and data stay where a finding says.`

const options = {
  seed: { type: "string", default: "1" },
  minutes: { type: "string", default: "1" },
  schedules: { type: "string" },
  seconds: { type: "string", default: "5" },
  tenants: { type: "string" },
  clients: { type: "string" },
  help: { type: "boolean", default: false }
} as const

/** Seconds to come to rest after which one wants to know why. */
const slow = 30

type Numbers = Readonly<Record<"seed" | "tenants" | "clients", number>>

const write = (name: string, text: string) => Effect.promise(() => writeFile(join(Report.results, name), text))

const forMinutes = Effect.fnUntraced(function* ({ clients, seed, tenants }: Numbers, minutes: number) {
  const directory = join(tmpdir(), `salesos-chaos-${seed}-${process.pid}`)
  const command = Report.commandOf({ seed, minutes, tenants, clients })
  const result = yield* run({ seed, pace: Pace.minutes(minutes), tenants, clients, directory })
  yield* write(`${seed}.md`, Report.ofRun(result, command))
  yield* write(`${seed}.svg`, svg(result))
  yield* Console.log(Report.verdict(result, command, result))
  if (result.findings.length > 0) return false
  for (const each of [directory, result.database]) rmSync(each, { recursive: true, force: true })
  return true
})

const inSeries = Effect.fnUntraced(function* (
  { clients, seed, tenants }: Numbers,
  { schedules, seconds }: { readonly schedules: number; readonly seconds: number }
) {
  const directory = join(tmpdir(), `salesos-chaos-${seed}-${process.pid}`)
  const begun = Date.now()
  const result = yield* Series.play({
    seed,
    schedules,
    pace: Pace.seconds(seconds),
    tenants,
    clients,
    directory,
    onRound: (round) =>
      Console.log(
        `${round.seed}: ${round.findings.length} findings, ${round.faults.length} faults, at rest after ${round.restAt.toFixed(1)} s` +
          (round.restAt - round.calmAt < slow ? "" : `; waited for ${round.waitedFor.join("; ")}`)
      )
  })
  const name = `${seed}-${seed + result.rounds.length - 1}`
  const command = Report.commandOf({ schedules, seed, seconds, tenants, clients })
  yield* write(`${name}.md`, Report.ofSeries(result, { command, minutes: (Date.now() - begun) / 60_000, name }))
  const wrong = result.rounds.find(({ findings }) => findings.length > 0)
  yield* Console.log(
    wrong === undefined
      ? `Seeds ${name}: nothing is wrong after ${result.rounds.length} schedules`
      : Report.verdict(wrong, Report.commandOf({ schedules: 1, seed: wrong.seed, seconds, tenants, clients }), result)
  )
  if (wrong !== undefined) return false
  rmSync(directory, { recursive: true, force: true })
  return true
})

const program = Effect.gen(function* () {
  const { values } = yield* Effect.try({
    try: () => parseArgs({ options }),
    catch: (error) => (error instanceof Error ? error.message : String(error))
  })
  if (values.help) return yield* Console.log(usage)
  const number = (text: string, isRight: (value: number) => boolean) =>
    text.trim() !== "" && isRight(Number(text)) ? Effect.succeed(Number(text)) : Effect.fail(usage)
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0
  const isTime = (value: number): boolean => Number.isFinite(value) && value > 0
  const [tenants, clients] = values.schedules === undefined ? ["3", "3"] : ["2", "4"]
  const numbers = {
    seed: yield* number(values.seed, Number.isSafeInteger),
    tenants: yield* number(values.tenants ?? tenants, isCount),
    clients: yield* number(values.clients ?? clients, isCount)
  }
  const isFine =
    values.schedules === undefined
      ? yield* forMinutes(numbers, yield* number(values.minutes, isTime))
      : yield* inSeries(numbers, {
          schedules: yield* number(values.schedules, isCount),
          seconds: yield* number(values.seconds, isTime)
        })
  if (!isFine) process.exitCode = 1
}).pipe(
  Effect.catchIf(
    (error) => typeof error === "string",
    (message) =>
      Effect.andThen(
        Console.error(message),
        Effect.sync(() => {
          process.exitCode = 2
        })
      )
  )
)

NodeRuntime.runMain(program)
