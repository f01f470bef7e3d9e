/** The served OpenAPI document as operations, so that whatever is added to the API is tested without a line here. */
import { Schema } from "effect"

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** A JSON Schema, as far as values are made from it; answers are checked by a validator that knows all of it. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | ReadonlyArray<string>
  readonly enum?: ReadonlyArray<Json>
  readonly const?: Json
  readonly examples?: ReadonlyArray<Json>
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
  readonly items?: JsonSchema
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly oneOf?: ReadonlyArray<JsonSchema>
  readonly allOf?: ReadonlyArray<JsonSchema>
}

const Schemas = Schema.declare((value): value is JsonSchema => typeof value === "object" && value !== null)

const Content = Schema.Record(Schema.String, Schema.Struct({ schema: Schemas }))

const Parameter = Schema.Struct({
  name: Schema.String,
  in: Schema.Literals(["path", "query", "header", "cookie"]),
  required: Schema.Boolean,
  schema: Schemas
})
export type Parameter = typeof Parameter.Type

const Response = Schema.Struct({
  headers: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Struct({ required: Schema.Boolean, schema: Schemas }))
  ),
  content: Schema.optionalKey(Content)
})
export type Response = typeof Response.Type

const Operation = Schema.Struct({
  operationId: Schema.String,
  parameters: Schema.Array(Parameter),
  security: Schema.Array(Schema.Unknown),
  requestBody: Schema.optionalKey(Schema.Struct({ content: Content })),
  responses: Schema.Record(Schema.String, Response)
})

const Document = Schema.Struct({
  paths: Schema.Record(Schema.String, Schema.Record(Schema.String, Operation)),
  components: Schema.Struct({ schemas: Schema.Record(Schema.String, Schemas) })
})

export interface Operation extends Schema.Schema.Type<typeof Operation> {
  readonly method: string
  /** With names in braces. */
  readonly path: string
  /** Of the JSON body, where there is one. */
  readonly body: JsonSchema | undefined
}

export interface Document {
  readonly operations: ReadonlyArray<Operation>
  readonly schemas: Readonly<Record<string, JsonSchema>>
}

const decode = Schema.decodeUnknownSync(Document)

export const read = (served: unknown): Document => {
  const { components, paths } = decode(served)
  return {
    schemas: components.schemas,
    operations: Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...operation,
        method: method.toUpperCase(),
        path,
        body: operation.requestBody?.content["application/json"]?.schema
      }))
    )
  }
}
