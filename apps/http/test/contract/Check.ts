/** What every answer has to be. */
import { Problems } from "@salesos/api"
import type { ErrorObject } from "ajv"
import Ajv2020 from "ajv/dist/2020.js"
import addFormats from "ajv-formats"
import type { Operation, Response } from "./Document.ts"
import type { Planned } from "./Requests.ts"
import type { Received } from "./Wire.ts"

const utf8 = new TextDecoder("utf-8", { fatal: true })

const explained = (errors: ReadonlyArray<ErrorObject> | null | undefined): string =>
  (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join("; ")

/** Failures that the server may name, since they are not its own: everything else from 500 on is a bug. */
const excused: ReadonlySet<number> = new Set([501, 502])

/** Checks answers against a served document: gives what is wrong with one, nothing when all is right. */
export const make = (served: unknown) => {
  const ajv = new Ajv2020.default({ strict: false, allErrors: true, validateFormats: true })
  addFormats.default(ajv)
  ajv.addSchema(served as object, "document")
  const pointer = (...keys: ReadonlyArray<string>) =>
    `document#/${keys.map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`

  const ofHeaders = (headers: Received["headers"], { headers: documented = {} }: Response) =>
    Object.entries(documented).flatMap(([name, { required, schema }]) => {
      const value = headers[name.toLowerCase()]
      if (value === undefined) return required ? [`The header ${name} is missing`] : []
      return schema.type === "integer" && !/^\d+$/.test(value) ? [`The header ${name} is no integer: ${value}`] : []
    })

  /** A body by the schema that the document has for it. */
  const ofBody = (answer: Received, operation: Operation, response: Response): ReadonlyArray<string> => {
    const type = (answer.headers["content-type"] ?? "").split(";")[0] ?? ""
    if (response.content === undefined) return answer.body.length === 0 ? [] : ["A body that is not documented"]
    if (!Object.hasOwn(response.content, type)) return [`The Content-Type "${type}" is not documented`]
    if (!type.endsWith("json")) return []
    const validate = ajv.getSchema(
      pointer(
        "paths",
        operation.path,
        operation.method.toLowerCase(),
        "responses",
        String(answer.status),
        "content",
        type,
        "schema"
      )
    )
    if (validate === undefined) return ["The document has no schema for the answer"]
    return validate(JSON.parse(utf8.decode(answer.body))) === true
      ? []
      : [`The body is not as documented: ${explained(validate.errors)}`]
  }

  /** A problem that any address may answer. */
  const ofProblem = ({ body, headers, status }: Received): ReadonlyArray<string> => {
    if (headers["content-type"] !== Problems.contentType) return [`An error as ${headers["content-type"]}`]
    const problem = JSON.parse(utf8.decode(body)) as {
      readonly code: Problems.Code
      readonly status: number
      readonly type: string
    }
    const known = Object.hasOwn(Problems.catalog, problem.code) ? Problems.catalog[problem.code] : undefined
    if (known?.status !== status || problem.status !== status) return [`A ${status} with the code ${problem.code}`]
    return problem.type.endsWith(`/problems/${problem.code}`) ? [] : [`The type is ${problem.type}`]
  }

  return (
    { operation, reaches }: Pick<Planned, "operation" | "reaches">,
    sent: { readonly method: string },
    answer: Received
  ): ReadonlyArray<string> => {
    const { status } = answer
    const response = operation.responses[String(status)]
    const isError = status >= 400
    const hasBody = sent.method !== "HEAD"
    // What the operation does not document may come only from before it: an address or method that is another one.
    const documented =
      response === undefined
        ? reaches
          ? [`The status ${status} is not documented`]
          : []
        : reaches
          ? [...ofHeaders(answer.headers, response), ...ofBody(answer, operation, response)]
          : []
    return [
      ...(status >= 500 && !(excused.has(status) && response !== undefined) ? [`A ${status}`] : []),
      ...documented,
      ...(isError && hasBody ? ofProblem(answer) : []),
      ...(status === 405 && !answer.headers["allow"] ? ["A 405 that does not say what is allowed"] : []),
      ...(answer.headers["request-id"] === undefined ? ["An answer without a Request-Id"] : [])
    ]
  }
}
