/** A gateway in memory: core's use cases over the memory adapters and fake providers, with the test clock. */
import {
  type Alert,
  Idempotency,
  type Invoice,
  type InvoiceRequest,
  Invoices,
  Lookups,
  Metrics,
  type Settings,
  Store,
  TaxSending
} from "@salesos/core"
import { Auditor, type FakeIssuer, FakeProvider, Samples } from "@salesos/core/testing"
import { Context, Duration, Effect, Fiber, Metric } from "effect"
import { TestClock } from "effect/testing"
import { assert } from "@effect/vitest"
import { inMemory, type Ports, type World } from "./memoryGateway.ts"

export class Given extends Context.Service<Given, World<FakeProvider.FakeProvider>>()("test/Given") {}

export interface Options {
  readonly providers?: ReadonlyArray<FakeProvider.Options>
  readonly settings?: Partial<Settings.SettingsValues>
  readonly issuers?: ReadonlyArray<FakeIssuer.Options>
  readonly refusedUrls?: ReadonlyArray<string>
}

/** Everything a use case needs, and the world. */
export type Services = Ports | Given

/** Runs a test at noon of 21 November 2026 in a gateway of its own; its first provider is infrapsp. */
export const inGateway = ({ providers = [{}], ...options }: Options = {}) =>
  inMemory(Given, Effect.forEach(providers, FakeProvider.make), options)

export const keyed = (key: string, request: InvoiceRequest.InvoiceRequest = Samples.request()): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/invoices", request)
})

/** Creates an invoice under a key. Does not wait for anything: see {@link patiently}. */
export const create = (key: string, request: InvoiceRequest.InvoiceRequest = Samples.request()) =>
  Effect.flatMap(Given, ({ owner }) => Invoices.create(owner, keyed(key, request), request))

/** Long enough for everyone who does not wait for time to get as far as they can. */
export const breathe = Effect.replicateEffect(Effect.yieldNow, 20, { discard: true })

/** Lets so much time pass in small steps, so that everyone who waits gets as far as a real clock would let them. */
export const pass = (time: Duration.Input) =>
  Effect.gen(function* () {
    const millis = Duration.toMillis(time)
    const step = Math.max(millis / 100, 100)
    for (let passed = 0; passed < millis; passed += step) {
      yield* breathe
      yield* TestClock.adjust(Math.min(step, millis - passed))
    }
    yield* breathe
  })

/** Lets time pass until something that waits is over, at most ten minutes, in steps. */
export const patiently = <A, E, R>(effect: Effect.Effect<A, E, R>, step: Duration.Input = "100 millis") =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* breathe
    for (let steps = 0; steps < 6000 && fiber.pollUnsafe() === undefined; steps++) {
      yield* TestClock.adjust(step)
      yield* breathe
    }
    assert.isDefined(fiber.pollUnsafe(), "still waiting after ten minutes")
    return yield* Fiber.join(fiber)
  })

/** The owner's invoices, oldest first. */
export const invoices = Effect.gen(function* () {
  const { owner } = yield* Given
  const { data } = yield* Invoices.list(owner, {}, { limit: 100 })
  return data.toSorted((a, b) => (a.ourNumber < b.ourNumber ? -1 : 1))
})

/** The only invoice. */
export const theInvoice = Effect.map(invoices, ([one, ...others]): Invoice.Invoice => {
  assert.deepStrictEqual(others, [])
  return one ?? assert.fail("there is no invoice")
})

/** Charges in the books of all providers. */
export const charges = Effect.gen(function* () {
  const { providers } = yield* Given
  return (yield* Effect.forEach(providers, ({ books }) => books)).flatMap((each) => each.charges)
})

/** One round of the worker: asks the providers about every attempt that is due, and sees to tax documents. */
export const work = Effect.gen(function* () {
  const store = yield* Store.InvoiceStore
  const due = yield* store.takeDue(100, Duration.minutes(1))
  yield* Lookups.lookUpAll(due)
  const taxes = yield* Store.TaxStore
  yield* Effect.forEach(yield* taxes.takeDue(100, Duration.minutes(1)), TaxSending.seeTo)
  return due.length
})

/** The worker's rounds over so many minutes, every twenty seconds. */
export const workFor = (minutes: number) =>
  Effect.forEach(Array.from({ length: minutes * 3 }), () => Effect.andThen(TestClock.adjust("20 seconds"), work), {
    discard: true
  })

/** How often a person was told to look at something so far. */
export const counted = (alert: Alert.Alert) =>
  Effect.map(Metric.value(Metric.withAttributes(Metrics.alerts, { alert })), ({ count }) => count)

/** Checks that the auditor finds nothing. */
export const checkBooks = (moment: Auditor.Moment) =>
  Effect.gen(function* () {
    const { issuers, owner, providers } = yield* Given
    assert.deepStrictEqual(yield* Auditor.findings(owner, { charges: providers, issuers }, moment), [])
  })
