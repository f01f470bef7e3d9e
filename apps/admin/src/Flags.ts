/** Flags that several commands have. */
import { BusinessCalendar, Ids, Owner, ReconciliationSchedule, RequestFields } from "@salesos/core"
import { DateTime, Option, Schema } from "effect"
import { Flag } from "effect/cli"

/** `--tenant ten_…` */
export const tenant = Flag.String("tenant").pipe(
  Flag.withDescription("The tenant's id, ten_…"),
  Flag.withSchema(Ids.TenantId)
)

/** `--environment sandbox|live`; a mistake between the two is worse than typing it. */
export const environment = Flag.Literals("environment", Owner.Environment.literals).pipe(
  Flag.withDescription("Which of the tenant's worlds")
)

/** Whose. */
export const owner = { tenant, environment }

/** Whose, where it is only needed to tell several apart. */
export const anyOwner = { tenant: tenant.pipe(Flag.optional), environment: environment.pipe(Flag.optional) }

/** What comes of {@link anyOwner}. */
export interface Whose {
  readonly tenant: Option.Option<Ids.TenantId>
  readonly environment: Option.Option<Owner.Environment>
}

/** Whose, where a command is about everybody's unless told. */
export const whose = ({ environment, tenant }: Whose): Partial<Owner.Owner> => ({
  ...(Option.isSome(tenant) ? { tenant: tenant.value } : {}),
  ...(Option.isSome(environment) ? { environment: environment.value } : {})
})

const isDay = Schema.is(BusinessCalendar.CalendarDate)
const isTime = Schema.is(RequestFields.Time)

/** A day as it begins, or as it ends, in São Paulo, where the providers' days do; or an instant; none for anything else. */
const instant = (text: string, day: "begins" | "ends"): Option.Option<DateTime.Utc> => {
  if (!isDay(text)) return isTime(text) ? Option.map(DateTime.make(text), DateTime.toUtc) : Option.none()
  const begins = DateTime.makeZoned(text, { timeZone: ReconciliationSchedule.zone, adjustForTimeZone: true })
  return Option.map(begins, (time) => DateTime.toUtc(day === "ends" ? DateTime.add(time, { days: 1 }) : time))
}

const timeOf = (name: string, description: string, day: "begins" | "ends") =>
  Flag.String(name).pipe(
    Flag.withDescription(
      `${description}: 2026-11-01, which is when that day of São Paulo ${day}, or 2026-11-01T12:00:00Z`
    ),
    Flag.filterMap(
      (text) => instant(text, day),
      (text) => `Expected a day or a time, such as 2026-11-01 or 2026-11-01T12:00:00Z, not ${text}`
    ),
    Flag.optional
  )

/** `--from 2026-11-01`, with that day; or `--from 2026-11-01T12:00:00Z`. */
export const from = (description: string) => timeOf("from", description, "begins")

/** `--to 2026-11-01`, with that day; or `--to 2026-11-01T12:00:00Z`. */
export const to = (description: string) => timeOf("to", description, "ends")
