import { readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { describe, expect, it } from "vitest"
import { manifest, opened, published } from "../packages.ts"

/** Modules that no index names, and that are open because the types of what is exported name them. */
const namedByTypes = ["@salesos/store-postgres/embedded/errors"]

/** A folder that is open as a whole: it is for tests, and nothing in production leans on it. */
const whole = "src/testing/"

/** The modules that an index exports from, each with whether it does so as a namespace. */
const exportedBy = (folder: string, index: string): ReadonlyMap<string, boolean> =>
  new Map(
    [...readFileSync(join(folder, index), "utf8").matchAll(/^export (\* as )?.*from "(\..*)"$/gm)].map(
      ([, namespace, path]) => [posix.join(posix.dirname(index), path ?? ""), namespace !== undefined]
    )
  )

describe.each(published)("exports of $name", ({ folder, name }) => {
  const { exports, publishConfig } = manifest(folder)
  const inWorkspace = opened(folder, exports)
  const asPublished = opened(folder, publishConfig.exports)
  const entries = [...asPublished.values()].filter((file) => /(^|\/)index\.ts$/.test(file))
  const named = new Map(entries.flatMap((index) => [...exportedBy(folder, index)]))

  it("are the same in the workspace, but for a simulator", () => {
    const shared = [...inWorkspace].filter(([path]) => path !== "./simulator")
    expect(shared).toEqual([...asPublished])
  })

  it("open a module only if an index exports it", () => {
    const closed = (file: string): boolean => !entries.includes(file) && !named.has(file) && !file.startsWith(whole)
    const others = [...asPublished].filter(([, file]) => closed(file))
    expect(others.map(([path]) => join(name, path))).toEqual(namedByTypes.filter((path) => path.startsWith(`${name}/`)))
  })

  it("open every module that the index exports by name, since inferred types name it", () => {
    const open = new Set(asPublished.values())
    const namespaces = [...exportedBy(folder, "src/index.ts")].filter(([, namespace]) => namespace)
    expect(namespaces.map(([file]) => file).filter((file) => !open.has(file))).toEqual([])
  })
})
