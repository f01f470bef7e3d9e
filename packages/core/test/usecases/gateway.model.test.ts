/** Anything that clients, payers, providers, notifications, workers and dying processes do, in any order. */
import { assert, describe, it } from "@effect/vitest"
import { Notifications, Provider, Store } from "@salesos/core"
import { Auditor, Crashes, FakeProvider } from "@salesos/core/testing"
import { Duration, Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { charges, create, Given, inGateway, pass, patiently, type Services, work } from "../support/gateway.ts"

/** What is expected: the answer to each key that was sent, null while there was none that anybody heard. */
interface Model {
  readonly answers: Map<string, string | null>
}

interface Real {
  readonly run: <A, E>(effect: Effect.Effect<A, E, Services>) => Promise<A>
}

type Command = fc.AsyncCommand<Model, Real>

const audited = Effect.gen(function* () {
  const { owner, providers } = yield* Given
  assert.deepStrictEqual(yield* Auditor.findings(owner, { charges: providers }, "under way"), [])
})

/** Something that happens; whatever it is, the books are right afterwards. */
const happens = (name: string, happen: (model: Model) => Effect.Effect<void, unknown, Services>): Command => ({
  check: () => true,
  run: (model, { run }) => run(Effect.andThen(happen(model), audited)),
  toString: () => name
})

const sendKey = (model: Model, key: string) =>
  Effect.gen(function* () {
    const exit = yield* patiently(Effect.exit(create(key)))
    const known = model.answers.get(key) ?? null
    if (Exit.isSuccess(exit)) {
      const { replayed, response } = exit.value
      // An answer that nobody heard, because its process died, is replayed to whoever asks first.
      if (!model.answers.has(key)) assert.isFalse(replayed)
      if (known !== null) assert.deepStrictEqual([replayed, response.body], [true, known])
      model.answers.set(key, response.body)
    } else {
      assert.isNull(known, "a key that was answered is always answered")
      model.answers.set(key, null)
    }
  })

const key = fc.constantFrom("a", "b", "c")
const answers: ReadonlyArray<FakeProvider.Answer> = [
  { _tag: "Accept" },
  { _tag: "Accept", artifact: "corrupted" },
  { _tag: "Accept", paid: true },
  { _tag: "Accept", artifact: "none", status: { _tag: "ended", reason: "refused" } },
  { _tag: "Reject" },
  { _tag: "Unavailable" },
  { _tag: "LoseRequest" },
  { _tag: "LoseAnswer" },
  { _tag: "Hang" },
  { _tag: "Hang", madeAfter: "20 seconds" }
]

const creates = fc.tuple(key, fc.array(fc.constantFrom(...answers), { maxLength: 2 })).map(([name, next]) =>
  happens(`create ${name} [${next.map(({ _tag }) => _tag).join()}]`, (model) =>
    Effect.gen(function* () {
      const { provider } = yield* Given
      if ((model.answers.get(name) ?? null) === null) yield* provider.next(...next)
      yield* sendKey(model, name)
    })
  )
)

const createsAtOnce = key.map((name) =>
  happens(`create ${name} five times at once`, (model) =>
    Effect.gen(function* () {
      const exits = yield* patiently(
        Effect.all(
          Array.from({ length: 5 }, () => Effect.exit(create(name))),
          { concurrency: "unbounded" }
        )
      )
      const bodies = new Set(exits.filter(Exit.isSuccess).map(({ value }) => value.response.body))
      assert.isAtMost(bodies.size, 1)
      const [body] = bodies
      const known = model.answers.get(name) ?? null
      if (known !== null) assert.strictEqual(body, known)
      else model.answers.set(name, body ?? null)
    })
  )
)

/** One execution by a process that dies; what it would have answered nobody hears. */
const dies = fc.tuple(key, fc.integer({ min: 1, max: 14 })).map(([name, at]) =>
  happens(`create ${name}, and die at place ${at}`, (model) =>
    Effect.gen(function* () {
      const crashes = yield* Crashes.make(at)
      const store = crashes.store(yield* Store.InvoiceStore)
      const drivers = (yield* Provider.Drivers).map(crashes.driver)
      const exit = yield* patiently(
        Effect.exit(create(name)).pipe(
          Effect.provideService(Store.InvoiceStore, store),
          Effect.provideService(Provider.Drivers, drivers)
        )
      )
      // The answer may be stored without having been heard: then it is whatever the next one replays.
      if (Exit.isSuccess(exit)) model.answers.set(name, exit.value.response.body)
      else if (!model.answers.has(name)) model.answers.set(name, null)
    })
  )
)

const withCharge = (name: string, act: (id: string, provider: FakeProvider.FakeProvider) => Effect.Effect<void>) =>
  fc.nat({ max: 8 }).map((place) =>
    happens(`${name} charge ${place}`, () =>
      Effect.gen(function* () {
        const { providers } = yield* Given
        const all = yield* charges
        const charge = all[place % Math.max(all.length, 1)]
        const provider = providers.find(({ driver }) => charge?.id.startsWith(`${driver.name}-`))
        if (charge !== undefined && provider !== undefined) yield* act(charge.id, provider)
      })
    )
  )

const notify = (id: string, ...named: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { notificationToken } = yield* Given
    yield* Notifications.receive("infrapsp", notificationToken, {}, FakeProvider.notification(id, ...named))
  })

const commands = [
  creates,
  creates,
  createsAtOnce,
  dies,
  withCharge("pay", (id, provider) => provider.pay(id)),
  withCharge("pay without a known fee", (id, provider) => provider.pay(id, { fee: null })),
  withCharge("tell the fee of", (id, provider) => provider.tellFee(id, 77)),
  withCharge("expire", (id, provider) => provider.end(id, "expired")),
  withCharge("cancel", (id, provider) => provider.end(id, "canceled")),
  fc
    .tuple(fc.nat({ max: 3 }), fc.nat({ max: 8 }))
    .map(([id, place]) => happens(`notify ${id} of charge ${place}`, () => notify(`n${id}`, `infrapsp-${place}`))),
  fc
    .constantFrom("2 seconds", "1 minute", "3 minutes", "2 hours")
    .map((time) =>
      happens(`wait ${time}`, () => pass(Duration.fromInputUnsafe(time === "2 hours" ? "2 hours" : time)))
    ),
  fc.constant(happens("work", () => Effect.asVoid(patiently(work))))
]

/** In the end every key is let in, every charge looked at, and all the books agree. */
const comesToRest = (model: Model) =>
  Effect.gen(function* () {
    const { owner, providers } = yield* Given
    for (const name of model.answers.keys()) {
      for (let tries = 0; tries < 40 && (model.answers.get(name) ?? null) === null; tries++) {
        yield* sendKey(model, name)
        yield* TestClock.adjust("30 seconds")
      }
      assert.isNotNull(model.answers.get(name) ?? null, `${name} is never let in`)
    }
    for (const { id } of yield* charges) {
      for (const { tellFee } of providers) yield* tellFee(id, 77)
      yield* notify(`last of ${id}`, id)
    }
    for (let minutes = 0; minutes < 40; minutes++) {
      yield* TestClock.adjust("1 minute")
      yield* patiently(work)
    }
    assert.deepStrictEqual(yield* Auditor.findings(owner, { charges: providers }, "settled"), [])
    for (const [name, body] of model.answers) assert.strictEqual((yield* create(name)).response.body, body)
  })

describe("a gateway", () => {
  for (const [name, lookupsShowArtifact] of [
    ["whose provider shows artifacts again", true],
    ["whose provider shows no artifact again", false]
  ] as const) {
    it(`${name}: whatever happens, charges once, books every payment once, and comes to rest`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 25, size: "max" }), (happening) =>
          Effect.gen(function* () {
            const context = yield* Effect.context<Services>()
            const model: Model = { answers: new Map() }
            yield* Effect.promise(() =>
              fc.asyncModelRun(() => ({ model, real: { run: Effect.runPromiseWith(context) } }), happening)
            )
            yield* comesToRest(model)
          }).pipe(
            inGateway({ providers: [{ lookupsShowArtifact }] }),
            Effect.provide(TestClock.layer()),
            Effect.runPromise
          )
        ),
        { numRuns: 60, endOnFailure: false }
      )
    }, 60_000)
  }
})
