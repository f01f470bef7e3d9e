/** The OpenAPI document, as clients and the reference page read it. */
import { Api, basePath, Invoices, Problems, Security } from "@salesos/api"
import { describe, expect, it } from "@effect/vitest"
import { Predicate, Schema, SchemaRepresentation } from "effect"
import { HttpApi, OpenApi } from "effect/http-api"

const document = OpenApi.fromApi(Api)

interface Call {
  readonly name: string
  readonly operation: OpenApi.OpenAPISpecOperation
}

const calls = (method: "get" | "post" | "put" | "patch" | "delete") =>
  Object.entries(document.paths).flatMap(([path, item]): ReadonlyArray<Call> => {
    const operation = item[method]
    return operation === undefined ? [] : [{ name: `${method.toUpperCase()} ${path}`, operation }]
  })

const posts = calls("post")
const operations = [...calls("get"), ...posts, ...calls("put"), ...calls("patch"), ...calls("delete")]
const [withKey, withoutKey] = [true, false].map((is) => operations.filter(({ name }) => name.includes(basePath) === is))

/** Calls `visit` with everything in a part of the document, and where it is. */
const walk = (
  part: unknown,
  visit: (part: Readonly<Record<PropertyKey, unknown>>, path: string) => void,
  path = "#"
): void => {
  if (Array.isArray(part)) part.forEach((each, index) => walk(each, visit, `${path}/${index}`))
  else if (Predicate.isObject(part)) {
    visit(part, path)
    for (const [key, value] of Object.entries(part)) if (key !== "examples") walk(value, visit, `${path}/${key}`)
  }
}

/** A part of the document, as a schema. */
const imported = (part: unknown): Schema.Codec<unknown, unknown> => {
  const moved = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll("#/components/schemas/", "#/$defs/"))
  const { ast } = SchemaRepresentation.fromJsonSchemaDocument(
    { dialect: "draft-2020-12", schema: moved(part), definitions: moved(document.components.schemas) },
    { patterns: "apply" }
  )
  return Schema.make<Schema.Codec<unknown, unknown>>(ast)
}

describe("the document", () => {
  it("is OpenAPI 3.1 with a title, a version, a license and a server", () => {
    expect(document.openapi).toBe("3.1.0")
    expect(document.info).toMatchObject({
      title: "SalesOS Payments",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      license: { name: "MIT", identifier: "MIT" }
    })
    expect(document.servers).toEqual([expect.objectContaining({ url: "/" })])
  })

  it("lists the calls there are", () => {
    expect(operations.map(({ name }) => name).sort()).toEqual([
      `DELETE ${basePath}/api-keys/{id}`,
      `DELETE ${basePath}/webhook-endpoints/{id}`,
      `GET ${basePath}/api-keys`,
      `GET ${basePath}/balance`,
      `GET ${basePath}/balance-transactions`,
      `GET ${basePath}/balance-transactions/{id}`,
      `GET ${basePath}/cost-centers`,
      `GET ${basePath}/events`,
      `GET ${basePath}/events/{id}`,
      `GET ${basePath}/invoices`,
      `GET ${basePath}/invoices/{id}`,
      `GET ${basePath}/invoices/{id}/tax-documents`,
      `GET ${basePath}/invoices/{id}/tax-documents/{document_id}`,
      `GET ${basePath}/invoices/{id}/tax-documents/{document_id}/pdf`,
      `GET ${basePath}/invoices/{id}/tax-documents/{document_id}/xml`,
      `GET ${basePath}/payouts`,
      `GET ${basePath}/payouts/{id}`,
      `GET ${basePath}/webhook-deliveries`,
      `GET ${basePath}/webhook-deliveries/{id}`,
      `GET ${basePath}/webhook-endpoints`,
      `GET ${basePath}/webhook-endpoints/{id}`,
      "GET /healthz",
      "GET /readyz",
      `PATCH ${basePath}/webhook-endpoints/{id}`,
      `POST ${basePath}/api-keys`,
      `POST ${basePath}/invoices`,
      `POST ${basePath}/invoices/{id}/cancel`,
      `POST ${basePath}/invoices/{id}/tax-documents`,
      `POST ${basePath}/invoices/{id}/tax-documents/{document_id}/cancel`,
      `POST ${basePath}/payouts`,
      `POST ${basePath}/payouts/{id}/cancel`,
      `POST ${basePath}/sandbox/invoices/{id}/chargeback`,
      `POST ${basePath}/sandbox/invoices/{id}/expire`,
      `POST ${basePath}/sandbox/invoices/{id}/pay`,
      `POST ${basePath}/sandbox/payouts/{id}/return`,
      `POST ${basePath}/webhook-deliveries/{id}/redeliver`,
      `POST ${basePath}/webhook-endpoints`,
      `POST ${basePath}/webhook-endpoints/{id}/ping`,
      `POST ${basePath}/webhook-endpoints/{id}/rotate-secret`,
      `PUT ${basePath}/cost-centers`
    ])
  })

  it("has a tag with a description for every call", () => {
    const described = document.tags.filter((tag) => tag.description !== undefined).map((tag) => tag.name)
    for (const { operation } of operations) expect(described).toEqual(expect.arrayContaining(operation.tags))
  })

  it("leads every reference to a schema, and shows no schema that nothing refers to", () => {
    const referred = new Set<string>()
    walk(document, (part) => {
      if (Predicate.isString(part["$ref"])) referred.add(part["$ref"].replace("#/components/schemas/", ""))
    })
    expect([...referred].sort()).toEqual(Object.keys(document.components.schemas).sort())
  })

  it("has examples that its own schemas accept", () => {
    let examples = 0
    walk(document, (part, path) => {
      if (!Array.isArray(part["examples"])) return
      const { examples: shown, ...schema } = part
      const decode = Schema.decodeUnknownSync(imported(schema), { onExcessProperty: "error" })
      for (const example of shown) {
        examples += 1
        expect(() => decode(example), `${path}: ${JSON.stringify(example)}`).not.toThrow()
      }
    })
    expect(examples).toBeGreaterThan(40)
  })

  it("refuses an example that is wrong", () => {
    const decode = Schema.decodeUnknownSync(imported({ $ref: "#/components/schemas/CreateInvoice" }), {
      onExcessProperty: "error"
    })
    const [example] = [document.components.schemas["CreateInvoice"]?.["examples"]].flat()
    expect(() => decode(example)).not.toThrow()
    expect(() => decode(Object.assign({}, example, { amout: 1 }))).toThrow("amout")
    expect(() => decode(Object.assign({}, example, { amount: 0 }))).toThrow("amount")
  })

  it("closes requests and lets answers grow", () => {
    expect(document.components.schemas["CreateInvoice"]).toMatchObject({ additionalProperties: false })
    expect(document.components.schemas["Address"]).toMatchObject({ additionalProperties: false })
    expect(document.components.schemas["Invoice"]).not.toHaveProperty("additionalProperties")
  })
})

describe.each(operations)("$name", ({ operation }) => {
  it("has a summary, a description and an id", () => {
    expect(operation.summary).toMatch(/^[A-Z].{5,60}[^.]$/)
    expect(operation.description).toMatch(/^[A-Z].+\.$/s)
    expect(operation.operationId).toMatch(/^[a-zA-Z]+(\.[a-z]+)?$/)
  })

  it("answers errors as problems, each with its code", () => {
    const errors = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400)
    expect(errors.map(([status]) => status)).toContain("400")
    for (const [status, response] of errors) {
      expect(Object.keys(response.content ?? {})).toEqual([Problems.contentType])
      const codes: Array<unknown> = []
      walk(response.content?.[Problems.contentType]?.schema, (part) => {
        const name = Predicate.isString(part["$ref"]) ? part["$ref"].replace("#/components/schemas/", "") : ""
        const properties = document.components.schemas[name]?.["properties"]
        if (Predicate.hasProperty(properties, "code") && Predicate.hasProperty(properties.code, "enum"))
          codes.push(properties.code.enum)
      })
      expect(codes).not.toEqual([])
      for (const code of codes.flat()) expect(Problems.catalog).toHaveProperty([String(code), "status"], Number(status))
    }
  })

  it("names the request in every answer", () => {
    for (const response of Object.values(operation.responses)) expect(response.headers).toHaveProperty("Request-Id")
  })
})

it("names its security scheme as the registry of HTTP authentication schemes spells it", () => {
  expect(document.components.securitySchemes).toMatchObject({ bearer: { type: "http", scheme: "bearer" } })
})

it.each(withKey ?? [])("$name needs a key and says which scope", ({ operation }) => {
  expect(operation.security).toEqual([{ bearer: [] }])
  expect(operation.description).toMatch(/Scope `payments:(read|write|admin)`\.$/)
  expect(Object.keys(operation.responses)).toEqual(
    expect.arrayContaining(["400", "401", "403", "422", "429", "500", "503"])
  )
})

it.each(withoutKey ?? [])("$name needs no key", ({ operation }) => {
  expect(operation.security).toEqual([])
  expect(operation.responses).not.toHaveProperty("401")
})

it.each(posts)("$name takes an idempotency key and says when it replays", ({ operation }) => {
  expect(operation.parameters).toContainEqual(
    expect.objectContaining({ name: "Idempotency-Key", in: "header", required: true })
  )
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith("2"))
  expect(success?.[1].headers).toHaveProperty("Idempotent-Replay")
  expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["409", "413", "415"]))
})

it("the statement is documented as a page, and as a file", () => {
  const { operation } = operations.find(({ name }) => name === `GET ${basePath}/balance-transactions`)!
  expect(Object.keys(operation.responses[200]?.content ?? {})).toEqual(["application/json", "text/csv"])
})

describe("GET invoices", () => {
  const parameters = document.paths[`${basePath}/invoices`]?.get?.parameters ?? []

  it("documents every filter, with a description", () => {
    expect(parameters.map((parameter) => parameter.name)).toEqual([
      "status",
      "payment_method.type",
      "provider",
      "cost_center",
      "our_number",
      "contractor_reference",
      "created[gte]",
      "created[lte]",
      "limit",
      "starting_after",
      "ending_before"
    ])
    for (const parameter of parameters) {
      expect(parameter).toMatchObject({ required: false, description: expect.stringMatching(/./) })
    }
  })

  it("documents `limit` as the number that it is", () => {
    expect(parameters.find((parameter) => parameter.name === "limit")?.schema).toEqual({
      type: "integer",
      minimum: 1,
      maximum: 100,
      default: 20
    })
  })
})

it("every endpoint under the base path needs the scope that its description names", () => {
  const scopes: Record<string, Security.Scope | null> = {}
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group }) => {
      scopes[`${endpoint.method} ${endpoint.path}`] = Security.requiredScope({ endpoint, group })
    }
  })
  expect(scopes).toEqual({
    [`POST ${basePath}/invoices`]: "payments:write",
    [`GET ${basePath}/invoices/:id`]: "payments:read",
    [`GET ${basePath}/invoices`]: "payments:read",
    [`POST ${basePath}/invoices/:id/tax-documents`]: "payments:write",
    [`GET ${basePath}/invoices/:id/tax-documents`]: "payments:read",
    [`GET ${basePath}/invoices/:id/tax-documents/:document_id`]: "payments:read",
    [`POST ${basePath}/invoices/:id/tax-documents/:document_id/cancel`]: "payments:write",
    [`GET ${basePath}/invoices/:id/tax-documents/:document_id/xml`]: "payments:read",
    [`GET ${basePath}/invoices/:id/tax-documents/:document_id/pdf`]: "payments:read",
    [`GET ${basePath}/balance-transactions`]: "payments:read",
    [`GET ${basePath}/balance-transactions/:id`]: "payments:read",
    [`GET ${basePath}/balance`]: "payments:read",
    [`POST ${basePath}/invoices/:id/cancel`]: "payments:write",
    [`POST ${basePath}/payouts`]: "payments:write",
    [`GET ${basePath}/payouts/:id`]: "payments:read",
    [`GET ${basePath}/payouts`]: "payments:read",
    [`POST ${basePath}/payouts/:id/cancel`]: "payments:write",
    [`POST ${basePath}/sandbox/invoices/:id/pay`]: "payments:write",
    [`POST ${basePath}/sandbox/invoices/:id/expire`]: "payments:write",
    [`POST ${basePath}/sandbox/invoices/:id/chargeback`]: "payments:write",
    [`POST ${basePath}/sandbox/payouts/:id/return`]: "payments:write",
    [`POST ${basePath}/webhook-endpoints`]: "payments:admin",
    [`GET ${basePath}/webhook-endpoints`]: "payments:admin",
    [`GET ${basePath}/webhook-endpoints/:id`]: "payments:admin",
    [`PATCH ${basePath}/webhook-endpoints/:id`]: "payments:admin",
    [`DELETE ${basePath}/webhook-endpoints/:id`]: "payments:admin",
    [`POST ${basePath}/webhook-endpoints/:id/rotate-secret`]: "payments:admin",
    [`POST ${basePath}/webhook-endpoints/:id/ping`]: "payments:admin",
    [`GET ${basePath}/webhook-deliveries`]: "payments:admin",
    [`GET ${basePath}/webhook-deliveries/:id`]: "payments:admin",
    [`POST ${basePath}/webhook-deliveries/:id/redeliver`]: "payments:admin",
    [`GET ${basePath}/events`]: "payments:admin",
    [`GET ${basePath}/events/:id`]: "payments:admin",
    [`POST ${basePath}/api-keys`]: "payments:admin",
    [`GET ${basePath}/api-keys`]: "payments:admin",
    [`DELETE ${basePath}/api-keys/:id`]: "payments:admin",
    [`PUT ${basePath}/cost-centers`]: "payments:admin",
    [`GET ${basePath}/cost-centers`]: "payments:admin",
    "GET /healthz": null,
    "GET /readyz": null
  })
  for (const { name, operation } of withKey ?? []) {
    const scope = scopes[name.replaceAll(/\{(\w+)\}/g, ":$1")]
    expect(operation.description).toContain(`Scope \`${scope}\`.`)
  }
})

it("the documented shape of an invoice is the schema's", () => {
  const [example] = [document.components.schemas["Invoice"]?.["examples"]].flat()
  const decode = Schema.decodeUnknownSync(Invoices.Invoice, { onExcessProperty: "error" })
  expect(decode(example)).toEqual(example)
})

it("a tax document's files are documented as what they are", () => {
  const path = `${basePath}/invoices/{id}/tax-documents/{document_id}`
  const contents = (kind: string) => document.paths[`${path}/${kind}`]?.get?.responses[200]
  expect(Object.keys(contents("xml")?.content ?? {})).toEqual(["application/xml"])
  expect(Object.keys(contents("pdf")?.content ?? {})).toEqual(["application/pdf"])
  for (const kind of ["xml", "pdf"]) expect(contents(kind)?.headers).toHaveProperty("Content-Disposition")
})
