import { globSync, readFileSync } from "node:fs"
import { join, posix, resolve } from "node:path"

/** Where an entry of `exports` leads: a file, a pair of files, or nowhere. */
export type Target = string | { readonly types: string; readonly default: string } | null

export type Exports = Readonly<Record<string, Target>>

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports: Exports
  readonly publishConfig: { readonly exports: Exports }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export const manifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

const packages = resolve(import.meta.dirname, "../../packages")

/** The packages that a release publishes. */
export const published: ReadonlyArray<{ readonly name: string; readonly folder: string }> = globSync("*/package.json", {
  cwd: packages
})
  .map((path) => join(packages, path, ".."))
  .map((folder) => ({ ...manifest(folder), folder }))
  .filter((each) => each.private !== true)
  .map(({ folder, name }) => ({ folder, name }))

const file = (target: Target): string | undefined => (typeof target === "string" ? target : target?.default)

/** The source of what an entry leads to, from the package's folder. */
const source = (path: string): string => path.replace("./dist/", "./src/").replace(/\.js$/, ".ts").slice(2)

/** The modules that `exports` opens, with their sources: patterns are expanded, and what is closed again is left out. */
export const opened = (folder: string, exports: Exports): ReadonlyMap<string, string> => {
  const modules = new Map<string, string>()
  for (const [path, target] of Object.entries(exports)) {
    const to = file(target)
    if (to === undefined) continue
    const [before, after] = source(to).split("*")
    if (before === undefined || after === undefined) modules.set(path, source(to))
    else
      for (const found of globSync(`${before}**/*${after}`, { cwd: folder }))
        modules.set(path.replace("*", found.slice(before.length, -after.length)), found)
  }
  const closed = Object.keys(exports).filter((path) => exports[path] === null)
  return new Map([...modules].filter(([path]) => !closed.some((pattern) => posix.matchesGlob(path, pattern))))
}

export const subpaths = (folder: string, exports: Exports): ReadonlyArray<string> =>
  [...opened(folder, exports).keys()].filter((path) => path !== ".").toSorted()

/** What lies in `dist` although its source is gone: a build adds files and removes none. */
export const builtWithoutSource = (folder: string): ReadonlyArray<string> =>
  globSync("dist/**/*.js", { cwd: folder }).filter(
    (built) => globSync(built.replace("dist", "src").replace(/\.js$/, ".ts"), { cwd: folder }).length === 0
  )
