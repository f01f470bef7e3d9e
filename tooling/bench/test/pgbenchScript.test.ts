import { describe, expect, it } from "vitest"
import type { Capture } from "../capture.ts"
import { make } from "../pgbenchScript.ts"

const captured = (sql: string, parameters: ReadonlyArray<string | null>): Capture => ({
  statements: [{ pid: 1, sql, parameters }],
  varying: { tenant: "ten_1", apiKey: "sk_test_1", key: "key-1", invoice: "inv_1", providerId: "abc" },
  footprint: {}
})

describe("the pgbench script", () => {
  it("keeps a statement, with its literals as variables", () => {
    const { text, variables } = make(captured("select $1::jsonb, $2", ['{"a":true}', null]), 3, 2)
    expect(text).toContain("select :s1_1::jsonb, null;")
    expect(variables).toEqual([["s1_1", '{"a":true}']])
    expect(text).toContain("\\set t random(1, 3)")
  })

  it("computes what differs between creations, alone and inside of a text", () => {
    const { text, variables } = make(
      captured("select $1, $2, $10", ["ten_1", '{"id":"abc"}', ...Array<null>(7).fill(null), "x"]),
      3,
      2
    )
    expect(text).toContain(
      "select ('ten_' || lpad(:t::text, 26, '0')), (:s1_2_0::text || lpad(:u::text, 3, '0') || :s1_2_2::text), :s1_10;"
    )
    expect(variables).toEqual([
      ["s1_2_0", '{"id":"'],
      ["s1_2_2", '"}'],
      ["s1_10", "x"]
    ])
  })
})
