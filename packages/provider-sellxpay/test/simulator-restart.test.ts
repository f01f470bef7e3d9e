import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { receiver } from "@salesos/simulator-kit/testing"
import { Effect, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { request, type Simulated, start } from "./fixtures/simulator.ts"

/** A folder for this test only. */
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "sellxpay-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** Runs `use` with a simulator that stops before this returns. */
const session = <A, E>(stateFile: string, use: (psp: Simulated) => Effect.Effect<A, E, Scope.Scope>) =>
  Effect.scoped(Effect.flatMap(start({ stateFile }), use))

describe("a restart", () => {
  it.effect("keeps transactions and their timers, the balance, tokens, webhooks and notifications", () =>
    Effect.gen(function* () {
      const stateFile = join(yield* folder, "new", "state.jsonl")
      const hook = yield* receiver(503)
      const before = yield* session(stateFile, (psp) =>
        Effect.gen(function* () {
          yield* psp.call("POST", "webhooks", { url: hook.url })
          const paid = yield* psp.create("pix/qrcode", request.qrCode(20, { external_id: "paid" }))
          const due = yield* psp.create("pix/payment", request.payment(20.3, { external_id: "due" }))
          yield* TestClock.adjust(0)
          yield* hook.take
          return { due, list: yield* psp.list(""), balance: yield* psp.balance, paid, token: yield* psp.token }
        })
      )
      assert.deepStrictEqual(
        before.list.data.map(({ status }) => status),
        ["pending", "paid"]
      )
      yield* session(stateFile, (psp) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* psp.list(""), before.list)
          assert.deepStrictEqual(yield* psp.balance, before.balance)
          const { json, status } = yield* psp.call("GET", "webhooks", undefined, { authorization: before.token })
          assert.strictEqual(status, 200)
          assert.containsSubset(json, { data: [{ id: 1, url: hook.url }] })
          assert.lengthOf(yield* psp.served.undelivered, 1)
          yield* TestClock.adjust("30 seconds")
          assert.strictEqual((yield* psp.get(before.due.transaction_id)).status, "paid")
        })
      )
    })
  )
})
