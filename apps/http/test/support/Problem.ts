/** What every error has to look like. */
import { assert } from "@effect/vitest"
import { Problems } from "@salesos/api"
import { Effect, Schema } from "effect"
import { Gateway } from "./Gateway.ts"
import * as Http from "./Http.ts"

const Problem = Schema.Struct({
  type: Schema.String,
  title: Schema.NonEmptyString,
  status: Schema.Int,
  code: Schema.String,
  detail: Schema.NonEmptyString,
  instance: Schema.String,
  request_id: Schema.String,
  errors: Schema.optionalKey(
    Schema.Array(Schema.Struct({ field: Schema.String, code: Schema.String, message: Schema.NonEmptyString }))
  ),
  provider_code: Schema.optionalKey(Schema.String)
})
const decode = Schema.decodeUnknownSync(Problem, { onExcessProperty: "error" })

/** Checks that an answer is the problem of a code, complete and consistent, and gives it. */
export const expectProblem = Effect.fnUntraced(function* (answer: Http.Answer, code: Problems.Code) {
  const { url } = yield* Gateway
  assert.strictEqual(answer.headers["content-type"], "application/problem+json", answer.text)
  const problem = decode(Http.json(answer))
  assert.strictEqual(problem.code, code, answer.text)
  const { status, title } = Problems.catalog[code]
  assert.deepInclude(problem, { status, title, type: `${url}/problems/${code}` })
  assert.strictEqual(answer.status, status)
  assert.match(problem.request_id, /^req_[0-9a-zA-Z]{20,}$/)
  assert.strictEqual(answer.headers["request-id"], problem.request_id)
  assert.match(problem.instance, /^\//)
  return problem
})

/** The failing fields of a 422 as `field: code`, in order of their names. */
export const expectFields = Effect.fnUntraced(function* (answer: Http.Answer) {
  const { errors = [] } = yield* expectProblem(answer, "validation_error")
  return errors.map(({ code, field }) => `${field}: ${code}`).toSorted()
})
