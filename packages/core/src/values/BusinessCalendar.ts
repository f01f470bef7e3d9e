/**
 * Calendar dates as `YYYY-MM-DD`, and which of them Brazilian banks work on. Arithmetic on days since 1970-01-01 only:
 * a date has no time zone here, and no clock is read.
 *
 * Not business days, by CMN Resolution 4.880/2020 and FEBRABAN's yearly list: Saturdays, Sundays, national holidays
 * (Laws 662/1949, 6.802/1980, 10.607/2002 and 14.759/2023), Carnival's Monday and Tuesday, Good Friday and Corpus
 * Christi. Ash Wednesday, 24 and 31 December are business days with other opening hours. Right for the years from 2000.
 */
import { Result, Schema } from "effect"
import "./Annotations.ts"

/** Day of a year, month and day by the Gregorian calendar (Howard Hinnant's `days_from_civil`). */
const dayOf = (year: number, month: number, day: number): number => {
  const fromMarch = month <= 2 ? year - 1 : year
  const era = Math.floor(fromMarch / 400)
  const yearOfEra = fromMarch - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

interface Parts {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** The opposite of `dayOf` (`civil_from_days`). */
const partsOf = (epochDay: number): Parts => {
  const shifted = epochDay + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  }
}

const text = ({ day, month, year }: Parts): string =>
  `${year.toString().padStart(4, "0")}-${month.toString().padStart(2, "0")}-${day.toString().padStart(2, "0")}`

const parse = (date: string): Parts => ({
  year: Number(date.slice(0, 4)),
  month: Number(date.slice(5, 7)),
  day: Number(date.slice(8, 10))
})

const read = (date: string): number => {
  const { day, month, year } = parse(date)
  return dayOf(year, month, day)
}

/** A day that exists, `YYYY-MM-DD`, of the years 1900 to 9999. */
export const CalendarDate = Schema.String.check(
  Schema.makeFilter(
    // A day that does not exist comes back as another one.
    (date: string) => /^(19|[2-9]\d)\d{2}-\d{2}-\d{2}$/.test(date) && text(partsOf(read(date))) === date,
    { message: "Expected a date, YYYY-MM-DD", code: "invalid_date" }
  )
).pipe(Schema.brand("CalendarDate"))
export type CalendarDate = typeof CalendarDate.Type

/** A day before 1900 or after 9999, or a number of days that is none. */
export class OutOfCalendar extends Schema.TaggedError<OutOfCalendar>()("OutOfCalendar", {
  message: Schema.String
}) {}

const first = dayOf(1900, 1, 1)
const last = dayOf(9999, 12, 31) // a Friday, so that every date can be rolled forward

/** Days since 1970-01-01. */
export const toEpochDay = (date: CalendarDate): number => read(date)

/** The opposite of {@link toEpochDay}. Fails for what is not a whole number of a day from 1900 to 9999. */
export const fromEpochDay = (epochDay: number): Result.Result<CalendarDate, OutOfCalendar> =>
  Number.isInteger(epochDay) && epochDay >= first && epochDay <= last
    ? Result.succeed(CalendarDate.make(text(partsOf(epochDay))))
    : Result.fail(new OutOfCalendar({ message: `${epochDay} is not a day from 1900-01-01 to 9999-12-31` }))

/**
 * Whose holidays count. `national`: the clearing of boletos, the same in the whole country; CMN Resolution 4.880/2020
 * knows no local holiday. `sao_paulo` adds 25 January (the city's) and 9 July (the state's, Law 9.497/1997): banks are
 * closed there, and FEBRABAN lets what falls due be paid on the next business day. Expiry counted by it never ends
 * before a payer in São Paulo could pay; counted by `national`, it may be a day early for them.
 */
export type Calendar = "national" | "sao_paulo"

const nationalHolidays: ReadonlySet<string> = new Set([
  "01-01",
  "04-21",
  "05-01",
  "09-07",
  "10-12",
  "11-02",
  "11-15",
  "12-25"
])
const saoPauloHolidays: ReadonlySet<string> = new Set(["01-25", "07-09"])

/** Law 14.759/2023 made 20 November (Dia da Consciência Negra) a national holiday. */
const blackConsciousnessSince = 2024

/** Carnival's Monday and Tuesday, Good Friday and Corpus Christi, in days from Easter Sunday. */
const movable: ReadonlySet<number> = new Set([-48, -47, -2, 60])

/** Easter Sunday of a year by the Gregorian calendar (Meeus, Jones, Butcher). */
const easter = (year: number): number => {
  const a = year % 19
  const century = Math.floor(year / 100)
  const rest = year % 100
  const b = Math.floor((8 * century + 13) / 25)
  const epact = (19 * a + century - Math.floor(century / 4) - b + 15) % 30
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor(rest / 4) - epact - (rest % 4)) % 7
  const c = Math.floor((a + 11 * epact + 22 * weekday) / 451)
  const sum = epact + weekday - 7 * c + 114
  return dayOf(year, Math.floor(sum / 31), (sum % 31) + 1)
}

const isOpen = (epochDay: number, calendar: Calendar): boolean => {
  const weekday = (((epochDay + 4) % 7) + 7) % 7 // 1970-01-01 was a Thursday; 0 is Sunday
  if (weekday === 0 || weekday === 6) return false
  const parts = partsOf(epochDay)
  const monthAndDay = text(parts).slice(5)
  if (nationalHolidays.has(monthAndDay)) return false
  if (calendar === "sao_paulo" && saoPauloHolidays.has(monthAndDay)) return false
  if (monthAndDay === "11-20" && parts.year >= blackConsciousnessSince) return false
  return !movable.has(epochDay - easter(parts.year))
}

/** Whether banks work on a day. */
export const isBusinessDay = (date: CalendarDate, calendar: Calendar = "national"): boolean =>
  isOpen(read(date), calendar)

/** The day itself if banks work on it, otherwise the next on which they do. */
export const rollForward = (date: CalendarDate, calendar: Calendar = "national"): CalendarDate => {
  let day = read(date)
  while (!isOpen(day, calendar)) day++
  return CalendarDate.make(text(partsOf(day)))
}

const maximumDays = 10_000

/**
 * The `days`-th business day after a date; the date itself, business day or not, for 0. From a Saturday, one business
 * day later is Monday: roll the date forward first where counting begins on a business day.
 * `days` is a whole number from 0 to 10,000.
 */
export const addBusinessDays = (
  date: CalendarDate,
  days: number,
  calendar: Calendar = "national"
): Result.Result<CalendarDate, OutOfCalendar> => {
  if (!Number.isInteger(days) || days < 0 || days > maximumDays) {
    return Result.fail(
      new OutOfCalendar({ message: `${days} is not a whole number of business days from 0 to ${maximumDays}` })
    )
  }
  let day = read(date)
  for (let left = days; left > 0 && day <= last;) if (isOpen(++day, calendar)) left--
  return fromEpochDay(day)
}
