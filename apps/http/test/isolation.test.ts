/** Nobody reaches anything of another tenant, nor of the same tenant's other world: for every operation there is. */
import { assert, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Definition from "./support/Definition.ts"
import { Gateway, paying } from "./support/Gateway.ts"
import { expectFields, expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

type World = Effect.Success<ReturnType<typeof paying>>

const decodeIds = Schema.decodeUnknownSync(
  Schema.Struct({ data: Schema.NonEmptyArray(Schema.Struct({ id: Schema.String })) })
)

/** One of each kind of resource, as somebody has it. A kind that an address names and that is not made here fails the test. */
const makeOneOfEach = Effect.fnUntraced(function* ({ call, created, gateway, issues, paidOut, read }: World) {
  yield* issues
  const invoice = yield* created(
    Samples.invoice({
      cost_center: "secret-center",
      contractor_reference: "secret-reference",
      metadata: { order: "secret" }
    })
  )
  yield* call("POST", `/sandbox/invoices/${invoice.id}/pay`)
  const payout = yield* paidOut(Samples.payout({ cost_center: "secret-center" }))
  const documents = `/invoices/${invoice.id}/tax-documents`
  yield* call("POST", documents, { body: { type: "nfse", service_code: "01.05" } })
  yield* gateway.issueDue
  yield* call("POST", "/webhook-endpoints", { body: { url: "http://127.0.0.1:9/secret", events: ["*"] } })
  const first = (path: string) => Effect.map(read(path), (list) => decodeIds(list).data[0].id)
  const endpoint = yield* first("/webhook-endpoints")
  yield* call("POST", `/webhook-endpoints/${endpoint}/ping`)
  return new Map([
    ["inv", invoice.id],
    ["po", payout.id],
    ["td", yield* first(documents)],
    ["btxn", yield* first("/balance-transactions")],
    ["we", endpoint],
    ["whd", yield* first("/webhook-deliveries")],
    ["evt", yield* first("/events")],
    ["key", yield* first("/api-keys")]
  ])
})

const idOf = (ids: ReadonlyMap<string, string>) => (prefix: string) =>
  ids.get(prefix) ?? assert.fail(`makeOneOfEach makes nothing whose id begins with ${prefix}_`)

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "2 minutes" })

shared("somebody else", (it) => {
  it.effect(
    "is answered 404 to every operation on a resource, and changes nothing",
    () =>
      Effect.gen(function* () {
        const owner = yield* paying()
        const ids = yield* makeOneOfEach(owner)
        const otherTenant = yield* paying()
        const otherWorld = yield* paying("live", owner.owner.tenant)
        const operations = Definition.operations.filter((operation) => operation.ids.size > 0)
        assert.isAbove(operations.length, 8)
        const before = yield* owner.gateway.rows
        for (const operation of operations) {
          const path = Definition.at(operation, idOf(ids))
          for (const { call } of [otherTenant, otherWorld]) {
            const answer = yield* call(
              operation.method,
              path,
              operation.body === undefined ? {} : { body: operation.body }
            )
            const problem = yield* expectProblem(answer, "not_found")
            // What is there and not theirs is told in the same words as what is not there at all.
            const nowhere = Definition.at(operation, (prefix) => `${prefix}_7ZZZZZZZZZZZZZZZZZZZZZZZZZ`)
            const missing = yield* expectProblem(
              yield* call(operation.method, nowhere, operation.body === undefined ? {} : { body: operation.body }),
              "not_found"
            )
            assert.strictEqual(problem.detail, missing.detail, Definition.nameOf(operation))
          }
          // Its owner finds it, so that the ids are right.
          if (operation.method === "GET") assert.strictEqual((yield* owner.call("GET", path)).status, 200)
          assert.deepEqual(yield* owner.gateway.rows, before, Definition.nameOf(operation))
        }
      }),
    120_000
  )

  it.effect(
    "sees nothing of it in any list, by any filter, from any row on, or in any file",
    () =>
      Effect.gen(function* () {
        const owner = yield* paying()
        const ids = yield* makeOneOfEach(owner)
        const otherTenant = yield* paying()
        const otherWorld = yield* paying("live", owner.owner.tenant)
        const lists = Definition.operations.filter(({ ids: named, method }) => method === "GET" && named.size === 0)
        assert.isAbove(lists.length, 4)
        for (const operation of lists) {
          const own = yield* owner.call("GET", operation.path)
          assert.strictEqual(own.status, 200, Definition.nameOf(operation))
          const shown = [...ids.values()].filter((id) => own.text.includes(id))
          const queries = [
            "",
            "?cost_center=secret-center",
            "?contractor_reference=secret-reference",
            ...shown.flatMap((id) => [`?starting_after=${id}`, `?ending_before=${id}`]),
            "?created[gte]=2000-01-01"
          ]
          for (const { call } of [otherTenant, otherWorld]) {
            for (const query of queries) {
              for (const accept of ["application/json", "text/csv"]) {
                const answer = yield* call("GET", `${operation.path}${query}`, { headers: { accept } })
                // Where a list has no such filter, it says so.
                assert.include(query === "" ? [200] : [200, 422], answer.status, `${operation.path}${query}`)
                const quoted = answer.status === 422 ? "" : answer.text
                for (const id of ids.values()) assert.notInclude(quoted, id, `${operation.path}${query}`)
                assert.notInclude(quoted, "secret", `${operation.path}${query}`)
              }
            }
          }
        }
        const file = yield* owner.call("GET", "/balance-transactions", { headers: { accept: "text/csv" } })
        assert.include(file.text, "secret-center")
        for (const { call } of [otherTenant, otherWorld]) {
          const none = yield* call("GET", "/balance-transactions", { headers: { accept: "text/csv" } })
          assert.lengthOf(none.text.split("\r\n"), 2)
        }
      }),
    120_000
  )

  it.effect(
    "may use the same idempotency key, for another answer",
    () =>
      Effect.gen(function* () {
        const owner = yield* paying()
        const others = [yield* paying(), yield* paying("live", owner.owner.tenant)]
        const idempotencyKey = "a key that everybody uses".replaceAll(" ", "-")
        const answers = [yield* owner.payOut(Samples.payout(), { idempotencyKey })]
        for (const { payOut } of others) answers.push(yield* payOut(Samples.payout(), { idempotencyKey }))
        assert.deepEqual(
          answers.map(({ status }) => status),
          [201, 201, 201]
        )
        assert.lengthOf(new Set(answers.map(({ text }) => text)), 3)
        assert.deepEqual(
          answers.map(({ headers }) => headers["idempotent-replay"]),
          [undefined, undefined, undefined]
        )
      }),
    120_000
  )
})

shared("a cursor", (it) => {
  it.effect(
    "that is somebody else's is refused like one that is not there, and one of another kind as none",
    () =>
      Effect.gen(function* () {
        const owner = yield* paying()
        const ids = yield* makeOneOfEach(yield* paying())
        for (const [path, prefix] of [
          ["/invoices", "inv"],
          ["/payouts", "po"],
          ["/balance-transactions", "btxn"]
        ] as const) {
          for (const cursor of ["starting_after", "ending_before"]) {
            const refused = (id: string) => Effect.flatMap(owner.call("GET", `${path}?${cursor}=${id}`), expectFields)
            const missing = [`${cursor}: unknown_cursor`]
            assert.deepEqual(yield* refused(idOf(ids)(prefix)), missing)
            assert.deepEqual(yield* refused(`${prefix}_7ZZZZZZZZZZZZZZZZZZZZZZZZZ`), missing)
            assert.deepEqual(yield* refused("we_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"), [`${cursor}: invalid_id`])
          }
        }
      }),
    120_000
  )
})
