/** The public tables that the package carries (`data/README.md` says where they come from). */
import { readFileSync } from "node:fs"
import { Schema } from "effect"

const read = <A, I>(name: string, schema: Schema.Codec<A, I>): A =>
  Schema.decodeUnknownSync(Schema.fromJsonString(schema))(
    readFileSync(new URL(`../data/${name}.json`, import.meta.url), "utf8")
  )

const entries = <A>(table: Readonly<Record<string, A>>): ReadonlyMap<string, A> => new Map(Object.entries(table))

/** A national service code's description, and the group of fields that a document of it must have besides. */
const Service = Schema.Struct({ description: Schema.String, group: Schema.optionalKey(Schema.String) })
export type Service = typeof Service.Type

/** The national services by their code of six digits (`cTribNac`). */
export const services = entries(read("services", Schema.Record(Schema.String, Service)))

/** Name and state of a municipality by its IBGE code. */
export const municipalities = entries(
  read("municipalities", Schema.Record(Schema.String, Schema.Tuple([Schema.String, Schema.String])))
)
