/**
 * The API against its own document: any request, right or wrong, is answered as the served OpenAPI document says, and never
 * by a fault of ours. The operations, their values and what may be wrong with them are made from the document.
 *
 * `CONTRACT_RUNS=20000` sends more, `CONTRACT_SEED=…` sends the same again.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Exit } from "effect"
import * as fc from "fast-check"
import { randomInt } from "node:crypto"
import * as Check from "./contract/Check.ts"
import * as Document from "./contract/Document.ts"
import * as Requests from "./contract/Requests.ts"
import * as Wire from "./contract/Wire.ts"
import { Gateway, scopes, tenant } from "./support/Gateway.ts"
import * as Http from "./support/Http.ts"
import { expectProblem } from "./support/Problem.ts"

const runs = Number(process.env["CONTRACT_RUNS"] ?? 600)
const seed = Number(process.env["CONTRACT_SEED"] ?? randomInt(2 ** 31))

/** How many requests one key sends, fewer than any limit that a key may have. */
const perKey = 400

/** The ids in an answer, whatever it is. */
const idsIn = (text: string): ReadonlyArray<string> =>
  text.match(/(?<=")[a-z]+_[0-7][0-9A-HJKMNP-TV-Z]{25}(?=")/g) ?? []

layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })("any request", (it) => {
  it.effect(
    "is answered as documented",
    () =>
      Effect.gen(function* () {
        const { created, gateway, keyWith, key: first } = yield* tenant()
        const served = Http.json(yield* gateway.call("GET", "./openapi.json", { key: null }))
        const document = Document.read(served)
        const check = Check.make(served)
        const port = Number(new URL(gateway.url).port)
        const ids = new Map<string, Array<string>>()
        const learn = (text: string) => {
          for (const id of idsIn(text)) {
            const [prefix = ""] = id.split("_")
            ids.set(prefix, [...(ids.get(prefix) ?? []), id].slice(-50))
          }
        }
        learn(JSON.stringify(yield* created(example(document))))
        let key = first
        let sent = 0
        const answered = new Map<string, number>()
        const known: Requests.Known = {
          get key() {
            return key
          },
          // One in four is an id that the document has made up.
          id: (prefix, choice) =>
            choice % 4 === 0 ? undefined : ids.get(prefix)?.at(choice % (ids.get(prefix)?.length ?? 1))
        }

        const ask = Effect.fnUntraced(function* (planned: Requests.Planned) {
          if ((sent += 1) % perKey === 0) key = (yield* keyWith(scopes)).key
          const request = planned.request(known)
          const exit = yield* Effect.exit(Wire.send(port, request))
          if (Exit.isFailure(exit)) return { request, wrong: [String(exit.cause)], text: "" }
          const text = new TextDecoder().decode(exit.value.body)
          if (exit.value.status < 300) learn(text)
          const place = `${planned.operation.operationId} ${exit.value.status}`
          answered.set(place, (answered.get(place) ?? 0) + 1)
          return {
            request,
            wrong: check(planned, request, exit.value),
            text: `${exit.value.status} ${text.slice(0, 2000)}`
          }
        })

        const again = `CONTRACT_SEED=${seed} CONTRACT_RUNS=${runs} npx -y pnpm@12.21.0 test apps/http/test/contract.test.ts`
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(Requests.any(document), async (planned) => {
              const { request, text, wrong } = await Effect.runPromise(ask(planned))
              const headers = request.headers.map(([name, value]) => `${name}: ${value.slice(0, 200)}`).join("\n")
              assert.isEmpty(
                wrong,
                `${planned.name}\n${request.method} ${request.target.slice(0, 1000)}\n${headers}\n\n` +
                  `${Buffer.from(request.body).toString("latin1").slice(0, 2000)}\n\nwas answered ${text}\n\nAgain: ${again}\n`
              )
            }),
            { seed, numRuns: runs, interruptAfterTimeLimit: 10 * 60_000, markInterruptAsFailure: false }
          )
        )
        for (const { operationId } of document.operations) {
          const statuses = [...answered.keys()].filter((place) => place.startsWith(`${operationId} `))
          assert.isNotEmpty(statuses, `${operationId} was never called`)
        }
        if (process.env["CONTRACT_RUNS"] !== undefined)
          console.log(again, Object.fromEntries([...answered].toSorted(([a], [b]) => (a < b ? -1 : 1))))
      }),
    11 * 60_000
  )

  it.effect("that is answered otherwise is found out", () =>
    Effect.gen(function* () {
      const { gateway } = yield* tenant()
      const { text } = yield* gateway.call("GET", "./openapi.json", { key: null })
      const request = {
        method: "GET",
        target: "/healthz",
        headers: [
          ["connection", "close"],
          ["host", "x"]
        ],
        body: new Uint8Array()
      } as const
      const answer = yield* Wire.send(Number(new URL(gateway.url).port), request)
      const wrong = (change: (document: string) => string, given = answer) => {
        const served: unknown = JSON.parse(change(text))
        const operation = Document.read(served).operations.find(({ operationId }) => operationId === "healthz")
        return Check.make(served)(
          { operation: operation ?? assert.fail("It is gone"), reaches: true },
          request,
          given
        ).join()
      }
      assert.strictEqual(
        wrong((same) => same),
        ""
      )
      assert.match(
        wrong((document) => document.replaceAll('"ok"', '"fine"')),
        /The body is not as documented/
      )
      assert.match(
        wrong((document) => document.replaceAll('"Request-Id"', '"X-Request"')),
        /X-Request is missing/
      )
      assert.match(
        wrong((document) => document.replaceAll("application/json", "text/csv")),
        /"application\/json" is not/
      )
      assert.match(
        wrong((same) => same, { ...answer, status: 204 }),
        /204 is not documented/
      )
      assert.match(
        wrong((same) => same, { ...answer, status: 500 }),
        /A 500/
      )
      assert.match(
        wrong((same) => same, { ...answer, status: 404 }),
        /An error as application\/json/
      )
    })
  )

  it.effect.each<readonly [string, Partial<Wire.Sent>]>([
    ["of a method that there is not", { method: "FOO" }],
    ["with a U+0000 in a header", { headers: [["x", "a\u0000b"]] }],
    ["with a header that is no name", { headers: [["a b", "c"]] }],
    ["with headers without end", { headers: [["x", "x".repeat(100_000)]] }],
    [
      "with two lengths",
      {
        headers: [
          ["content-length", "1"],
          ["content-length", "2"]
        ]
      }
    ],
    [
      "with a length and chunks",
      {
        headers: [
          ["content-length", "1"],
          ["transfer-encoding", "chunked"]
        ]
      }
    ],
    ["to a path with a space", { target: "/heal thz" }]
  ])("%s gets a problem although it is no HTTP", ([, odd]) =>
    Effect.gen(function* () {
      const { url } = yield* Gateway
      const sent = {
        method: "POST",
        target: "/healthz",
        body: new Uint8Array(),
        ...odd,
        headers: [["host", "x"], ...(odd.headers ?? [])]
      } as const
      const { body, headers, status } = yield* Wire.send(Number(new URL(url).port), sent)
      yield* expectProblem(
        { status, headers, text: `${new TextDecoder().decode(body).slice(0, -1)},"instance":"/"}` },
        "bad_request"
      )
    })
  )
})

/** The document's own example of a body that makes an invoice. */
const example = ({ schemas }: Document.Document): unknown => schemas["CreateInvoice"]?.examples?.[0]
