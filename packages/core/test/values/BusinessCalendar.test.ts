import { isBusinessDay } from "@brazilian-utils/brazilian-utils"
import { assert, describe, it } from "@effect/vitest"
import { BusinessCalendar } from "@salesos/core"
import { Result, Schema } from "effect"
import * as fc from "fast-check"

const on = (text: string) => BusinessCalendar.CalendarDate.make(text)
const day = (epochDay: number) => Result.getOrThrow(BusinessCalendar.fromEpochDay(epochDay))
const from = (text: string) => BusinessCalendar.toEpochDay(on(text))

const anyDay = fc.integer({ min: from("1900-01-01"), max: from("9999-12-31") }).map(day)

/** The days from Monday to Friday of a year on which banks are closed. */
const closed = (year: number, calendar: BusinessCalendar.Calendar): ReadonlyArray<string> => {
  const days: Array<string> = []
  for (let each = from(`${year}-01-01`); each <= from(`${year}-12-31`); each++) {
    const weekday = (each + 4) % 7
    if (weekday > 0 && weekday < 6 && !BusinessCalendar.isBusinessDay(day(each), calendar)) days.push(day(each))
  }
  return days
}

describe("calendar dates", () => {
  it("are the days since 1970 that a clock in UTC counts", () => {
    fc.assert(
      fc.property(anyDay, (date) => {
        const epochDay = BusinessCalendar.toEpochDay(date)
        assert.strictEqual(epochDay, Date.parse(`${date}T00:00:00.000Z`) / 86_400_000)
        assert.strictEqual(day(epochDay), date)
      })
    )
  })

  it.each(["1900-01-01", "2000-02-29", "2024-02-29", "2026-12-31", "9999-12-31"])("%s is one", (text) => {
    assert.isTrue(Schema.is(BusinessCalendar.CalendarDate)(text))
  })

  it.each([
    "2026-02-29",
    "1900-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-04-31",
    "2026-01-00",
    "1899-12-31",
    "0000-01-01",
    "10000-01-01",
    "2026-1-1",
    "2026-01-01T00:00:00Z",
    " 2026-01-01",
    "2026/01/01",
    "２０２６-01-01",
    ""
  ])("%j is none", (text) => {
    assert.isFalse(Schema.is(BusinessCalendar.CalendarDate)(text))
  })

  it.each([Number.NaN, 0.5, Number.POSITIVE_INFINITY, from("1900-01-01") - 1, from("9999-12-31") + 1])(
    "day %d is none",
    (epochDay) => {
      assert.isTrue(Result.isFailure(BusinessCalendar.fromEpochDay(epochDay)))
    }
  )
})

describe("bank business days", () => {
  // Published by FEBRABAN for each year; those on a Saturday or Sunday left out.
  it.each([
    {
      year: 2024,
      holidays: ["01-01", "02-12", "02-13", "03-29", "05-01", "05-30", "11-15", "11-20", "12-25"]
    },
    {
      year: 2025,
      holidays: ["01-01", "03-03", "03-04", "04-18", "04-21", "05-01", "06-19", "11-20", "12-25"]
    },
    {
      year: 2026,
      holidays: [
        ...["01-01", "02-16", "02-17", "04-03", "04-21", "05-01", "06-04"],
        ...["09-07", "10-12", "11-02", "11-20", "12-25"]
      ]
    }
  ])("of $year are those that FEBRABAN's list leaves", ({ holidays, year }) => {
    assert.deepStrictEqual(
      closed(year, "national"),
      holidays.map((each) => `${year}-${each}`)
    )
  })

  it("in São Paulo leave out 25 January and 9 July too", () => {
    const here = closed(2027, "sao_paulo").filter((each) => !closed(2027, "national").includes(each))
    assert.deepStrictEqual(here, ["2027-01-25", "2027-07-09"])
  })

  it.each(["2020-06-11", "2021-02-15", "2021-02-16", "2022-02-28", "2022-03-01", "2027-02-08", "2027-02-09"])(
    "do not include %s",
    (date) => {
      assert.isFalse(BusinessCalendar.isBusinessDay(on(date)))
    }
  )

  it.each(["2026-02-18", "2026-04-02", "2026-12-24", "2026-12-31", "2023-11-20", "2026-07-09", "2026-01-26"])(
    "include %s",
    (date) => {
      assert.isTrue(BusinessCalendar.isBusinessDay(on(date)))
    }
  )

  it("are those of an independent library, but for Carnival's Monday, which it takes for one", () => {
    for (let each = from("2018-01-01"); each <= from("2035-12-31"); each++) {
      const [year = 0, month = 0, date = 0] = day(each).split("-").map(Number)
      const theirs = (add: number) => isBusinessDay(new Date(year, month - 1, date + add, 12))
      const ours = BusinessCalendar.isBusinessDay(day(each))
      const carnivalMonday = !theirs(1) && (month === 2 || month === 3) && (each + 4) % 7 === 1
      assert.strictEqual(ours, theirs(0) && !carnivalMonday, day(each))
    }
  })

  it.each([
    ["2026-11-20", "2026-11-23"], // Friday, a holiday
    ["2026-02-14", "2026-02-18"], // Carnival's Saturday
    ["2026-11-21", "2026-11-23"],
    ["2026-11-23", "2026-11-23"],
    ["9999-12-31", "9999-12-31"]
  ])("%s rolled forward is %s", (date, next) => {
    assert.strictEqual(BusinessCalendar.rollForward(on(date)), next)
  })

  it.each([
    ["2026-11-19", 0, "2026-11-19"],
    ["2026-11-19", 1, "2026-11-23"],
    ["2026-11-21", 0, "2026-11-21"],
    ["2026-11-21", 1, "2026-11-23"],
    ["2026-12-23", 2, "2026-12-28"],
    ["2026-12-31", 2, "2027-01-05"],
    ["2026-02-13", 2, "2026-02-19"]
  ] as const)("%s and %i of them is %s", (date, days, then) => {
    assert.strictEqual<string>(Result.getOrThrow(BusinessCalendar.addBusinessDays(on(date), days)), then)
  })

  it("added are as many business days as were asked for, and end on one", () => {
    const calendar = fc.constantFrom<BusinessCalendar.Calendar>("national", "sao_paulo")
    const start = fc.integer({ min: from("2000-01-01"), max: from("2100-01-01") }).map(day)
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 40 }), calendar, (date, days, calendar) => {
        const end = Result.getOrThrow(BusinessCalendar.addBusinessDays(date, days, calendar))
        let counted = 0
        for (let each = BusinessCalendar.toEpochDay(date) + 1; each <= BusinessCalendar.toEpochDay(end); each++) {
          if (BusinessCalendar.isBusinessDay(day(each), calendar)) counted++
        }
        assert.strictEqual(counted, days)
        assert.isTrue(BusinessCalendar.isBusinessDay(end, calendar))
      })
    )
  })

  it("rolled forward are the same day again, and never more than five days away", () => {
    fc.assert(
      fc.property(anyDay, (date) => {
        const rolled = BusinessCalendar.rollForward(date, "sao_paulo")
        const days = BusinessCalendar.toEpochDay(rolled) - BusinessCalendar.toEpochDay(date)
        assert.isTrue(days >= 0 && days <= 5, `${date} ${rolled}`)
        assert.strictEqual(BusinessCalendar.rollForward(rolled, "sao_paulo"), rolled)
      })
    )
  })

  it.each([
    ["2026-01-01", -1],
    ["2026-01-01", 1.5],
    ["2026-01-01", Number.NaN],
    ["2026-01-01", 10_001],
    ["9999-12-31", 1]
  ] as const)("%s and %d of them is no date", (date, days) => {
    assert.isTrue(Result.isFailure(BusinessCalendar.addBusinessDays(on(date), days)))
  })
})
