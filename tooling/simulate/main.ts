/** `pnpm simulate NAME`: runs a provider's simulator alone. What it can be told is in its `simulator/main.ts`. */
import { globSync } from "node:fs"
import { join, resolve } from "node:path"

const packages = resolve(import.meta.dirname, "../../packages")

const known = globSync("provider-*/simulator/main.ts", { cwd: packages })
  .map((path) => path.slice("provider-".length, path.indexOf("/")))
  .toSorted()

const [name = ""] = process.argv.slice(2)
const program = join(packages, `provider-${name}`, "simulator/main.ts")

if (known.includes(name)) {
  await import(program)
} else {
  const asked = name === "" || name === "--help"
  console.error(`${asked ? "" : `There is no simulator of ${name}.\n\n`}pnpm simulate NAME

  NAME    ${known.join(", ")}

Environment: HOST, PORT, STATE_FILE (none: it forgets when it stops) and the credentials that it accepts, as said at the top of
packages/provider-NAME/simulator/main.ts. What tests tell it to do is under its address /control.`)
  process.exitCode = name === "--help" ? 0 : 1
}
