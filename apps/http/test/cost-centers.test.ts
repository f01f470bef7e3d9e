import { assert, layer } from "@effect/vitest"
import { CostCenters } from "@salesos/api"
import { Effect, Schema } from "effect"
import { Gateway, newKey, tenant } from "./support/Gateway.ts"
import * as Http from "./support/Http.ts"
import { expectFields, expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })

const asList = Schema.decodeUnknownSync(CostCenters.CostCenterList, { onExcessProperty: "error" })
const marketing = { code: "CC-MKT", name: "Marketing" }
const prizes = { code: "CC-PRZ", name: "Prêmios" }

shared("cost centers", (it) => {
  it.effect("are replaced as a whole, by the same request however often", () =>
    Effect.gen(function* () {
      const { call, read } = yield* tenant()
      const put = (...cost_centers: ReadonlyArray<unknown>) => call("PUT", "/cost-centers", { body: { cost_centers } })
      const listed = (...all: ReadonlyArray<object>) => ({
        object: "list",
        data: all.map((each) => ({ object: "cost_center", ...each })),
        has_more: false
      })
      for (const _ of [1, 2]) {
        const answer = yield* put(prizes, marketing)
        assert.strictEqual(answer.status, 200)
        assert.deepEqual(asList(Http.json(answer)), asList(listed(marketing, prizes)))
      }
      assert.deepEqual(yield* read("/cost-centers"), listed(marketing, prizes))
      yield* put({ ...marketing, name: "Sales" })
      assert.deepEqual(yield* read("/cost-centers"), listed({ ...marketing, name: "Sales" }))
      yield* put()
      assert.deepEqual(yield* read("/cost-centers"), listed())
    })
  )

  it.effect("are refused with every rule that is broken named, and then stay as they were", () =>
    Effect.gen(function* () {
      const { call, read } = yield* tenant()
      yield* call("PUT", "/cost-centers", { body: { cost_centers: [marketing] } })
      const before = yield* read("/cost-centers")
      const body = { cost_centers: [marketing, { code: "", name: "x" }, { code: "a\u0000", name: "x" }, { code: "b" }] }
      assert.deepEqual(yield* expectFields(yield* call("PUT", "/cost-centers", { body })), [
        "cost_centers.1.code: invalid_length",
        "cost_centers.2.code: invalid_text",
        "cost_centers.3.name: required"
      ])
      const twice = yield* call("PUT", "/cost-centers", { body: { cost_centers: [marketing, prizes, marketing] } })
      assert.deepEqual(yield* expectFields(twice), ["cost_centers.2.code: duplicate"])
      yield* expectProblem(yield* call("PUT", "/cost-centers", { raw: "{}" }), "unsupported_media_type")
      const json = { "content-type": "application/json" }
      yield* expectProblem(yield* call("PUT", "/cost-centers", { raw: "{", headers: json }), "bad_request")
      assert.deepEqual(yield* read("/cost-centers"), before)
    })
  )

  it.effect("decide what an invoice may be filed under, once there are any", () =>
    Effect.gen(function* () {
      const { call, create, created, get, read, simulator } = yield* tenant()
      const old = yield* created(Samples.invoice({ cost_center: "CC-OLD" }))
      yield* call("PUT", "/cost-centers", { body: { cost_centers: [marketing] } })
      const idempotencyKey = newKey()
      const refused = yield* create(Samples.invoice({ cost_center: "CC-OLD" }), { idempotencyKey })
      assert.deepEqual(yield* expectFields(refused), ["cost_center: unknown_cost_center"])
      assert.lengthOf(yield* simulator.charges(), 1)
      // Nothing was stored: the same key may be used for another body.
      const next = yield* created(Samples.invoice(), { idempotencyKey })
      assert.match(next.our_number, /-000002$/)
      assert.deepEqual(yield* get(old.id), old)
      const found = yield* read("/invoices?cost_center=CC-OLD")
      assert.deepInclude(found, { data: [old] })
    })
  )
})
