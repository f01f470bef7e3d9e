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

/** A day as it begins in São Paulo, where the providers' days do, or an instant; none for anything else. */
const instant = (text: string): Option.Option<DateTime.Utc> => {
  const day = { timeZone: ReconciliationSchedule.zone, adjustForTimeZone: true }
  if (isDay(text)) return Option.map(DateTime.makeZoned(text, day), DateTime.toUtc)
  return isTime(text) ? Option.map(DateTime.make(text), DateTime.toUtc) : Option.none()
}

/** `--from 2026-11-01`, or `--from 2026-11-01T12:00:00Z`. */
export const time = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withDescription(`${description}: 2026-11-01, a day of São Paulo, or 2026-11-01T12:00:00Z`),
    Flag.filterMap(
      instant,
      (text) => `Expected a day or a time, such as 2026-11-01 or 2026-11-01T12:00:00Z, not ${text}`
    ),
    Flag.optional
  )
