/** Amounts, times and days as payers and beneficiaries read them. */
import { type Language, Money } from "@salesos/core"
import { DateTime } from "effect"

/** What a provider tells may be beyond the safe integers only by mistake: then it is shown as it came. */
export const money = (language: Language.Language, { amount, currency }: Money.Money): string => {
  const format = new Intl.NumberFormat(language, { style: "currency", currency })
  // By its decimal text: a safe integer in minor units may have more digits than a double keeps after a division.
  return Number.isSafeInteger(amount)
    ? format.format(Money.toDecimal({ amount: Money.MinorUnits.make(amount), currency }) as `${number}`)
    : `${currency} ${amount}`
}

/** In the payee's time zone, which is named. */
export const time = (language: Language.Language, timeZone: string, at: DateTime.Utc): string =>
  new Intl.DateTimeFormat(language, {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
    timeZone
  }).format(DateTime.toDateUtc(at))

/** A day, `YYYY-MM-DD`, of no time zone. */
export const day = (language: Language.Language, date: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`))

/** A decimal number in the language's own way, with all of its digits. */
export const decimal = (language: Language.Language, text: string): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 20 }).format(text as `${number}`)
