/** Requests with the same keys and bodies, and with others, whose steps are carried out in any order there is. */
import { assert, describe, it } from "@effect/vitest"
import { Idempotency, Invoices, OurNumber, Provider, Store } from "@salesos/core"
import { type FakeProvider, Samples } from "@salesos/core/testing"
import { Effect, Exit, Predicate, Cause } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { charges, Given, inGateway, invoices, type Services } from "../support/gateway.ts"

interface Request {
  readonly key: string
  readonly description: string
}

const request: fc.Arbitrary<Request> = fc.record({
  key: fc.constantFrom("a", "b"),
  description: fc.constantFrom("one body", "one body", "another body")
})

const answers: ReadonlyArray<FakeProvider.Answer> = [{ _tag: "Accept" }, { _tag: "Reject" }]

/** Waits at every call of the store and of the provider until the scheduler lets it go on. */
const scheduled = (scheduler: fc.Scheduler) =>
  Effect.gen(function* () {
    const turn = (name: string) => Effect.promise(() => scheduler.schedule(Promise.resolve(), name))
    const store = yield* Store.InvoiceStore
    return {
      store: Store.InvoiceStore.of({
        ...store,
        open: (intent) => Effect.andThen(turn("open"), store.open(intent)),
        change: (...given) => Effect.andThen(turn("change"), store.change(...given))
      }),
      drivers: (yield* Provider.Drivers).map((driver): Provider.Driver => ({
        ...driver,
        createCharge: (...order) => Effect.andThen(turn("createCharge"), driver.createCharge(...order))
      }))
    }
  })

const send = ({ description, key }: Request) =>
  Effect.gen(function* () {
    const { owner } = yield* Given
    const body = Samples.request({ description })
    const keyed = {
      key: Idempotency.IdempotencyKey.make(key),
      fingerprint: Idempotency.fingerprint("POST", "/invoices", body)
    }
    return yield* Invoices.create(owner, keyed, body)
  })

/** How a request ended: by its answer, or by the tag of its error. */
const outcome = (exit: Exit.Exit<{ readonly response: { readonly body: string } }, unknown>): string => {
  if (Exit.isSuccess(exit)) return exit.value.response.body
  const error = Cause.squash(exit.cause)
  return Predicate.hasProperty(error, "_tag") ? String(error._tag) : Cause.pretty(exit.cause)
}

const refusals = ["IdempotencyInProgress", "IdempotencyKeyReused", "ProviderError"]

describe("keys", () => {
  it("mean one body, one invoice and one answer, in whatever order the steps of many requests are taken", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(request, { minLength: 2, maxLength: 6 }),
        fc.array(fc.constantFrom(...answers), { maxLength: 2 }),
        (scheduler, requests, script) =>
          Effect.gen(function* () {
            const { provider } = yield* Given
            yield* provider.next(...script)
            const { drivers, store } = yield* scheduled(scheduler)
            const context = yield* Effect.context<Services>()
            const sent = requests.map((each) =>
              Effect.exit(send(each)).pipe(
                Effect.provideService(Store.InvoiceStore, store),
                Effect.provideService(Provider.Drivers, drivers),
                Effect.runPromiseWith(context)
              )
            )
            const exits = yield* Effect.promise(() => scheduler.waitFor(Promise.all(sent)))
            const ended = exits.map((exit, place) => ({ ...requests[place]!, outcome: outcome(exit) }))
            const made = yield* invoices
            const keys = [...new Set(requests.map(({ key }) => key))]
            assert.strictEqual(made.length, keys.length)
            assert.deepStrictEqual(
              made.map(({ ourNumber }) => OurNumber.parse(ourNumber).sequence),
              keys.map((_, place) => place + 1)
            )
            for (const key of keys) {
              const own = ended.filter((each) => each.key === key)
              const taken = own.filter((each) => each.outcome !== "IdempotencyKeyReused")
              // One body has the key: all others, and only those, are refused for it.
              assert.strictEqual(new Set(taken.map(({ description }) => description)).size, 1)
              assert.isTrue(own.every((each) => (each.description !== taken[0]?.description) === !taken.includes(each)))
              const bodies = new Set(own.map((each) => each.outcome).filter((each) => !refusals.includes(each)))
              assert.isAtMost(bodies.size, 1)
              for (const body of bodies) {
                assert.isTrue(made.some(({ id, ourNumber }) => body.includes(id) && body.includes(ourNumber)))
              }
            }
            // Nobody is charged twice for a key.
            assert.isAtMost((yield* charges).length, keys.length)
          }).pipe(inGateway(), Effect.provide(TestClock.layer()), Effect.runPromise)
      ),
      { numRuns: 300 }
    )
  }, 30_000)
})
