/** The fields that requests of several resources have in common. */
import { DateTime, Option, Schema } from "effect"
import { Text, wellFormed } from "../values/Text.ts"

/** An e-mail address by its shape only: whether mail arrives is known by sending some. */
export const Email = Schema.String.check(
  wellFormed,
  Schema.isPattern(/^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]+\.[^\s@<>()[\]\\,;:".]{2,}$/u, {
    message: "Expected an e-mail address",
    code: "invalid_email"
  }),
  Schema.isMaxLength(254, { message: "Expected at most 254 characters", code: "invalid_length" })
)

const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})$/

/** A time in ISO 8601 with an offset; a day that the calendar does not have is refused. */
export const Time = Schema.String.check(
  Schema.makeFilter(
    (text: string) =>
      iso.test(text) &&
      Option.isSome(DateTime.make(text)) &&
      Option.exists(
        DateTime.make(`${text.slice(0, 10)}T00:00:00Z`),
        (day) => DateTime.formatIsoDate(day) === text.slice(0, 10)
      ),
    { message: "Expected a time in ISO 8601, such as 2027-01-31T23:59:59Z", code: "invalid_time" }
  )
)

/** An ISO 3166-1 alpha-2 code by its shape only: which countries are served is routing's business. */
export const Country = Schema.String.check(
  Schema.isPattern(/^[A-Z]{2}$/, {
    message: "Expected an ISO 3166-1 alpha-2 code, such as BR",
    code: "invalid_country"
  })
)

/** The client's own labels. */
export const Metadata = Schema.Record(
  Schema.String,
  Schema.String.check(
    wellFormed,
    Schema.isMaxCodePoints(500, { message: "Expected at most 500 characters", code: "invalid_length" })
  )
).check(
  Schema.makeFilter(
    (metadata: Readonly<Record<string, string>>) => {
      const keys = Object.keys(metadata)
      return (
        keys.length <= 50 &&
        keys.every((key) => key.length >= 1 && key.length <= 64 && key.isWellFormed() && !key.includes("\u0000"))
      )
    },
    { message: "Expected at most 50 keys of 1 to 64 characters", code: "invalid_metadata" }
  )
)

/** What a resource is filed under: on it, and on every statement row it causes. */
export const control = {
  cost_center: Text(64),
  contractor_reference: Schema.optionalKey(Text(64)),
  metadata: Schema.optionalKey(Metadata),
  /** Pins a provider account by its configured name. */
  provider: Schema.optionalKey(Text(64))
}
