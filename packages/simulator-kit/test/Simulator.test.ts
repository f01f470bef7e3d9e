import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { allDelivered, nextTry, receiver, serve } from "@salesos/simulator-kit/testing"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Example from "./example/simulator.ts"

/** The example with what a test asks of it. */
const start = Effect.gen(function* () {
  const served = yield* serve(Example.layer({}))
  return {
    ...served,
    charge: (amount: number, callback?: string) => served.call("POST", "/charges", { amount, callback }),
    set: (faults: object) => served.call("POST", "/control/faults", faults)
  }
})

const test = (name: string, run: Effect.Effect<void, unknown, Effect.Services<typeof start>>) =>
  it.effect(name, () => run.pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))

describe("a simulator built on the kit", () => {
  test(
    "creates, moves by itself and notifies",
    Effect.gen(function* () {
      const { call, charge } = yield* start
      const hook = yield* receiver(200)
      const { json, status } = yield* charge(2010, hook.url)
      assert.strictEqual(status, 201)
      assert.deepStrictEqual(json, { id: "1", amount: 2010, status: "open" })
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual((yield* hook.take).json, { charge: { id: "1", amount: 2010, status: "paid" } })
      assert.deepStrictEqual((yield* call("GET", "/charges/1")).json, { id: "1", amount: 2010, status: "paid" })
    })
  )

  test(
    "is moved by hand where the status allows it",
    Effect.gen(function* () {
      const { call, charge } = yield* start
      yield* charge(2098)
      assert.strictEqual((yield* call("POST", "/control/charges/2/pay")).status, 404)
      assert.deepStrictEqual((yield* call("POST", "/control/charges/1/pay")).json, {
        id: "1",
        amount: 2098,
        status: "paid"
      })
      assert.strictEqual((yield* call("POST", "/control/charges/1/pay")).status, 409)
    })
  )

  test(
    "reorders notifications: each waits for the next and follows it, and the last goes when the fault is taken back",
    Effect.gen(function* () {
      const simulator = yield* start
      const hook = yield* receiver(200)
      const sent = Effect.map(hook.take, ({ json }) => json)
      yield* simulator.set({ reorderNotifications: true })
      for (const amount of [100, 200, 300]) {
        yield* simulator.charge(amount, hook.url)
        yield* TestClock.adjust(0)
      }
      assert.containsSubset([yield* sent, yield* sent], [{ charge: { amount: 200 } }, { charge: { amount: 100 } }])
      yield* simulator.set({ reorderNotifications: false })
      assert.containsSubset(yield* sent, { charge: { amount: 300 } })
      yield* allDelivered(simulator)
    })
  )

  test(
    "signs each try anew, and gives up after the last",
    Effect.gen(function* () {
      const simulator = yield* start
      const hook = yield* receiver(500)
      yield* simulator.charge(100, hook.url)
      const first = yield* hook.take
      assert.strictEqual(first.headers["x-signature"], `0.${first.text.length}`)
      yield* TestClock.setTime(yield* nextTry(simulator, 1))
      const second = yield* hook.take
      assert.strictEqual(second.headers["x-signature"], `${second.at}.${second.text.length}`)
      assert.isAbove(second.at, first.at)
      yield* allDelivered(simulator)
      assert.strictEqual(yield* hook.waiting, 0)
    })
  )

  test(
    "refuses, cuts off and holds creations",
    Effect.gen(function* () {
      const { call, charge, set } = yield* start
      yield* set({ createStatus: 500 })
      assert.strictEqual((yield* charge(100)).status, 500)
      yield* set({ createStatus: null, rejectCreates: { code: "no", message: "not today" } })
      assert.deepStrictEqual((yield* charge(100)).json, { error: "no" })
      yield* set({ rejectCreates: null, truncateCreateAnswers: true })
      assert.strictEqual((yield* charge(100)).text, '{"id":"1","amount":')
      yield* set({ truncateCreateAnswers: false, holdCreateAnswers: true })
      const held = yield* Effect.forkChild(charge(100))
      yield* call("GET", "/charges/2").pipe(Effect.repeat({ until: ({ status }) => status === 200 }))
      assert.isUndefined(held.pollUnsafe())
      assert.strictEqual((yield* call("DELETE", "/control/faults")).status, 204)
      assert.strictEqual((yield* Fiber.join(held)).status, 201)
    })
  )
})
