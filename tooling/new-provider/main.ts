/** `pnpm new-provider acmepay [AcmePay]`: a new driver package, wired in. See docs/adding-a-provider.md. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { generate, named } from "./generate.ts"

const root = resolve(import.meta.dirname, "../..")

const refuse = (message: string): never => {
  console.error(message)
  process.exit(1)
}

const [name, title] = process.argv.slice(2)
if (name === undefined) refuse("Usage: pnpm new-provider <name> [Title], such as: pnpm new-provider acmepay AcmePay")
const names = named(name ?? "", title)
if (typeof names === "string") refuse(names)
else {
  const folder = join(root, "packages", `provider-${names.name}`)
  if (existsSync(folder)) refuse(`${folder} is there already`)
  for (const { path, text } of generate(root, names)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    console.log(path)
  }
  console.log(`
Now:
  pnpm install                                   links the package
  pnpm test packages/provider-${names.name}              fails where there is something to fill in
  grep -rn "FILL IN" packages/provider-${names.name}     those places
docs/adding-a-provider.md says more.`)
}
