/**
 * Fields that several resources share.
 *
 * Descriptions are put on a schema before its checks: on a check that JSON Schema can't express they would be lost.
 */
import { Schema } from "effect"
import "./Annotations.ts"

export type Documented = {
  readonly description?: string
  readonly examples?: readonly [string, ...Array<string>]
}

/** Text of 1 to `max` characters (code points). U+0000 and lone surrogates are refused: the database would refuse them. */
export const Text = (max: number, documented: Documented = {}) => {
  const wrongLength = { message: `Expected 1 to ${max} characters`, code: "invalid_length" }
  return Schema.String.annotate(documented).check(
    Schema.makeFilter((text: string) => text.isWellFormed() && !text.includes("\u0000"), {
      message: "Expected text without U+0000 or lone surrogates",
      code: "invalid_text"
    }),
    Schema.isMinCodePoints(1, wrongLength),
    Schema.isMaxCodePoints(max, wrongLength)
  )
}

/** Text of exactly so many characters. */
export const FixedText = (length: number, documented: Documented) =>
  Schema.String.annotate(documented).check(Schema.isMinCodePoints(length), Schema.isMaxCodePoints(length))

const idExample = (prefix: string) => `${prefix}_01K9X0ZB7C8W3Q2V5T6Y4N1M0P`

/** An id: a prefix that names the resource, and a ULID. */
export const Id = (prefix: string, description = "The id") =>
  Schema.String.annotate({ description, examples: [idExample(prefix)] }).check(
    Schema.isPattern(new RegExp(`^${prefix}_[0-7][0-9A-HJKMNP-TV-Z]{25}$`, "u"), {
      message: `Expected an id that begins with ${prefix}_`,
      code: "invalid_id"
    })
  )

/** The id of a resource in a path. Of any shape, since an id that can't exist is not found, like one that does not. */
export const PathId = (prefix: string) =>
  Schema.String.annotate({ description: "The id", examples: [idExample(prefix)] })

/** A time in ISO 8601, UTC, with milliseconds. */
export const Time = Schema.String.annotate({ format: "date-time", examples: ["2026-11-21T20:00:00.000Z"] })

/** A day, `YYYY-MM-DD`. */
export const Day = Schema.String.annotate({ format: "date", examples: ["2026-11-21"] })

/** An ISO 4217 currency code. */
export const Currency = FixedText(3, { description: "An ISO 4217 code in capitals", examples: ["BRL"] })

/** What a client has attached to a resource. */
export const Metadata = Schema.Record(Schema.String, Schema.String).annotate({
  description: "What you have attached, unchanged",
  examples: [{ order: "77" }]
})

/** Which world a resource is in. */
export const LiveMode = Schema.Boolean.annotate({ description: "False for what belongs to the sandbox" })

/** How amounts are told. */
export const minorUnits = "In minor units of the currency: 12310 is R$ 123.10"

/** What every request for money may carry besides, to be found again by. */
export const control = {
  cost_center: Text(64, { description: "One of your cost centers, if you have registered any" }),
  contractor_reference: Schema.optionalKey(Text(64, { description: "Your own reference" })),
  metadata: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.String.check(Schema.isMaxCodePoints(500)))
      .check(Schema.isMaxProperties(50))
      .annotate({ description: "Up to 50 pairs of your own, keys up to 64 and values up to 500 characters" })
  ),
  provider: Schema.optionalKey(Text(64, { description: "A provider account by name, in place of routing" }))
}
