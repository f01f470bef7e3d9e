/** A gateway in memory that pays: core's use cases over the memory adapters and fake providers, with the test clock. */
import { assert } from "@effect/vitest"
import {
  Idempotency,
  type Payout,
  PayoutCancellation,
  PayoutLookups,
  type PayoutRequest,
  Payouts,
  type Settings,
  Statements,
  Store
} from "@salesos/core"
import { Auditor, FakePayouts, MemoryDatabase, PayoutSamples } from "@salesos/core/testing"
import { Context, Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import { inMemory, type Ports, type World } from "./memoryGateway.ts"

export class Given extends Context.Service<Given, World<FakePayouts.FakePayouts>>()("test/PayoutGiven") {}

export interface Options {
  readonly providers?: ReadonlyArray<FakePayouts.Options>
  readonly settings?: Partial<Settings.SettingsValues>
}

/** Everything a use case needs, and the world. */
export type Services = Ports | Given

/** Runs a test at noon of 21 November 2026 in a gateway of its own; its first provider is sellxpay. */
export const inGateway = ({ providers = [{}], settings }: Options = {}) =>
  inMemory(Given, Effect.forEach(providers, FakePayouts.make), settings === undefined ? {} : { settings })

export const keyed = (key: string, body: unknown = PayoutSamples.request()): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/payouts", body)
})

/** Creates a payout under a key. Does not wait for anything. */
export const create = (key: string, request: PayoutRequest.PayoutRequest = PayoutSamples.request()) =>
  Effect.flatMap(Given, ({ owner }) => Payouts.create(owner, keyed(key, request), request))

/** Cancels the only payout under a key. */
export const cancel = (key: string) =>
  Effect.gen(function* () {
    const { owner } = yield* Given
    return yield* PayoutCancellation.cancel(owner, keyed(key, {}), (yield* thePayout).id)
  })

/** The owner's payouts, oldest first. */
export const payouts = Effect.gen(function* () {
  const { owner } = yield* Given
  const { data } = yield* Payouts.list(owner, {}, { limit: 100 })
  return data.toSorted((a, b) => (a.ourNumber < b.ourNumber ? -1 : 1))
})

/** The only payout. */
export const thePayout = Effect.map(payouts, ([one, ...others]): Payout.Payout => {
  assert.deepStrictEqual(others, [])
  return one ?? assert.fail("there is no payout")
})

/** The statuses of the only payout and of its attempts. */
export const statuses = Effect.map(thePayout, ({ attempts, status }) => [
  status,
  ...attempts.map((attempt) => attempt.status)
])

/** Transfers in the books of all providers. */
export const transfers = Effect.gen(function* () {
  const { providers } = yield* Given
  return (yield* Effect.forEach(providers, ({ books }) => books)).flatMap((each) => each.transfers)
})

/** The types of all events, in order. */
export const events = Effect.gen(function* () {
  const tables = yield* (yield* MemoryDatabase.MemoryDatabase).tables
  return tables.events.map(({ event }) => event.type)
})

/** The statement: type, amount, fee and net of each row, oldest first. */
export const lines = Effect.gen(function* () {
  const { owner } = yield* Given
  const { data } = yield* Statements.list(owner, {}, { limit: 100 })
  return data.map(({ line }) => [line.type, line.amount, line.fee, line.net]).toReversed()
})

/** One round of the worker: asks the providers about every attempt that is due. */
export const work = Effect.gen(function* () {
  const store = yield* Store.PayoutStore
  const due = yield* store.takeDue(100, Duration.seconds(30))
  yield* PayoutLookups.lookUpAll(due)
  return due.length
})

/** The worker's rounds over so many minutes, every twenty seconds. */
export const workFor = (minutes: number) =>
  Effect.forEach(Array.from({ length: minutes * 3 }), () => Effect.andThen(TestClock.adjust("20 seconds"), work), {
    discard: true
  })

/** Checks that the auditor finds nothing. */
export const checkBooks = (moment: Auditor.Moment) =>
  Effect.gen(function* () {
    const { owner, providers } = yield* Given
    assert.deepStrictEqual(yield* Auditor.findings(owner, { transfers: providers }, moment), [])
  })
