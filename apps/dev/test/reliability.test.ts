import { assert, describe, it } from "@effect/vitest"
import { Alert } from "@salesos/core"
import { readFileSync } from "node:fs"
import { join } from "node:path"

describe("docs/reliability.md", () => {
  it("says of every alert what to do, and of no other", () => {
    const text = readFileSync(join(import.meta.dirname, "../../../docs/reliability.md"), "utf8")
    const rows = [...text.matchAll(/^\| `(\w+)` \| [^|]+ \| [^|]+ \|$/gm)].map(([, alert]) => alert)
    assert.deepStrictEqual(rows, [...Alert.all])
  })
})
