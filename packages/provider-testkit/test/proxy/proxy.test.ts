import { createServer } from "node:http"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Servers } from "@salesos/test-servers"
import { Effect, Fiber, type Scope } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import * as Proxy from "../../src/proxy/index.ts"

const { Fault } = Proxy

/** A server that counts what it is told, and answers with all of it. */
const listener = Effect.gen(function* () {
  const heard: Array<string> = []
  const server = createServer((request, response) => {
    let body = ""
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk))
    request.on("end", () => {
      heard.push(`${request.method} ${request.url} ${body}`.trim())
      response.writeHead(201, { "content-type": "application/json", "x-kept": "yes" })
      response.end(JSON.stringify({ heard }))
    })
  })
  return { heard, url: `http://127.0.0.1:${yield* Servers.listen(server)}` }
})

/** A proxy before a provider, and behind it. */
const start = Effect.gen(function* () {
  const provider = yield* listener
  const gateway = yield* listener
  const client = yield* HttpClient.HttpClient
  const proxy = yield* Proxy.make({ target: `${provider.url}/simulators/x` })
  const post = (url: string, body = "{}") =>
    client.execute(HttpClientRequest.bodyText(HttpClientRequest.post(url), body, "application/json")).pipe(
      Effect.flatMap((response) =>
        Effect.map(response.text, (text) => ({ status: response.status, headers: response.headers, text }))
      ),
      Effect.mapError(({ reason }) => reason)
    )
  return {
    provider,
    gateway,
    proxy,
    ask: (body?: string) => post(`${proxy.url}/v1/charges`, body),
    notify: (body?: string) => post(`${proxy.callback(`${gateway.url}/n/token`)}`, body)
  }
})

const test = (name: string, run: (bench: Effect.Success<typeof start>) => Effect.Effect<void, unknown, Scope.Scope>) =>
  it.live(name, () => start.pipe(Effect.flatMap(run), Effect.provide(NodeHttpClient.layerUndici), Effect.scoped))

const codes = (cause: unknown): ReadonlyArray<string> =>
  typeof cause !== "object" || cause === null
    ? []
    : [...("code" in cause ? [String(cause.code)] : []), ...("cause" in cause ? codes(cause.cause) : [])]

describe("a proxy without a script", () => {
  test("passes on what is asked, below the provider's path, and what is answered", ({ ask, provider, proxy }) =>
    Effect.gen(function* () {
      const answer = yield* ask(`{"a":1}`)
      assert.strictEqual(answer.status, 201)
      assert.strictEqual(answer.headers["x-kept"], "yes")
      assert.deepEqual(provider.heard, [`POST /simulators/x/v1/charges {"a":1}`])
      const [exchange] = yield* proxy.exchanges()
      assert.deepInclude(exchange, { number: 1, direction: "request", path: "/v1/charges", state: "answered" })
      assert.strictEqual(exchange?.answers[0]?.body, answer.text)
      assert.deepEqual(yield* proxy.counts, { request: 1, callback: 0, faults: { Pass: 1 } })
    }))

  test("passes notifications on to whom they are for", ({ gateway, notify, provider, proxy }) =>
    Effect.gen(function* () {
      yield* notify(`{"id":"n1"}`)
      assert.deepEqual(gateway.heard, [`POST /n/token {"id":"n1"}`])
      assert.lengthOf(provider.heard, 0)
      assert.strictEqual(proxy.callback(`${gateway.url}/n/token`), proxy.callback(`${gateway.url}/n/token`))
      assert.notStrictEqual(proxy.callback(`${gateway.url}/n/other`), proxy.callback(`${gateway.url}/n/token`))
      assert.strictEqual((yield* proxy.counts).callback, 1)
    }))
})

describe("a fault", () => {
  test("drops a request before the provider has it, or its answer after", ({ ask, provider, proxy }) =>
    Effect.gen(function* () {
      yield* proxy.next(Fault.dropRequest, Fault.dropAnswer)
      assert.strictEqual((yield* Effect.flip(ask()))._tag, "TransportError")
      assert.lengthOf(provider.heard, 0)
      assert.strictEqual((yield* Effect.flip(ask()))._tag, "TransportError")
      assert.lengthOf(provider.heard, 1)
      yield* ask()
      assert.deepEqual(
        (yield* proxy.exchanges()).map(({ answers, state }) => [state, answers.length]),
        [
          ["hungUp", 0],
          ["hungUp", 1],
          ["answered", 1]
        ]
      )
    }))

  test("holds a request, or its answer, until the caller leaves", ({ ask, provider, proxy }) =>
    Effect.gen(function* () {
      yield* proxy.next(Fault.holdRequest, Fault.holdAnswer)
      const first = yield* Effect.forkChild(ask())
      yield* proxy.until({}, ({ number }) => number === 1)
      yield* Fiber.interrupt(first)
      yield* proxy.until({}, ({ number, state }) => number === 1 && state === "left")
      assert.lengthOf(provider.heard, 0)
      const second = yield* Effect.forkChild(ask())
      yield* proxy.until({}, ({ answers, number }) => number === 2 && answers.length === 1)
      yield* Fiber.interrupt(second)
      yield* proxy.until({}, ({ number, state }) => number === 2 && state === "left")
      assert.lengthOf(provider.heard, 1)
    }))

  test("passes on what has arrived, though the caller has gone", ({ ask, provider, proxy }) =>
    Effect.gen(function* () {
      yield* proxy.next(Fault.delay({ before: "50 millis" }))
      const call = yield* Effect.forkChild(ask())
      yield* proxy.until({}, ({ number }) => number === 1)
      yield* Fiber.interrupt(call)
      yield* proxy.until({}, ({ answers }) => answers.length === 1)
      assert.lengthOf(provider.heard, 1)
    }))

  test("answers in the provider's place, or changes what it answered", ({ ask, provider, proxy }) =>
    Effect.gen(function* () {
      yield* proxy.next(
        Fault.tooManyRequests(7),
        Fault.instead(503, "down"),
        Fault.answerInstead(502, { code: "X" }),
        Fault.malform,
        Fault.rewrite((answer) => ({ ...answer, status: 418, body: answer.body.replace("heard", "said") }))
      )
      const limited = yield* ask()
      assert.deepEqual([limited.status, limited.headers["retry-after"]], [429, "7"])
      assert.deepInclude(yield* ask(), { status: 503, text: "down" })
      assert.lengthOf(provider.heard, 0)
      assert.deepInclude(yield* ask(), { status: 502, text: `{"code":"X"}` })
      assert.lengthOf(provider.heard, 1)
      const malformed = yield* ask()
      assert.strictEqual(malformed.status, 201)
      assert.throws(() => JSON.parse(malformed.text))
      const rewritten = yield* ask()
      assert.strictEqual(rewritten.status, 418)
      assert.property(JSON.parse(rewritten.text), "said")
      assert.strictEqual((yield* proxy.exchanges())[4]?.answers[0]?.status, 201)
    }))

  test("lets an answer break off within its body", ({ ask, provider, proxy }) =>
    Effect.gen(function* () {
      yield* proxy.next(Fault.truncate())
      assert.oneOf((yield* Effect.flip(ask()))._tag, ["TransportError", "DecodeError"])
      assert.lengthOf(provider.heard, 1)
    }))

  test("refuses connections, and takes them again at the same address", ({ ask, provider, proxy }) =>
    Effect.gen(function* () {
      const refused = yield* proxy.refusing(Effect.flip(ask()))
      assert.include(codes(refused), "ECONNREFUSED")
      assert.lengthOf(provider.heard, 0)
      yield* ask()
      assert.lengthOf(provider.heard, 1)
    }))

  test("repeats a notification, and lets one overtake another", ({ gateway, notify, proxy }) =>
    Effect.gen(function* () {
      yield* proxy.on({ direction: "callback" }, Fault.duplicate)
      yield* notify("1")
      assert.deepEqual(gateway.heard, ["POST /n/token 1", "POST /n/token 1"])
      yield* proxy.on({ direction: "callback" }, Fault.reorder("1 hour"))
      assert.strictEqual((yield* notify("2")).status, 202)
      assert.lengthOf(gateway.heard, 2)
      yield* notify("3")
      yield* proxy.until({}, ({ answers, number }) => number === 2 && answers.length === 1)
      assert.deepEqual(gateway.heard.slice(2), ["POST /n/token 3", "POST /n/token 2"])
    }))

  test("held back to be overtaken, a notification arrives all the same when none follows", ({ notify, proxy }) =>
    Effect.gen(function* () {
      yield* proxy.on({ direction: "callback" }, Fault.reorder("1 millis"))
      yield* notify("1")
      yield* proxy.until({}, ({ answers }) => answers.length === 1)
    }))

  test("is for those that match, as often as it says", ({ ask, notify, proxy }) =>
    Effect.gen(function* () {
      yield* proxy.on({ method: "POST", path: /charges$/, body: /evil/ }, Fault.instead(400, "no"), Infinity)
      yield* proxy.on({ direction: "callback" }, Fault.instead(500, "no"), 2)
      assert.strictEqual((yield* ask("good")).status, 201)
      for (const _ of [1, 2, 3]) assert.strictEqual((yield* ask("evil")).status, 400)
      assert.deepEqual(
        [yield* notify(), yield* notify(), yield* notify()].map(({ status }) => status),
        [500, 500, 201]
      )
      yield* proxy.calm
      assert.strictEqual((yield* ask("evil")).status, 201)
    }))
})

describe("chance", () => {
  const day = (seed: number, count: number) =>
    Effect.gen(function* () {
      const { ask, notify, proxy } = yield* start
      yield* proxy.chaos(Proxy.badDay(seed))
      for (let n = 0; n < count; n++) yield* Effect.ignore(n % 4 === 0 ? notify() : ask())
      return (yield* proxy.exchanges()).map(({ fault }) => fault._tag)
    }).pipe(Effect.provide(NodeHttpClient.layerUndici), Effect.scoped)

  it.live(
    "is the same for the same seed, and another for another",
    () =>
      Effect.gen(function* () {
        const [one, again, other] = yield* Effect.all([day(1, 100), day(1, 100), day(2, 100)])
        assert.deepEqual(one, again)
        assert.notDeepEqual(one, other)
        assert.includeMembers(one, ["Pass", "DropRequest", "DropAnswer", "Instead", "Truncate", "Duplicate"])
      }),
    30_000
  )

  test("gives way to rules, and ends", ({ ask, proxy }) =>
    Effect.gen(function* () {
      yield* proxy.chaos({ seed: 1, request: [{ rate: 1, fault: Fault.instead(500, "chance") }], callback: [] })
      yield* proxy.next(Fault.instead(400, "rule"))
      assert.deepEqual(
        [yield* ask(), yield* ask()].map(({ text }) => text),
        ["rule", "chance"]
      )
      yield* proxy.chaos(null)
      assert.strictEqual((yield* ask()).status, 201)
    }))
})

it.live("a proxy remembers the newest exchanges, and counts all", () =>
  Effect.gen(function* () {
    const provider = yield* listener
    const proxy = yield* Proxy.make({ target: provider.url, remembered: 3 })
    const client = yield* HttpClient.HttpClient
    for (let n = 0; n < 5; n++) yield* client.get(proxy.url)
    assert.deepEqual(
      (yield* proxy.exchanges()).map(({ number }) => number),
      [3, 4, 5]
    )
    assert.strictEqual((yield* proxy.counts).request, 5)
  }).pipe(Effect.provide(NodeHttpClient.layerUndici), Effect.scoped)
)
