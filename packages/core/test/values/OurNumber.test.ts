import { assert, describe, it } from "@effect/vitest"
import { FieldError, OurNumber } from "@salesos/core"
import { DateTime, Result, Schema } from "effect"
import * as fc from "fast-check"

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
    "XINV-2026-000001",
    "INV-2026-000001-2",
    "INV-2026-000001\n",
    "INV-2026-9007199254740992", // more than a number can tell apart
    "INV-2026-10000000000000000"
  ])("%j is none", (text) => {
    const result = FieldError.decodeResult(OurNumber.OurNumber)(text)
    assert.deepStrictEqual(Result.isFailure(result) ? result.failure.errors : [], [
      { field: "", code: "invalid_our_number", message: "Expected a number such as INV-2026-000001" }
    ])
  })

  it.each([
    [2026, 0, "sequence"],
    [2026, -1, "sequence"],
    [2026, 1.5, "sequence"],
    [2026, Number.NaN, "sequence"],
    [2026, Number.MAX_SAFE_INTEGER + 1, "sequence"],
    [999, 1, "year"],
    [10_000, 1, "year"],
    [2026.5, 1, "year"],
    [Number.NaN, 1, "year"]
  ])("cannot be made of year %s and sequence %s", (year, sequence, rule) => {
    const result = OurNumber.make("INV", year, sequence)
    assert.strictEqual(
      Result.isFailure(result) ? `${result.failure._tag} ${result.failure.rule}` : "none",
      `InvalidOurNumber ${rule}`
    )
  })

  it("reaches from the first place of year 1000 to the last that a number can say", () => {
    assert.strictEqual(Result.getOrThrow(OurNumber.make("PO", 1000, 1)), "PO-1000-000001")
    const last = OurNumber.make("INV", 9999, Number.MAX_SAFE_INTEGER)
    assert.strictEqual(Result.getOrThrow(last), "INV-9999-9007199254740991")
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

  it("of any instant is of the year that the tenant's calendar shows", () => {
    const zones = ["America/Sao_Paulo", "America/Noronha", "America/Rio_Branco", "UTC", "Asia/Kolkata", "Pacific/Apia"]
    const day = 86_400_000
    // Around the turn of each year, where the zones differ.
    const instant = fc
      .tuple(fc.integer({ min: 2000, max: 2100 }), fc.integer({ min: -day, max: day }))
      .map(([year, offset]) => Date.UTC(year, 0, 1) + offset)
    fc.assert(
      fc.property(instant, fc.constantFrom(...zones), (at, timeZone) => {
        const shown = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", calendar: "gregory" }).format(at)
        const year = Result.getOrThrow(OurNumber.yearIn(DateTime.makeUnsafe(at), timeZone))
        assert.strictEqual(`${year}`, shown)
      })
    )
  })

  it.each([
    ["2026-11-21T00:00:00Z", "", "time_zone"],
    ["2026-11-21T00:00:00Z", "America/Gotham", "time_zone"],
    ["9999-12-31T23:00:00Z", "Asia/Tokyo", "year"],
    ["-271821-04-20T00:00:00Z", "America/Sao_Paulo", "year"] // the first instant there is, some hours earlier
  ])("of %s in %j has no year: %s", (createdAt, timeZone, rule) => {
    const result = OurNumber.yearIn(DateTime.makeUnsafe(createdAt), timeZone)
    assert.strictEqual(Result.isFailure(result) ? result.failure.rule : "none", rule)
  })
})
