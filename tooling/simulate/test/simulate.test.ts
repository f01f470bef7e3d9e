import { globSync } from "node:fs"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { basename, resolve } from "node:path"
import { describe, expect, it } from "vitest"

const root = resolve(import.meta.dirname, "../../..")
const program = resolve(import.meta.dirname, "../main.ts")
const names = globSync("packages/provider-*/simulator/main.ts", { cwd: root }).map((path) =>
  basename(resolve(root, path, "../..")).replace("provider-", "")
)

describe("pnpm simulate", () => {
  it.each(names)("runs the simulator of %s, which says where it listens", async (name) => {
    const child = spawn(process.execPath, [program, name], {
      env: { ...process.env, PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"]
    })
    try {
      const [line] = await once(createInterface(child.stdout), "line")
      expect(line).toMatch(/ simulator on https?:\/\/127\.0\.0\.1:\d+/)
    } finally {
      child.kill()
      await once(child, "exit")
    }
  })

  it.each([[], ["nobody"], ["../core"]])("names the simulators there are when asked for %j", (...args) => {
    const { status, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" })
    expect(status).toBe(1)
    for (const name of names) expect(stderr).toContain(name)
  })
})
