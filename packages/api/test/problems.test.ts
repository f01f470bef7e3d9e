/** Problems on the wire, and read back. */
import { Problems } from "@salesos/api"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Predicate, Schema } from "effect"
import { HttpServerRespondable } from "effect/http"

const problems = [
  new Problems.BadRequest({ detail: "The body is not valid JSON" }),
  new Problems.Unauthorized({}),
  new Problems.InsufficientScope({}),
  new Problems.IpNotAllowed({}),
  new Problems.NotFound({ detail: "No such invoice" }),
  new Problems.MethodNotAllowed({}),
  new Problems.IdempotencyKeyReused({}),
  new Problems.IdempotencyInProgress({}),
  new Problems.OperationInProgress({}),
  new Problems.InvalidState({}),
  new Problems.PayoutNotCancelable({}),
  new Problems.CancellationWindowExpired({ detail: "The authority cancels for 24 hours only" }),
  new Problems.PayloadTooLarge({}),
  new Problems.UnsupportedMediaType({}),
  new Problems.ValidationError({ errors: [{ field: "amount", code: "invalid_amount", message: "Expected more" }] }),
  new Problems.RateLimited({}),
  new Problems.ServerError({}),
  new Problems.ProviderNotConfigured({}),
  new Problems.ProviderError({ provider_code: "insufficient_balance" }),
  new Problems.Unavailable({})
]

const wire = (problem: Problems.Problem) =>
  Effect.map(HttpServerRespondable.toResponse(problem), (response) => {
    const { body, status } = response
    if (body._tag !== "Uint8Array") throw new Error(`Expected a body, not ${body._tag}`)
    return {
      status,
      contentType: response.headers["content-type"],
      body: JSON.parse(new TextDecoder().decode(body.body))
    }
  })

it("there is a class for every code", () => {
  expect(problems.map((problem) => problem.code).sort()).toEqual(Object.keys(Problems.catalog).sort())
})

describe.each(problems.map((problem) => ({ code: problem.code, problem })))("$code", ({ code, problem }) => {
  it.effect("is answered with its status, as application/problem+json, and nothing of ours in it", () =>
    Effect.gen(function* () {
      const { body, contentType, status } = yield* wire(problem)
      expect(status).toBe(problem.status)
      expect(contentType).toBe("application/problem+json")
      expect(body).toMatchObject({ type: `/problems/${code}`, title: problem.title, status, code })
      expect(Object.keys(body)).not.toContain("_tag")
      expect(Object.keys(body)).not.toContain("stack")
      expect(Object.keys(body)).not.toContain("message")
    })
  )

  it.effect("is read back after the server has completed it", () =>
    Effect.gen(function* () {
      const { body } = yield* wire(problem)
      const completed = {
        ...body,
        type: `https://payments.example/problems/${code}`,
        instance: "/functions/v1/payments/invoices",
        request_id: "req_1"
      }
      const read = yield* Schema.decodeUnknownEffect(Problems.Problem)(completed)
      expect(read).toMatchObject({ code, request_id: "req_1", type: completed.type })
    })
  )

  it("tells who catches it what happened, by tag and message", () => {
    expect(Predicate.hasProperty(problem, "_tag") ? problem._tag : "").toBe(
      code.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())
    )
    expect(problem.message).toBe(problem.detail ?? problem.title)
  })
})

it("a problem is not mistaken for one of another code", () => {
  const body = { type: "https://payments.example/problems/rate_limited", title: "x", status: 429, code: "rate_limited" }
  expect(Schema.is(Problems.RateLimited)(Schema.decodeUnknownSync(Problems.RateLimited)(body))).toBe(true)
  expect(() => Schema.decodeUnknownSync(Problems.Unavailable)(body)).toThrow("503")
})
