/** When a request is sent again, and how long the client waits, by a clock that the test moves. */
import { assert, describe, it } from "@effect/vitest"
import { Failures, Problems, Retry, SalesOS } from "@salesos/client"
import { Effect, Exit, Fiber, Random } from "effect"
import { HttpClient, HttpClientError, HttpClientRequest, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"

type Answer = "lost" | "never" | readonly [status: number, code?: string, headers?: Readonly<Record<string, string>>]

/** A gateway that gives these answers in turn, and keeps what it was sent and when. */
const gateway = (...answers: ReadonlyArray<Answer>) => {
  const seen: Array<{ readonly at: number; readonly key: string | undefined }> = []
  const client = HttpClient.make((request) =>
    Effect.gen(function* () {
      const answer = answers[seen.length] ?? [200]
      seen.push({
        at: yield* Effect.clockWith((clock) => clock.currentTimeMillis),
        key: request.headers["idempotency-key"]
      })
      if (answer === "never") return yield* Effect.never
      if (answer === "lost") {
        return yield* new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request }) })
      }
      const [status, code = "", headers = {}] = answer
      return HttpClientResponse.fromWeb(request, Response.json({ code }, { status, headers }))
    })
  )
  return { client, seen }
}

/** Sends a request through a client that retries; tells its end and the waits between its tries, in milliseconds. */
const sending = (
  answers: ReadonlyArray<Answer>,
  { method = "POST", options = {}, key = undefined as string | undefined } = {}
) =>
  Effect.gen(function* () {
    const { client, seen } = gateway(...answers)
    const request = HttpClientRequest.make(method as "POST")("https://payments.example/invoices", {
      headers: key === undefined ? {} : { "idempotency-key": key }
    })
    const fiber = yield* Effect.forkChild(Effect.exit(Retry.retrying(options)(client).execute(request)))
    for (let step = 0; step < 200 && fiber.pollUnsafe() === undefined; step++) {
      yield* Effect.replicateEffect(Effect.yieldNow, 10, { discard: true })
      yield* TestClock.adjust("1 second")
    }
    const exit = yield* Fiber.join(fiber)
    const waits = seen.slice(1).map(({ at }, index) => at - (seen[index]?.at ?? 0))
    return {
      status: Exit.isSuccess(exit) ? exit.value.status : undefined,
      waits,
      tries: seen.length,
      keys: seen.map(({ key }) => key)
    }
  })

describe("a request", () => {
  it.effect.each<[string, ReadonlyArray<Answer>, number | undefined, number]>([
    ["that is answered", [[201]], 201, 1],
    ["that is refused", [[422]], 422, 1],
    ["that conflicts for good", [[409, "idempotency_key_reused"]], 409, 1],
    ["in a state that does not allow it", [[409, "invalid_state"]], 409, 1],
    ["that is being carried out", [[409, "idempotency_in_progress"], [201]], 201, 2],
    ["on what is being worked on", [[409, "operation_in_progress"], [201]], 201, 2],
    ["that no provider did", [[502], [502], [201]], 201, 3],
    ["over the limit", [[429], [200]], 200, 2],
    ["to a gateway that stops", [[503], [201]], 201, 2],
    ["to a gateway with a bug", [[500]], 500, 1],
    ["that is lost on the way", ["lost", "lost", [201]], 201, 3],
    ["that is never answered", ["never", [201]], 201, 2],
    ["that fails time after time", [[503], [503], [503], [503], [503], [201]], 503, 5],
    ["that is lost time after time", ["lost", "lost", "lost", "lost", "lost", [201]], undefined, 5]
  ])("%s", ([, answers, status, tries]) =>
    Effect.gen(function* () {
      const result = yield* sending(answers)
      assert.deepInclude(result, { status, tries })
      assert.strictEqual(new Set(result.keys).size, 1, "one key for all tries")
      assert.match(result.keys[0] ?? "", /^[0-9a-f]{32}$/)
    })
  )

  it.effect("keeps the key that it has, and a GET has none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* sending(["lost"], { key: "order-77" })).keys, ["order-77", "order-77"])
      assert.deepStrictEqual((yield* sending(["lost"], { method: "GET" })).keys, [undefined, undefined])
      assert.notDeepEqual((yield* sending([])).keys, (yield* sending([])).keys)
    })
  )

  it.effect("waits longer with every try", () =>
    Effect.gen(function* () {
      const { waits } = yield* sending(
        Array.from({ length: 8 }, () => "lost" as const),
        {
          options: { retries: 7, base: "1 second" }
        }
      )
      const halves = [0.5, 1, 2, 4, 8, 8, 8]
      assert.lengthOf(waits, halves.length)
      for (const [index, half] of halves.entries()) {
        assert.isAtLeast(waits[index] ?? 0, half * 1000)
        assert.isAtMost(waits[index] ?? 0, half * 2000 + 1000)
      }
    }).pipe(Random.withSeed("waits"))
  )

  it.effect("waits as long as it is told to, in seconds or until a date", () =>
    Effect.gen(function* () {
      const { waits } = yield* sending([
        [503, "", { "retry-after": "7" }],
        [429, "", { "retry-after": "Thu, 01 Jan 1970 00:00:20 GMT" }],
        [503, "", { "retry-after": "soon" }]
      ])
      assert.deepStrictEqual(waits.slice(0, 2), [7000, 13_000])
      assert.isAtMost(waits[2] ?? Infinity, 4000)
    })
  )

  it.effect("is not sent again when it would have to wait too long", () =>
    Effect.gen(function* () {
      const tooLong: Answer = [429, "rate_limited", { "retry-after": "45" }]
      assert.deepInclude(yield* sending([tooLong]), { status: 429, tries: 1 })
      assert.deepInclude(yield* sending([tooLong], { options: { longestWait: "1 minute" } }), { tries: 2 })
    })
  )

  it.effect("is not sent again when that is switched off", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* sending([[503]], { options: { retries: 0 } }), { status: 503, tries: 1 })
    })
  )
})

describe("a promise", () => {
  const salesos = (answer: () => Response | Promise<Response>) =>
    new SalesOS({
      apiKey: "sk_test_0123456789abcdef",
      baseUrl: "https://payments.example",
      retries: 0,
      fetch: async () => answer()
    })

  const failure = (answer: () => Response | Promise<Response>) =>
    salesos(answer)
      .invoices.get({ id: "inv_1" })
      .then(
        () => assert.fail("Expected a rejection"),
        (error: unknown) => error
      )

  const problem = (code: string, status: number) =>
    Response.json(
      { type: "about:blank", title: "T", status, code, detail: "D" },
      { status, headers: { "content-type": "application/problem+json" } }
    )

  it("is rejected with a class that says what went wrong", async () => {
    assert.instanceOf(await failure(() => problem("not_found", 404)), Problems.NotFound)
    const unknown = await failure(() => problem("teapot", 418))
    assert.instanceOf(unknown, Problems.Problem)
    assert.deepInclude(unknown, { code: "teapot", status: 418, message: "D" })
    const proxy = await failure(() => new Response("<html>", { status: 504 }))
    assert.instanceOf(proxy, Failures.UnexpectedAnswer)
    assert.deepInclude(proxy, { status: 504 })
    assert.instanceOf(await failure(() => Response.json({ id: 1 })), Failures.UnexpectedAnswer)
    assert.instanceOf(await failure(() => Promise.reject(new TypeError("fetch failed"))), Failures.ConnectionFailed)
  })

  it("never tells the API key", async () => {
    for (const answer of [() => problem("unauthorized", 401), () => Promise.reject(new TypeError("x"))]) {
      const error = await failure(answer)
      assert.notInclude(
        `${String(error)} ${JSON.stringify(error)} ${error instanceof Error ? error.stack : ""}`,
        "0123456789abcdef"
      )
    }
  })
})
