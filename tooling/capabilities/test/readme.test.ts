import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { replaced, root, table } from "../table.ts"

describe("the README's capability table", () => {
  it.live(
    "is what trying every driver finds (`pnpm capabilities` writes it anew)",
    () =>
      Effect.gen(function* () {
        const readme = readFileSync(join(root, "README.md"), "utf8")
        assert.strictEqual(readme, replaced(readme, yield* table))
      }),
    60_000
  )

  it("has a place of its own, or is refused one", () => {
    const text = "a\n<!-- capabilities: x -->\nold\n<!-- /capabilities -->\nb"
    assert.strictEqual(replaced(text, "$& new"), "a\n<!-- capabilities: x -->\n$& new\n<!-- /capabilities -->\nb")
    assert.throws(() => replaced("a", "new"))
  })
})
