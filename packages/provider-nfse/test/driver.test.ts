import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { issuer } from "../src/index.ts"
import { problems } from "../src/Schemas.ts"
import { order } from "./fixtures/orders.ts"
import { start } from "./fixtures/simulator.ts"

describe("a document", () => {
  it.live("is issued, found, canceled and drawn", () =>
    Effect.gen(function* () {
      const sefin = yield* start()
      const account = sefin.account()
      const prepared = yield* issuer.prepare(account, order(7))
      const before = yield* issuer.find(account, prepared.reference)
      assert.isTrue(Option.isNone(before))

      const issued = yield* issuer.issue(account, prepared)
      assert.strictEqual(issued.status, "issued")
      assert.deepStrictEqual(problems("NFSe", issued.content), [])
      const [booked] = yield* sefin.documents(prepared.reference)
      assert.strictEqual(booked?.accessKey, issued.accessKey)
      assert.deepStrictEqual(yield* issuer.find(account, prepared.reference), Option.some(issued))

      const canceled = yield* issuer.cancel(account, { accessKey: issued.accessKey, reason: "Erro" })
      assert.strictEqual(canceled.status, "canceled")
      assert.isNotNull(canceled.canceledAt)
      assert.deepStrictEqual(yield* issuer.find(account, prepared.reference), Option.some(canceled))
    }).pipe(Effect.scoped)
  )
})
