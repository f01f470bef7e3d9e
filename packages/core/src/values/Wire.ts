/**
 * What strangers send, read leniently: a driver asks of an answer only what it can't do without, and what is missing, or
 * of another shape than documented, counts as not said.
 */
import { DateTime, Effect, Schema, SchemaTransformation } from "effect"

/** A field we can do without: absent where it is missing, null, or of another shape than documented. */
export const lenient = <S extends Schema.Constraint>(schema: S) =>
  Schema.optionalKey(Schema.catchDecoding<Schema.NullOr<S>>(() => Effect.succeedNone)(Schema.NullOr(schema)))

/** Text, or nothing said. */
export const text = lenient(Schema.String)

/** One that names no zone is UTC: otherwise it would depend on where this runs. */
const zoned = SchemaTransformation.transform({
  decode: (text: string) =>
    /^[\d-]+[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text) ? `${text.replace(" ", "T")}Z` : text,
  encode: (text: string) => text
})

/** A time that calendars and databases can hold and calculate with: years of four digits. */
export const time = lenient(
  Schema.String.pipe(Schema.decodeTo(Schema.String, zoned), Schema.decodeTo(Schema.DateTimeUtcFromString)).check(
    Schema.makeFilter((utc) => DateTime.getPartUtc(utc, "year") >= 1970 && DateTime.getPartUtc(utc, "year") < 9999)
  )
)

/** Printable and short: what a stranger may post becomes part of a key. */
export const token = lenient(Schema.String.check(Schema.isPattern(/^[\x21-\x7e]{1,128}$/)))
