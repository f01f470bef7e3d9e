import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"

const folder = join(import.meta.dirname, "..")

describe("the embedding example", () => {
  it("charges once, and books what was paid", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "main.ts")])
    assert.match(stdout, /^201 INV-\d{4}-000001 and once more: the same\ncharge 1010 BRL fee 40 net 970\n$/)
  })

  it("is what the README shows, and short", async () => {
    const example = await readFile(join(folder, "main.ts"), "utf8")
    const readme = await readFile(join(folder, "../../README.md"), "utf8")
    assert.include(readme, example.slice(example.indexOf("import ")).trim())
    assert.isBelow(example.split("\n").length, 60)
  })
})
