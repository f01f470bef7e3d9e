/** The served document by the rules of a linter, and an example for everything in it. */
import { assert, layer } from "@effect/vitest"
import { createConfig, lintFromString } from "@redocly/openapi-core"
import { Effect } from "effect"
import { read, type JsonSchema } from "./contract/Document.ts"
import { Gateway } from "./support/Gateway.ts"
import * as Http from "./support/Http.ts"

/** What the linter says about a document, its recommendations as errors. */
const problemsOf = (source: string) =>
  Effect.promise(async () => {
    const config = await createConfig({ extends: ["recommended-strict"] })
    const problems = await lintFromString({ source, absoluteRef: "openapi.json", config })
    return problems.map(({ location, message, ruleId }) => `${ruleId}: ${message} (${location[0]?.pointer})`)
  })

layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })("the served document", (it) => {
  const served = Effect.flatMap(Gateway, ({ call }) => call("GET", "./openapi.json", { key: null }))

  it.effect("breaks no rule, and its examples are right", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problemsOf((yield* served).text), [])
    })
  )

  it.effect("would be found out otherwise", () =>
    Effect.gen(function* () {
      const { text } = yield* served
      const broken = text.replace('"status":"ok"', '"status":"so-so"').replace('"operationId":"healthz"', '"x-none":""')
      const problems = yield* problemsOf(broken)
      assert.isTrue(
        problems.some((problem) => problem.startsWith("no-invalid-schema-examples")),
        problems.join("\n")
      )
      assert.isTrue(problems.some((problem) => problem.startsWith("operation-operationId")))
    })
  )

  it.effect("has an example for every body that is sent or answered", () =>
    Effect.gen(function* () {
      const { operations, schemas } = read(Http.json(yield* served))
      const without = (schema: JsonSchema): ReadonlyArray<string> => {
        const { $ref = "", anyOf = [], examples } = schema
        if (anyOf.length > 0) return anyOf.flatMap(without)
        const name = $ref.replace("#/components/schemas/", "")
        return (examples ?? schemas[name]?.examples ?? []).length > 0 ? [] : [name || JSON.stringify(schema)]
      }
      const missing = operations.flatMap(({ operationId, requestBody, responses }) =>
        [requestBody?.content ?? {}, ...Object.values(responses).map(({ content = {} }) => content)]
          .flatMap((content) => Object.entries(content))
          .filter(([type]) => type.endsWith("json"))
          .flatMap(([, { schema }]) => without(schema).map((name) => `${operationId}: ${name}`))
      )
      assert.deepStrictEqual(missing, [])
    })
  )
})
