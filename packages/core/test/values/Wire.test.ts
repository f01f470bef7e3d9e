import { assert, describe, it } from "@effect/vitest"
import { Wire } from "@salesos/core"
import { DateTime, Schema } from "effect"

const decode = Schema.decodeUnknownSync(Schema.Struct({ at: Wire.time, text: Wire.text, token: Wire.token }))

/** What a time is read as: null where nothing is said. */
const time = (at: unknown): string | null => {
  const { at: read } = decode({ at })
  return read === undefined || read === null ? null : DateTime.formatIso(read)
}

describe("a stranger's answer", () => {
  it("says nothing where a field is missing, null or of another shape", () => {
    assert.deepEqual(decode({}), {})
    assert.deepEqual(decode({ at: 7, text: ["x"], token: "two words" }), {})
    assert.deepEqual(decode({ text: "said", token: "x".repeat(128), more: true }), {
      text: "said",
      token: "x".repeat(128)
    })
    assert.deepEqual(decode({ token: "x".repeat(129) }), {})
  })

  it("tells times, in UTC where it names no zone", () => {
    for (const [told, read] of [
      ["2026-05-04T12:00:00Z", "2026-05-04T12:00:00.000Z"],
      ["2026-05-04T12:00:00.123456-03:00", "2026-05-04T15:00:00.123Z"],
      ["2026-05-04 12:00:00", "2026-05-04T12:00:00.000Z"],
      ["2026-05-04T12:00:00.5", "2026-05-04T12:00:00.500Z"],
      ["2026-05-04", "2026-05-04T00:00:00.000Z"],
      ["soon", null],
      ["-271821-04-20T00:00:00.000Z", null],
      ["12026-01-01T00:00:00Z", null]
    ] as const) {
      assert.strictEqual(time(told), read)
    }
  })
})
