import { assert, describe, it } from "@effect/vitest"
import { OurNumber } from "@salesos/core"
import { DateTime, Schema } from "effect"

describe("our_number", () => {
  it.prop(
    "reads back as it was made",
    {
      series: Schema.Literals(["INV", "PO"]),
      year: Schema.Int.check(Schema.isBetween({ minimum: 1000, maximum: 9999 })),
      sequence: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))
    },
    (parts) => {
      assert.deepStrictEqual(OurNumber.parse(OurNumber.format(parts.series, parts.year, parts.sequence)), parts)
    }
  )

  it("is padded to six digits and grows past them", () => {
    assert.strictEqual(OurNumber.format("INV", 2026, 1), "INV-2026-000001")
    assert.strictEqual(OurNumber.format("PO", 2026, 999_999), "PO-2026-999999")
    assert.strictEqual(OurNumber.format("INV", 2026, 1_000_000), "INV-2026-1000000")
  })

  it.each([
    "INV-2026-000000",
    "INV-2026-0000000",
    "INV-2026-1",
    "INV-2026-0000001",
    "INV-26-000001",
    "XX-2026-000001",
    "INV-2026-000001-2"
  ])("%s is none", (text) => {
    assert.isFalse(Schema.is(OurNumber.OurNumber)(text))
  })

  it.each([
    ["2027-01-01T02:59:59.999Z", "America/Sao_Paulo", 2026],
    ["2027-01-01T03:00:00.000Z", "America/Sao_Paulo", 2027],
    ["2026-12-31T23:59:59.999Z", "UTC", 2026],
    ["2027-01-01T00:00:00.000Z", "UTC", 2027],
    ["2026-12-31T15:00:00.000Z", "Asia/Tokyo", 2027],
    ["2027-01-01T09:59:59.999Z", "Pacific/Honolulu", 2026]
  ])("of %s in %s is of %i", (createdAt, timeZone, year) => {
    assert.strictEqual(OurNumber.yearOf(DateTime.makeUnsafe(createdAt), timeZone), year)
  })
})
