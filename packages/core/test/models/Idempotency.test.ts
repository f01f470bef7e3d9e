import { assert, describe, it } from "@effect/vitest"
import { FieldError, Idempotency } from "@salesos/core"
import { Result, Schema } from "effect"

const response = { status: 201, body: "{}" }

describe("a repeated idempotency key", () => {
  it.each([
    { sameFingerprint: false, response: null, leaseSeconds: 0, gets: { _tag: "Reused" } },
    { sameFingerprint: false, response: null, leaseSeconds: 9, gets: { _tag: "Reused" } },
    { sameFingerprint: false, response, leaseSeconds: 0, gets: { _tag: "Reused" } },
    { sameFingerprint: true, response, leaseSeconds: 0, gets: { _tag: "Replay", response } },
    { sameFingerprint: true, response, leaseSeconds: 9, gets: { _tag: "Replay", response } },
    { sameFingerprint: true, response: null, leaseSeconds: 9, gets: { _tag: "InProgress", retryAfterSeconds: 9 } },
    { sameFingerprint: true, response: null, leaseSeconds: 0.001, gets: { _tag: "InProgress", retryAfterSeconds: 1 } },
    { sameFingerprint: true, response: null, leaseSeconds: 1.2, gets: { _tag: "InProgress", retryAfterSeconds: 2 } },
    { sameFingerprint: true, response: null, leaseSeconds: 0, gets: { _tag: "Resume" } },
    { sameFingerprint: true, response: null, leaseSeconds: -5, gets: { _tag: "Resume" } }
  ])("same request: $sameFingerprint, answered: $response, held for $leaseSeconds s", ({ gets, ...found }) => {
    assert.deepStrictEqual<unknown>(Idempotency.decide(found), gets)
  })

  it("means the same when only order of keys differs, and another when method, path or a value does", () => {
    const of = Idempotency.fingerprint
    const one = of("POST", "/invoices", { a: 1, b: { c: [1, 2], d: "x" } })
    assert.strictEqual(of("POST", "/invoices", { b: { d: "x", c: [1, 2] }, a: 1 }), one)
    for (const other of [
      of("POST", "/invoices", { a: 1, b: { c: [2, 1], d: "x" } }),
      of("POST", "/invoices", { a: "1", b: { c: [1, 2], d: "x" } }),
      of("POST", "/invoices", { a: 1, b: { c: [1, 2], d: "x" }, e: null }),
      of("POST", "/payouts", { a: 1, b: { c: [1, 2], d: "x" } }),
      of("PUT", "/invoices", { a: 1, b: { c: [1, 2], d: "x" } })
    ]) {
      assert.notStrictEqual(other, one)
    }
  })

  it.each(["a", "x".repeat(255), "!~", "550e8400-e29b-41d4-a716-446655440000"])("may be %s", (key) => {
    assert.isTrue(Schema.is(Idempotency.IdempotencyKey)(key))
  })

  it.each(["", "x".repeat(256), "a b", "é", "a\n", "\u007f"])("may not be %j", (key) => {
    const result = FieldError.decodeResult(Idempotency.IdempotencyKey)(key)
    assert.deepStrictEqual(Result.isFailure(result) ? result.failure.errors.map(({ code }) => code) : [], [
      "invalid_idempotency_key"
    ])
  })
})
