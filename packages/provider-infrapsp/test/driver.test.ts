import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createTcpServer, type Server, type Socket } from "node:net"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ChargeAttempt, Currency, Documents, Ids, OurNumber, Pix, type Provider } from "@salesos/core"
import { Servers } from "@salesos/test-servers"
import { Cause, DateTime, Deferred, Effect, Exit, Fiber, type Layer, Option, Queue, Redacted, type Scope } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { brl } from "../src/money.ts"
import * as InfraPsp from "../src/index.ts"
import document from "./fixtures/document.json" with { type: "json" }

// A server that answers by a script, one step for each request; the last step answers all that follow.

interface Received {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

type Step = (response: ServerResponse, received: Received, socket: Socket) => void

const json =
  (status: number, body: unknown): Step =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json" })
    response.end(typeof body === "string" ? body : JSON.stringify(body))
  }

const drop: Step = (_response, _received, socket) => socket.destroy()

const halfAnAnswer =
  (body: unknown): Step =>
  (response, _received, socket) => {
    const text = JSON.stringify(body)
    response.writeHead(201, { "content-type": "application/json", "content-length": text.length })
    response.write(text.slice(0, text.length / 2), () => socket.destroy())
  }

const silence: Step = () => {}

const scripted = Effect.fnUntraced(function* (...steps: ReadonlyArray<Step>) {
  const received: Array<Received> = []
  const arrivals = yield* Queue.unbounded<void>()
  const left = yield* Deferred.make<void>()
  const server = createServer((request, response) => {
    let body = ""
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk))
    response.on("close", () => response.writableFinished || Deferred.doneUnsafe(left, Exit.void))
    request.on("end", () => {
      const { headers, method = "", socket, url = "" } = request
      const step = steps[Math.min(received.length, steps.length - 1)]
      const each = { method, url: new URL(url, "http://host"), headers, body }
      received.push(each)
      Queue.offerUnsafe(arrivals, undefined)
      step?.(response, each, socket)
    })
  })
  const baseUrl = yield* listening(server)
  return { account: account(baseUrl), received, arrived: Queue.take(arrivals), left: Deferred.await(left) }
})

const listening = (server: Server) => Effect.map(Servers.listen(server), (port) => `http://127.0.0.1:${port}`)

// What is asked

const apiKey = "ipsp_J4fUCKKoljfQgH7T3LFMK"
const apiSecret = "s3cr3t-value"

const account = (baseUrl: string): Provider.ProviderAccount => ({
  tenant: Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"),
  name: "main",
  provider: InfraPsp.infrapsp,
  environment: "sandbox",
  credentials: Redacted.make({ apiKey, apiSecret }),
  settings: { baseUrl },
  notificationUrl: "https://gateway.test/n/token"
})

const reference = ChargeAttempt.ProviderReference.make("INV-2026-000042")

const request: Provider.ChargeRequest = {
  reference,
  ourNumber: OurNumber.format("INV", 2026, 42),
  money: { amount: 12_310, currency: brl },
  method: "pix",
  description: "Monthly plan",
  customer: {
    country: "BR",
    document: Documents.Cpf.make("16142765010"),
    name: "John Doe",
    email: "customer@email.com"
  },
  expiresIn: 3600
}

const brCode = Pix.BrCode.make(
  "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D"
)

const waiting = {
  id: "gnQjJatJSrhxaGtXeTuDd",
  status: "waiting_payment",
  amount: 12_310,
  externalId: reference,
  methodData: { qrCode: brCode, expirationDate: "2026-05-04T13:00:00.000Z" },
  paidData: {},
  paidAt: null,
  createdAt: "2026-05-04T12:00:00.000Z",
  updatedAt: "2026-05-04T12:00:00.000Z"
}

const paid = {
  ...waiting,
  status: "paid",
  paidAt: "2026-05-04T12:30:00.000Z",
  paidData: { endToEndId: "E03311443202309061908c3oXxJfa7Zn" }
}

const payable = { ...document["find a payable by id: answer"], transactionId: paid.id }

type Outcome = "Rejected" | "Unavailable" | "Unknown"

const layers: Readonly<Record<string, Layer.Layer<HttpClient.HttpClient>>> = {
  undici: NodeHttpClient.layerUndici,
  fetch: FetchHttpClient.layer
}

const live = (
  name: string,
  test: (driver: Provider.Driver) => Effect.Effect<void, unknown, Scope.Scope>,
  layer = NodeHttpClient.layerUndici
) => it.live(name, () => Effect.flatMap(InfraPsp.make, test).pipe(Effect.provide(layer), Effect.scoped))

/** How a call failed, and that it told no secret. */
const failureOf = Effect.fnUntraced(function* <A>(call: Effect.Effect<A, { _tag: Outcome; message: string }>) {
  const failure = yield* Effect.flip(call)
  for (const secret of [apiKey, apiSecret, "<"]) assert.notInclude(failure.message, secret)
  return failure
})

const error400 = document.errors["400"]

describe("a charge", () => {
  live("is created with one request, and observed from its answer", (driver) =>
    Effect.gen(function* () {
      const { account, received } = yield* scripted(json(201, waiting))
      const seen = yield* driver.createCharge(account, request)
      assert.strictEqual(seen.providerId, waiting.id)
      assert.deepEqual(seen.status, { _tag: "open" })
      assert.deepEqual(seen.money, { amount: 12_310, currency: brl })
      assert.deepEqual(seen.artifact, { type: "pix", copyPaste: brCode })
      assert.deepEqual(seen.expiresAt, DateTime.makeUnsafe("2026-05-04T13:00:00.000Z"))
      assert.deepEqual(seen.payments, [])
      assert.deepEqual(seen.raw, { transaction: waiting, payables: null, chargebacks: null })
      assert.lengthOf(received, 1)
      const [sent] = received
      assert.strictEqual(`${sent?.method} ${sent?.url.pathname}`, "POST /v1/transactions")
      assert.strictEqual(sent?.headers.authorization, `Bearer ${apiKey}.${apiSecret}`)
      assert.include(sent?.headers["content-type"], "application/json")
      assert.deepInclude(JSON.parse(sent?.body ?? ""), {
        externalId: reference,
        amount: 12_310,
        notifyUrl: "https://gateway.test/n/token",
        splits: null
      })
    })
  )

  live("by payment link is created with one request, whatever else can be read then", (driver) =>
    Effect.gen(function* () {
      const answer = document["create a pre-transaction: answer"]
      const { account, received } = yield* scripted(json(201, answer), drop)
      const settings = { ...account.settings, checkoutUrl: "https://pay.test/{id}" }
      const seen = yield* driver.createCharge({ ...account, settings }, { ...request, method: "card" })
      assert.strictEqual(seen.providerId, answer.id)
      assert.deepEqual(seen.status, { _tag: "open" })
      assert.deepEqual(seen.artifact, { type: "card", checkoutUrl: `https://pay.test/${answer.id}` })
      assert.deepEqual(seen.expiresAt, DateTime.makeUnsafe("2022-01-01T00:00:00.000Z"))
      assert.lengthOf(received, 1)
      const [sent] = received
      assert.strictEqual(`${sent?.method} ${sent?.url.pathname}`, "POST /v1/pre-transactions")
      const body: unknown = JSON.parse(sent?.body ?? "")
      assert.deepInclude(body, {
        amount: 12_310,
        description: "Monthly plan",
        externalId: reference,
        maxAttempts: 3,
        notifyUrl: "https://gateway.test/n/token"
      })
      const example = document["create a pre-transaction: request"]
      assert.includeMembers([...Object.keys(example), "notifyUrl"], Object.keys(Object(body)))
    })
  )

  live("is kept as it was answered, but for card data, tokens and what is the account's secret", (driver) =>
    Effect.gen(function* () {
      const answer = {
        ...waiting,
        notifyUrl: "https://gateway.test/n/token",
        methodSettings: { cardToken: "tok_1", cvvToken: "tok_2", installments: 1 },
        metadata: {
          key: `a\u0000b ${apiSecret}`,
          nested: [{ cardNumber: "5448280000000007", apiKey: "ipsp_x", holder: "J" }]
        }
      }
      const { account } = yield* scripted(json(200, answer))
      const { raw } = yield* driver.getCharge(account, waiting.id)
      const kept = JSON.stringify(raw)
      for (const hidden of ["n/token", "tok_1", "tok_2", "5448280000000007", "ipsp_x", "\\u0000", apiSecret]) {
        assert.notInclude(kept, hidden)
      }
      assert.nestedPropertyVal(raw, "transaction.methodSettings.installments", 1)
      assert.nestedPropertyVal(raw, "transaction.metadata.nested[0].holder", "J")
    })
  )

  live("is read by the provider's id, under a base URL with a path", (driver) =>
    Effect.gen(function* () {
      const { account, received } = yield* scripted(json(200, { ...waiting, id: "a/b" }))
      const below = { ...account, settings: { baseUrl: `${account.settings["baseUrl"]}/simulators/infrapsp/` } }
      yield* driver.getCharge(below, "a/b")
      assert.strictEqual(received[0]?.url.pathname, "/simulators/infrapsp/v1/transactions/a%2Fb")
    })
  )

  live("that is paid is observed with its fee and the day of its money", (driver) =>
    Effect.gen(function* () {
      const { account, received } = yield* scripted(json(200, paid), json(200, [payable]))
      const seen = yield* driver.getCharge(account, paid.id)
      assert.deepEqual(seen.payments, [
        {
          kind: "payment",
          ordinal: "1",
          money: { amount: 12_310, currency: brl },
          fee: 100,
          occurredAt: DateTime.makeUnsafe(paid.paidAt),
          availableOn: "2022-01-01",
          endToEndId: "E03311443202309061908c3oXxJfa7Zn",
          payer: null
        }
      ])
      assert.deepEqual(seen.raw, { transaction: paid, payables: [payable], chargebacks: null })
      const query = received[1]?.url
      assert.strictEqual(query?.pathname, "/v1/payables")
      assert.strictEqual(query?.searchParams.get("transactionId"), paid.id)
      // from the payment on, however long ago it was: what went back later is there too
      assert.strictEqual(query?.searchParams.get("createdAtGte"), "2026-05-03T12:30:00.000Z")
      assert.strictEqual(query?.searchParams.get("createdAtLte"), "2027-05-03T12:30:00.000Z")
    })
  )

  for (const [name, step] of [
    ["fail", json(500, document.errors["500"])],
    ["are unreadable", json(200, "[{")],
    ["are something else", json(200, { items: [] })],
    ["hang up", drop]
  ] as const) {
    live(`that is paid is paid, its fee unknown, when the payables ${name}`, (driver) =>
      Effect.gen(function* () {
        const { account } = yield* scripted(json(200, paid), step)
        const { payments, status } = yield* driver.getCharge(account, paid.id)
        assert.deepEqual(status, { _tag: "settled" })
        assert.deepInclude(payments[0], { fee: null, availableOn: null })
      })
    )
  }

  live("that is paid at an impossible time is paid all the same", (driver) =>
    Effect.gen(function* () {
      const { account } = yield* scripted(
        json(200, { ...paid, paidAt: "-271821-04-20T00:00:00.000Z" }),
        json(200, [payable])
      )
      const { payments } = yield* driver.getCharge(account, paid.id)
      assert.strictEqual(payments[0]?.fee, 100)
    })
  )

  it.effect("that is paid does not wait long for its payables", () =>
    Effect.gen(function* () {
      const driver = yield* InfraPsp.make
      const { account, arrived, left } = yield* scripted(json(201, paid), silence)
      const call = yield* Effect.forkChild(driver.createCharge(account, request))
      yield* arrived
      yield* arrived
      yield* TestClock.adjust("3 seconds")
      const seen = yield* Fiber.join(call)
      assert.isNull(seen.payments[0]?.fee)
      yield* left
    }).pipe(Effect.provide(NodeHttpClient.layerUndici), Effect.scoped)
  )
})

describe("the outcome of a creation", () => {
  const outcomes: ReadonlyArray<readonly [name: string, step: Step, outcome: Outcome, message: RegExp]> = [
    ["a refusal with a reason", json(400, error400), "Rejected", /^some api error \(parameterName\)$/],
    ["422", json(422, { code: "INVALID", message: "invalid document" }), "Rejected", /^invalid document$/],
    [
      "a refusal with markup, a stack and our own secret",
      json(400, { code: "E", message: `<b>bad key</b> ${apiSecret}\n    at f (/srv/a.js:1:2)` }),
      "Rejected",
      /^bad key \*\*\*$/
    ],
    ["401", json(401, { code: "UNAUTHORIZED", message: "unauthorized" }), "Unavailable", /credentials/],
    ["403 without a body", json(403, ""), "Unavailable", /credentials/],
    ["429", json(429, { code: "TOO_MANY_REQUESTS", message: "slow down" }), "Unavailable", /too many/],
    ["429 as a page", json(429, "<html>slow down</html>"), "Unavailable", /too many/],
    ["408", json(408, { code: "TIMEOUT", message: "timeout" }), "Unknown", /408/],
    ["409", json(409, { code: "CONFLICT", message: "externalId exists" }), "Unknown", /409: externalId exists/],
    ["a 4xx page that tells no reason", json(400, "<html>Bad request</html>"), "Unknown", /400/],
    ["an error with an id", json(400, { ...error400, id: "x" }), "Unknown", /400/],
    ["500", json(500, document.errors["500"]), "Unknown", /500: internal server error/],
    ["502 as a page", json(502, "<html>Bad gateway</html>"), "Unknown", /502/],
    ["503", json(503, { code: "SERVICE_UNAVAILABLE", message: "later" }), "Unknown", /503/],
    ["a redirect to nowhere", json(304, ""), "Unknown", /304/],
    ["an empty body", json(201, ""), "Unknown", /201/],
    ["a body that is no JSON", json(201, "created"), "Unknown", /201/],
    ["a body that is something else", json(201, { ok: true }), "Unknown", /201/],
    ["a transaction without an amount", json(201, { id: "x", status: "created" }), "Unknown", /201/],
    ["half an answer", halfAnAnswer(waiting), "Unknown", /201/],
    ["a connection dropped after sending", drop, "Unknown", /lost/]
  ]

  for (const [client, layer] of Object.entries(layers)) {
    for (const [name, step, outcome, message] of outcomes) {
      live(
        `is ${outcome} for ${name} (${client})`,
        (driver) =>
          Effect.gen(function* () {
            const { account, received } = yield* scripted(step)
            const failure = yield* failureOf(driver.createCharge(account, request))
            assert.strictEqual(failure._tag, outcome)
            assert.match(failure.message, message)
            assert.lengthOf(received, 1, "sent once")
          }),
        layer
      )
    }

    live(
      `is Unavailable when the connection is refused (${client})`,
      (driver) =>
        Effect.gen(function* () {
          const baseUrl = yield* Effect.scoped(listening(createServer()))
          for (const host of ["127.0.0.1", "localhost"]) {
            const closed = account(baseUrl.replace("127.0.0.1", host))
            const failure = yield* failureOf(driver.createCharge(closed, request))
            assert.deepInclude(failure, { _tag: "Unavailable", message: "The provider could not be reached" })
          }
        }),
      layer
    )

    live(
      `is Unavailable when the host has no address, as while no base URL is configured (${client})`,
      (driver) =>
        Effect.gen(function* () {
          const unset = { ...account(""), settings: {} }
          assert.strictEqual((yield* failureOf(driver.createCharge(unset, request)))._tag, "Unavailable")
        }),
      layer
    )

    live(
      `is Unknown when the other side hangs up before it has read anything (${client})`,
      (driver) =>
        Effect.gen(function* () {
          const baseUrl = yield* listening(createTcpServer((socket) => socket.destroy()))
          assert.strictEqual((yield* failureOf(driver.createCharge(account(baseUrl), request)))._tag, "Unknown")
        }),
      layer
    )
  }

  live("is Unavailable, with nothing sent, when the request cannot be built", (driver) =>
    Effect.gen(function* () {
      const { account, received } = yield* scripted(json(201, waiting))
      const calls = [
        driver.createCharge(account, { ...request, expiresIn: 1.5 }),
        driver.createCharge({ ...account, settings: { baseUrl: "no url" } }, request),
        driver.createCharge({ ...account, credentials: Redacted.make({ apiKey }) }, request),
        driver.createCharge({ ...account, credentials: Redacted.make({ apiKey, apiSecret: "" }) }, request),
        driver.createCharge({ ...account, credentials: Redacted.make({ apiKey, apiSecret: "a\nb" }) }, request)
      ]
      for (const call of calls) assert.strictEqual((yield* failureOf(call))._tag, "Unavailable")
      assert.lengthOf(received, 0)
    })
  )

  live("is Rejected, with nothing sent, for another method or currency", (driver) =>
    Effect.gen(function* () {
      const { account, received } = yield* scripted(json(201, waiting))
      const money = { amount: 12_310, currency: Currency.Currency.make("USD") }
      for (const other of [
        { ...request, method: "boleto" as const },
        { ...request, method: "card" as const, cardToken: "tok_1" },
        { ...request, money },
        { ...request, money: { ...request.money, amount: 10_000_001 } }
      ]) {
        assert.strictEqual((yield* failureOf(driver.createCharge(account, other)))._tag, "Rejected")
      }
      assert.lengthOf(received, 0)
    })
  )

  for (const [status, transaction] of [
    [201, "waiting_payment"],
    [200, "failed"],
    [400, "failed"],
    [409, "created"],
    [500, "created"],
    [201, "something_new"]
  ] as const) {
    live(`is a charge whenever the answer carries one: ${status}, ${transaction}`, (driver) =>
      Effect.gen(function* () {
        const { account } = yield* scripted(json(status, { ...waiting, status: transaction }))
        const seen = yield* driver.createCharge(account, request)
        assert.strictEqual(seen.providerId, waiting.id)
      })
    )
  }

  live("is nothing when it is interrupted, and no socket stays behind", (driver) =>
    Effect.gen(function* () {
      const { account, arrived, left } = yield* scripted(silence)
      const call = yield* Effect.forkChild(driver.createCharge(account, request))
      yield* arrived
      yield* Fiber.interrupt(call)
      const exit = yield* Fiber.await(call)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      yield* left
    })
  )
})

describe("reading a charge", () => {
  live("that is not there is Rejected", (driver) =>
    Effect.gen(function* () {
      const { account } = yield* scripted(json(404, document.errors["404"]))
      assert.deepInclude(yield* failureOf(driver.getCharge(account, "x")), { _tag: "Rejected", message: "not found" })
    })
  )

  live("while the provider is in trouble is Unknown", (driver) =>
    Effect.gen(function* () {
      const { account } = yield* scripted(json(503, {}), halfAnAnswer(waiting), drop)
      for (let i = 0; i < 3; i++) {
        assert.strictEqual((yield* failureOf(driver.getCharge(account, waiting.id)))._tag, "Unknown")
      }
    })
  )

  live("never takes another charge for it", (driver) =>
    Effect.gen(function* () {
      const { account } = yield* scripted(json(200, waiting))
      assert.strictEqual((yield* failureOf(driver.getCharge(account, "another")))._tag, "Unknown")
    })
  )
})

describe("finding a charge by reference", () => {
  it.effect("asks for the reference within 365 days around now", () =>
    Effect.gen(function* () {
      const driver = yield* InfraPsp.make
      yield* TestClock.setTime(Date.parse("2026-05-04T12:00:00.000Z"))
      const { account, received } = yield* scripted(json(200, []))
      assert.deepEqual(yield* driver.findCharge(account, reference), Option.none())
      assert.strictEqual(received[0]?.url.pathname, "/v1/transactions")
      assert.deepEqual(Object.fromEntries(received[0]?.url.searchParams ?? []), {
        externalId: reference,
        createdAtGte: "2025-05-05T12:00:00.000Z",
        createdAtLte: "2026-05-05T12:00:00.000Z",
        sortField: "createdAt",
        sortOrder: "asc",
        pageSize: "1000"
      })
    }).pipe(Effect.provide(NodeHttpClient.layerUndici), Effect.scoped)
  )

  live("gives the oldest of those that have it exactly", (driver) =>
    Effect.gen(function* () {
      const { account } = yield* scripted(
        json(200, [
          { ...waiting, id: "suffixed", externalId: `${reference}-2`, createdAt: "2026-05-01T00:00:00.000Z" },
          { ...waiting, id: "second", createdAt: "2026-05-03T00:00:00.000Z" },
          { ...waiting, id: "first", createdAt: "2026-05-02T00:00:00.000Z" }
        ])
      )
      const found = yield* driver.findCharge(account, reference)
      assert.strictEqual(Option.getOrUndefined(found)?.providerId, "first")
    })
  )

  live("reads what a paid one brought", (driver) =>
    Effect.gen(function* () {
      const { account } = yield* scripted(json(200, [paid]), json(200, [payable]))
      const found = Option.getOrThrow(yield* driver.findCharge(account, reference))
      assert.strictEqual(found.payments[0]?.fee, 100)
    })
  )

  const untold: ReadonlyArray<readonly [name: string, step: Step, outcome: Outcome]> = [
    ["404", json(404, document.errors["404"]), "Unknown"],
    ["400", json(400, error400), "Unknown"],
    ["500 with an empty list", json(500, []), "Unknown"],
    ["one that cannot be read", json(200, [{ id: "x" }]), "Unknown"],
    ["something else", json(200, { items: [] }), "Unknown"],
    ["half a list", halfAnAnswer([waiting]), "Unknown"],
    ["a full page of others", json(200, Array(1000).fill({ id: "x", amount: 1, externalId: "y" })), "Unknown"],
    ["401", json(401, {}), "Unavailable"],
    ["429", json(429, {}), "Unavailable"]
  ]
  for (const [name, step, outcome] of untold) {
    live(`takes only a list for "not there": ${name} is ${outcome}`, (driver) =>
      Effect.gen(function* () {
        const { account } = yield* scripted(step)
        assert.strictEqual((yield* failureOf(driver.findCharge(account, reference)))._tag, outcome)
      })
    )
  }
})

describe("the driver", () => {
  live("declares what it does", (driver) =>
    Effect.sync(() => {
      assert.strictEqual(driver.name, "infrapsp")
      assert.strictEqual(driver.status, "beta")
      const limits = { minimum: 1, maximum: 10_000_000 }
      const inBrazil = { direction: "charge", country: "BR", currency: brl, limits, needs: [] } as const
      const maximumExpirySeconds = 365 * 24 * 3600
      assert.deepEqual(driver.capabilities, [
        { ...inBrazil, method: "pix", maximumExpirySeconds, features: ["refund", "lookup", "artifact_in_lookup"] },
        {
          ...inBrazil,
          method: "card",
          card: "link",
          maximumExpirySeconds,
          features: ["cancel", "refund", "lookup", "artifact_in_lookup"]
        }
      ])
      assert.isUndefined(driver.payouts, "transfers go to the account's own key only")
      assert.strictEqual(driver.facts.lookup.misses, 2)
    })
  )

  live("reads a notification without trusting it", (driver) =>
    Effect.gen(function* () {
      const body = new TextEncoder().encode(
        JSON.stringify({ id: "n1", event: "transaction", entityId: paid.id, data: paid })
      )
      assert.deepEqual(
        yield* driver.readNotification(account(""), {}, body),
        Option.some({ dedupeKey: "n1", charges: [paid.id], payouts: [] })
      )
      assert.deepEqual(yield* driver.readNotification(account(""), {}, new Uint8Array()), Option.none())
    })
  )
})
