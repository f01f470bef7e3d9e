/** When an account is reconciled, and what of. */
import { assert, describe, it } from "@effect/vitest"
import { ReconciliationSchedule } from "@salesos/core"
import { DateTime, Option } from "effect"
import * as fc from "fast-check"
import { at } from "../support/given.ts"

const time = fc
  .date({ min: new Date("2020-01-01"), max: new Date("2060-01-01"), noInvalidDate: true })
  .map((date) => DateTime.fromDateUnsafe(date))
const local = (utc: DateTime.Utc) => Option.getOrThrow(DateTime.setZoneNamed(utc, "America/Sao_Paulo"))

describe("an account's turn", () => {
  it("comes within a day, between three and five in the morning in São Paulo, at the same minute every day", () => {
    fc.assert(
      fc.property(time, fc.string(), (now, seed) => {
        const next = ReconciliationSchedule.nextRun(now, seed)
        const wait = next.epochMilliseconds - now.epochMilliseconds
        assert.isTrue(wait > 0 && wait <= 24 * 3600_000)
        const { hour, minute } = DateTime.toParts(local(next))
        assert.include([3, 4], hour)
        const after = DateTime.toParts(local(ReconciliationSchedule.nextRun(next, seed)))
        assert.deepStrictEqual([after.hour, after.minute], [hour, minute])
      })
    )
  })

  it("comes again after a failure ever later, within a day", () => {
    const noon = at("2026-11-21T12:00:00Z")
    assert.deepStrictEqual(
      [1, 2, 3, 4, 5, 6, 100].map(
        (failures) =>
          (ReconciliationSchedule.retryAt(noon, failures).epochMilliseconds - noon.epochMilliseconds) / 3600_000
      ),
      [1, 2, 4, 8, 16, 24, 24]
    )
  })
})

describe("what it covers", () => {
  const now = at("2026-11-21T06:30:00Z")
  const midnight = at("2026-11-21T03:00:00Z")
  const since = at("2026-11-01T15:00:00Z")

  it("is everything since the account is ours at first, then from a little before the last cut-off, to the last midnight", () => {
    assert.deepStrictEqual(ReconciliationSchedule.rangeOf({ since, coveredTo: null, requested: null }, now), {
      from: since,
      to: midnight
    })
    assert.deepStrictEqual(
      ReconciliationSchedule.rangeOf({ since, coveredTo: at("2026-11-20T03:00:00Z"), requested: null }, now),
      { from: at("2026-11-16T03:00:00Z"), to: midnight }
    )
    assert.deepStrictEqual(
      ReconciliationSchedule.rangeOf({ since, coveredTo: at("2026-11-03T03:00:00Z"), requested: null }, now).from,
      since
    )
  })

  it("is what was asked for, and never the future", () => {
    const [from, to] = [at("2026-10-01T00:00:00Z"), at("2026-11-20T00:00:00Z")]
    const asked = (requested: ReconciliationSchedule.Requested) =>
      ReconciliationSchedule.rangeOf({ since, coveredTo: null, requested }, now)
    assert.deepStrictEqual(asked({ from, to }), { from, to })
    assert.deepStrictEqual(asked({}), { from: since, to: now })
    assert.deepStrictEqual(asked({ from, to: at("2027-01-01T00:00:00Z") }), { from, to: now })
    assert.deepStrictEqual(asked({ from: at("2027-01-01T00:00:00Z") }), { from: now, to: now })
  })

  it("looks as far back behind a cut-off that was asked for as behind the last one", () => {
    const asked = (coveredTo: string, to: string) =>
      ReconciliationSchedule.rangeOf({ since, coveredTo: at(coveredTo), requested: { to: at(to) } }, now)
    const to = "2026-11-10T00:00:00Z"
    assert.deepStrictEqual(asked("2026-11-20T03:00:00Z", to), { from: at("2026-11-06T00:00:00Z"), to: at(to) })
    assert.deepStrictEqual(asked("2026-11-08T00:00:00Z", to), { from: at("2026-11-04T00:00:00Z"), to: at(to) })
    assert.deepStrictEqual(asked("2026-11-20T03:00:00Z", "2026-11-02T00:00:00Z").from, since)
  })

  it("moves the cut-off on only where nothing in between was left out", () => {
    const coveredTo = at("2026-11-10T03:00:00Z")
    const range = (from: string, to: string) => ({ from: at(from), to: at(to) })
    const after = (covered: DateTime.Utc | null, from: string, to: string) =>
      ReconciliationSchedule.coveredTo({ since, coveredTo: covered }, range(from, to))
    assert.deepStrictEqual(after(coveredTo, "2026-11-06T03:00:00Z", "2026-11-11T03:00:00Z"), at("2026-11-11T03:00:00Z"))
    assert.deepStrictEqual(after(coveredTo, "2026-11-12T03:00:00Z", "2026-11-13T03:00:00Z"), coveredTo)
    assert.deepStrictEqual(after(coveredTo, "2026-11-01T03:00:00Z", "2026-11-05T03:00:00Z"), coveredTo)
    assert.deepStrictEqual(after(null, "2026-11-02T03:00:00Z", "2026-11-05T03:00:00Z"), null)
    assert.deepStrictEqual(after(null, "2026-11-01T03:00:00Z", "2026-11-05T03:00:00Z"), at("2026-11-05T03:00:00Z"))
  })
})
