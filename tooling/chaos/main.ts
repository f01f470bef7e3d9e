/** `pnpm chaos --seed N --minutes M`: runs the whole gateway under faults, and says what is wrong then. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, Effect } from "effect"
import { rmSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { svg } from "./plot.ts"
import * as Report from "./report.ts"
import { run } from "./run.ts"

const usage = `pnpm chaos [--seed N] [--minutes M] [--tenants T] [--clients C]

  --seed     what happens, a whole number; 1 unless given
  --minutes  how long faults last; 1 unless given
  --tenants  3 unless given
  --clients  of each tenant, working at once; 3 unless given

Writes tooling/chaos/results/SEED.md and SEED.svg. Logs and data stay where a finding says.`

const options = {
  seed: { type: "string", default: "1" },
  minutes: { type: "string", default: "1" },
  tenants: { type: "string", default: "3" },
  clients: { type: "string", default: "3" },
  help: { type: "boolean", default: false }
} as const

const program = Effect.gen(function* () {
  const { values } = yield* Effect.try({
    try: () => parseArgs({ options }),
    catch: (error) => (error instanceof Error ? error.message : String(error))
  })
  if (values.help) return yield* Console.log(usage)
  const [seed, minutes, tenants, clients] = [values.seed, values.minutes, values.tenants, values.clients].map(Number)
  const isCount = (value: number | undefined): value is number => Number.isSafeInteger(value) && value! > 0
  if (!Number.isSafeInteger(seed) || !(minutes! > 0) || !isCount(tenants) || !isCount(clients))
    return yield* Effect.fail(usage)
  const directory = join(tmpdir(), `salesos-chaos-${seed}-${process.pid}`)
  const result = yield* run({ seed: seed!, minutes: minutes!, tenants, clients, directory })
  yield* Effect.promise(async () => {
    await writeFile(join(Report.results, `${seed}.md`), Report.markdown(result))
    await writeFile(join(Report.results, `${seed}.svg`), svg(result))
  })
  yield* Console.log(Report.verdict(result))
  if (result.findings.length > 0) process.exitCode = 1
  else for (const each of [directory, result.database]) rmSync(each, { recursive: true, force: true })
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
