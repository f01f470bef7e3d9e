/** The operator's command line: `pnpm salesos --help`. */
import { Process } from "@salesos/app-wiring"
import { Effect } from "effect"
import { run } from "./Cli.ts"

Process.runMain(
  Effect.map(run(process.argv.slice(2)), (code) => (process.exitCode = code)),
  "salesos-admin"
)
