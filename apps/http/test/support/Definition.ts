/** The API's definition, walked: whatever is added to it is covered by the tests that walk it, or makes them fail. */
import { Api, basePath, Security } from "@salesos/api"
import { Option, Schema } from "effect"
import { HttpApi, OpenApi } from "effect/http-api"

export interface Operation {
  readonly method: string
  /** Below the base path, its parameters as `:name`. */
  readonly path: string
  /** The prefixes of the ids in the path, by parameter. */
  readonly ids: ReadonlyMap<string, string>
  readonly scope: Security.Scope | null
  /** A body that fits, by the documentation's own example; undefined where none is taken. */
  readonly body: unknown
}

const document = OpenApi.fromApi(Api)

const Examples = Schema.Struct({ examples: Schema.NonEmptyArray(Schema.Unknown) })
const decodeExamples = Schema.decodeUnknownOption(Examples)
const Referring = Schema.Struct({ $ref: Schema.String })
const decodeReference = Schema.decodeUnknownOption(Referring)

const exampleOf = (schema: unknown): unknown => {
  const name = Option.match(decodeReference(schema), {
    onNone: () => undefined,
    onSome: ({ $ref }) => $ref.split("/").at(-1)
  })
  const resolved = name === undefined ? schema : document.components.schemas[name]
  return Option.match(decodeExamples(resolved), { onNone: () => undefined, onSome: ({ examples }) => examples[0] })
}

/** Every operation that needs a key. */
export const operations: ReadonlyArray<Operation> = (() => {
  const found: Array<Operation> = []
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group }) => {
      if (!endpoint.path.startsWith(basePath)) return
      const documented = endpoint.path.replaceAll(/:(\w+)/g, "{$1}")
      const { delete: removed, get, patch, post, put } = document.paths[documented] ?? {}
      const byMethod: Record<string, OpenApi.OpenAPISpecOperation | undefined> = {
        GET: get,
        POST: post,
        PUT: put,
        PATCH: patch,
        DELETE: removed
      }
      const item = byMethod[endpoint.method]
      const parameters = item?.parameters.filter((parameter) => parameter.in === "path") ?? []
      found.push({
        method: endpoint.method,
        path: endpoint.path.slice(basePath.length),
        ids: new Map(parameters.map(({ name, schema }) => [name, String(exampleOf(schema)).split("_")[0] ?? ""])),
        scope: Security.requiredScope({ endpoint, group }),
        body: exampleOf(item?.requestBody?.content["application/json"]?.schema)
      })
    }
  })
  return found
})()

/** The path of an operation with ids in it. */
export const at = ({ ids, path }: Operation, idOf: (prefix: string) => string): string =>
  [...ids].reduce((sofar, [name, prefix]) => sofar.replace(`:${name}`, idOf(prefix)), path)

/** How an operation is named in a test. */
export const nameOf = ({ method, path }: Operation): string => `${method} ${path}`
