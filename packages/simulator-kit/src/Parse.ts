/**
 * Decoding what strangers send: a value, or what is wrong with it told by its paths.
 */
import { Schema, SchemaIssue } from "effect"

/** What does not fit a schema: a message for people, and the paths at fault, `a.0.b`. */
export interface Invalid {
  readonly message: string
  readonly paths: ReadonlyArray<string>
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** A decoder for untrusted values that tells every path at fault. */
export const decoder = <A, I>(
  schema: Schema.Codec<A, I>
): ((value: unknown) => { readonly value: A } | { readonly invalid: Invalid }) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all" })
  return (value) => {
    const result = decode(value)
    if (result._tag === "Success") return { value: result.success }
    const { issues } = format(result.failure.issue)
    const told = issues.map(({ message, path }) => ({
      message,
      path: (path ?? []).map((key) => String(typeof key === "object" ? key.key : key)).join(".")
    }))
    return {
      invalid: {
        message: told.map(({ message, path }) => `${path}: ${message}`).join("; "),
        paths: [...new Set(told.map(({ path }) => path))]
      }
    }
  }
}
