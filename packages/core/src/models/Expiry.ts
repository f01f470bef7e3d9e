/**
 * When a charge is over by our clock. The clock alone ends nothing: it says when to ask the provider once more, and what an
 * unpaid charge is from then on.
 */
import { DateTime, Duration, Option, Result } from "effect"
import * as BusinessCalendar from "../values/BusinessCalendar.ts"
import type { CalendarDate } from "../values/BusinessCalendar.ts"
import type { InvoiceRequest, Leg } from "./InvoiceRequest.ts"

/** How long a charge stays payable where nothing was asked for, in seconds. */
const defaultSeconds = { pix: 3600, boleto: 3 * 24 * 3600, bolepix: 3 * 24 * 3600, other: 24 * 3600 }

const bank = "America/Sao_Paulo"

/** The day a boleto is due: the one asked for, or the day its `expires_in` ends, as banks in São Paulo count days. */
const dueDateOf = (request: InvoiceRequest, from: DateTime.Utc, seconds: number): CalendarDate => {
  const { due_date } = request.payment_method
  if (due_date !== undefined) return due_date
  const end = DateTime.setZoneNamed(DateTime.addDuration(from, Duration.seconds(seconds)), bank)
  return BusinessCalendar.CalendarDate.make(DateTime.formatIsoDate(Option.getOrThrow(end)))
}

/** The beginning of the day after, in São Paulo. */
const endOf = (date: CalendarDate): DateTime.Utc => {
  const next = DateTime.add(DateTime.makeUnsafe(`${date}T00:00:00.000Z`), { days: 1 })
  const { day, month, year } = DateTime.toPartsUtc(next)
  return DateTime.toUtc(DateTime.makeZonedUnsafe({ year, month, day }, { timeZone: bank, adjustForTimeZone: true }))
}

/**
 * When a boleto that is due on a day can't be paid any more: the due date rolled to a business day, and two business days,
 * since a payment clears later.
 */
export const boletoLapsesAt = (dueDate: CalendarDate): DateTime.Utc => {
  const payable = BusinessCalendar.rollForward(dueDate, "sao_paulo")
  return endOf(Result.getOrThrow(BusinessCalendar.addBusinessDays(payable, 2, "sao_paulo")))
}

/** How long one attempt is asked to stay payable. */
export interface Terms {
  /** Seconds. */
  readonly expiresIn: number
  /** Of boletos only. */
  readonly dueDate?: CalendarDate
  /** When it is over by our clock, unless the provider says otherwise. */
  readonly lapsesAt: DateTime.Utc
}

/** The terms of an attempt made at a time; `maximumSeconds` is what its provider can keep a charge payable for. */
export const terms = (request: InvoiceRequest, leg: Leg, maximumSeconds: number | null, from: DateTime.Utc): Terms => {
  const { expires_in, type } = request.payment_method
  const asked =
    expires_in ??
    (type === "pix" || type === "boleto" || type === "bolepix" ? defaultSeconds[type] : defaultSeconds.other)
  const expiresIn = Math.min(asked, maximumSeconds ?? asked)
  if (leg !== "boleto") return { expiresIn, lapsesAt: DateTime.addDuration(from, Duration.seconds(expiresIn)) }
  const dueDate = dueDateOf(request, from, expiresIn)
  return { expiresIn, dueDate, lapsesAt: boletoLapsesAt(dueDate) }
}
