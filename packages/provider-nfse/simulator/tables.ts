/** The public tables beside the package's sources, as the authority has them. */
import { readFileSync } from "node:fs"
import { Schema } from "effect"

const read = <A, I>(name: string, schema: Schema.Codec<A, I>): A =>
  Schema.decodeUnknownSync(Schema.fromJsonString(schema))(
    readFileSync(new URL(`../data/${name}.json`, import.meta.url), "utf8")
  )

export const services = read("services", Schema.Record(Schema.String, Schema.Struct({ description: Schema.String })))

export const municipalities = read(
  "municipalities",
  Schema.Record(Schema.String, Schema.Tuple([Schema.String, Schema.String]))
)
