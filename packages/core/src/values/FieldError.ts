/**
 * What is wrong with a request, field by field: a flat list read out of a schema's issue tree.
 */
import { Effect, Result, Schema, SchemaIssue } from "effect"
import "./Annotations.ts"

/** One failing field: its path as sent (`customer.document`), a code for programs and a message for people. */
export interface FieldError {
  readonly field: string
  readonly code: string
  readonly message: string
}

/** The request breaks a rule; nothing was stored. Every failing field is listed. */
export class ValidationError extends Schema.TaggedError<ValidationError>()("ValidationError", {
  errors: Schema.Array(Schema.Struct({ field: Schema.String, code: Schema.String, message: Schema.String }))
}) {}

/** The errors of several checks as one list: what two of them say of a field in the same words of programs, it says once. */
export const merge = (...checks: ReadonlyArray<ReadonlyArray<FieldError>>): ReadonlyArray<FieldError> => [
  ...new Map(checks.flat().map((error) => [`${error.field} ${error.code}`, error])).values()
]

const describe = SchemaIssue.makeFormatterStandardSchemaV1()

const codeOf = (issue: SchemaIssue.Issue): string => {
  switch (issue._tag) {
    case "MissingKey":
      return "required"
    case "UnexpectedKey":
      return "unknown_field"
    case "InvalidType":
      return "invalid_type"
    case "Filter":
      return issue.filter.annotations?.code ?? "invalid_value"
    default:
      return "invalid_value"
  }
}

const messageOf = (issue: SchemaIssue.Issue): string => {
  switch (issue._tag) {
    case "MissingKey":
      return "Required"
    case "UnexpectedKey":
      return "Not a known field"
    default:
      return describe(issue)
        .issues.map((each) => each.message)
        .join("; ")
  }
}

/** Flattens an issue tree; the paths are those of the encoded input. */
export const fromIssue = (root: SchemaIssue.Issue): ReadonlyArray<FieldError> => {
  const errors: Array<FieldError> = []
  const said = new Set<string>()
  const walk = (issue: SchemaIssue.Issue, path: ReadonlyArray<PropertyKey>, code?: string): void => {
    switch (issue._tag) {
      case "Pointer":
        return walk(issue.issue, [...path, ...issue.path], code)
      case "Composite":
        return issue.issues.forEach((inner) => walk(inner, path, code))
      case "Encoding":
        return walk(issue.issue, path, code)
      case "AnyOf":
        if (issue.issues.length === 1 && issue.issues[0] !== undefined) return walk(issue.issues[0], path, code)
        break
      case "Filter":
        // A check over a whole struct points at the field it means.
        if (issue.issue._tag === "Pointer" || issue.issue._tag === "Composite")
          return walk(issue.issue, path, codeOf(issue))
    }
    const message = messageOf(issue)
    const error = { field: path.map(String).join("."), code: code ?? codeOf(issue), message }
    // Several checks of one field may say the same.
    const key = JSON.stringify([error.field, error.message])
    if (said.has(key)) return
    said.add(key)
    errors.push(error)
  }
  walk(root, [])
  return errors
}

const options = { errors: "all", onExcessProperty: "error" } as const

const invalid = ({ issue }: Schema.SchemaError) => new ValidationError({ errors: fromIssue(issue) })

/** Decodes unknown input, or fails with `ValidationError` listing every failing field. Unknown fields are refused. */
export const decode = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const parse = Schema.decodeUnknownEffect(schema, options)
  return (input: unknown): Effect.Effect<S["Type"], ValidationError, S["DecodingServices"]> =>
    Effect.mapError(parse(input), invalid)
}

/** {@link decode} as a plain value, for a schema that needs no services: how a single value is read from text. */
export const decodeResult = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const parse = Schema.decodeUnknownResult(schema, options)
  return (input: unknown): Result.Result<S["Type"], ValidationError> => Result.mapError(parse(input), invalid)
}
