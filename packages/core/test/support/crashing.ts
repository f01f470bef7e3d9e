/** Processes that die anywhere while they carry out a creation: the same scenes for invoices and payouts. */
import { assert, describe, it } from "@effect/vitest"
import { type Auditor, Crashes } from "@salesos/core/testing"
import { Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import { patiently } from "./gateway.ts"

export interface Creation<Scenario, R> {
  /** A gateway of its own, its providers scripted. */
  readonly inWorld: <A>(scenario: Scenario, test: Effect.Effect<A, unknown, R>) => Effect.Effect<A, unknown>
  /** Creates under the key `k1`. */
  readonly create: Effect.Effect<{ readonly replayed: boolean }, unknown, R>
  /** The same, or anything else, with stores and drivers that die. */
  readonly by: <A>(crashes: Crashes.Crashes, run: Effect.Effect<A, unknown, R>) => Effect.Effect<A, unknown, R>
  /** One round of the worker. */
  readonly work: Effect.Effect<unknown, unknown, R>
  readonly checkBooks: (moment: Auditor.Moment) => Effect.Effect<void, unknown, R>
  /** What must hold in the end besides: one resource with its number. */
  readonly checkEnd: Effect.Effect<void, unknown, R>
  /** How many minutes the worker needs to find everything out. */
  readonly minutes: number
}

/** What tests of dying processes use. */
export const crashing = <Scenario extends { readonly name: string }, R>(of: Creation<Scenario, R>) => {
  /** One execution by a process that dies at a place. Gives the places it passed. */
  const dying = (at: number, run: Effect.Effect<unknown, unknown, R>) =>
    Effect.gen(function* () {
      const crashes = yield* Crashes.make(at)
      yield* patiently(Effect.exit(of.by(crashes, run)))
      return yield* crashes.places
    })

  /** Sends the same key until it is answered with success, with time between. */
  const untilAnswered = Effect.gen(function* () {
    for (let tries = 1; tries <= 40; tries++) {
      const exit = yield* patiently(Effect.exit(of.create))
      if (Exit.isSuccess(exit)) return tries
      yield* TestClock.adjust("30 seconds")
    }
    return assert.fail("the same key is never let in")
  })

  /** The worker's rounds, during which a provider may hang. */
  const patientWork = (minutes: number) =>
    Effect.forEach(
      Array.from({ length: minutes }),
      () => Effect.andThen(TestClock.adjust("1 minute"), patiently(of.work)),
      { discard: true }
    )

  /** What must hold in the end: every book right, and the key answered. */
  const checkEnd = Effect.gen(function* () {
    yield* of.checkBooks("under way")
    yield* patientWork(of.minutes)
    yield* of.checkBooks("settled")
    yield* of.checkEnd
    assert.isTrue((yield* of.create).replayed)
  })

  const placesOf = (scenario: Scenario) => of.inWorld(scenario, dying(0, of.create))

  /** Dies at every place of every scenario: `once` says what happens once, as in "charges once". */
  const describeAll = (what: string, once: string, scenarios: ReadonlyArray<Scenario>) =>
    describe(`a process that dies while it creates ${what}`, () => {
      for (const scenario of scenarios) {
        it.effect(
          `${once}, and the same key goes on: ${scenario.name}`,
          () =>
            Effect.gen(function* () {
              const places = yield* placesOf(scenario)
              assert.isAtLeast(places.length, 6)
              for (let at = 1; at <= places.length; at++) {
                yield* of.inWorld(
                  scenario,
                  Effect.gen(function* () {
                    const passed = yield* dying(at, of.create)
                    assert.deepStrictEqual(passed.slice(0, at), places.slice(0, at))
                    yield* of.checkBooks("under way")
                    yield* untilAnswered
                    yield* checkEnd
                  })
                )
              }
            }),
          30_000
        )

        it.effect(
          `is cleared up by the worker, and the same key is still good: ${scenario.name}`,
          () =>
            Effect.gen(function* () {
              const places = yield* placesOf(scenario)
              for (let at = 1; at <= places.length; at++) {
                yield* of.inWorld(
                  scenario,
                  Effect.gen(function* () {
                    yield* dying(at, of.create)
                    yield* patientWork(of.minutes + 5)
                    yield* of.checkBooks("settled")
                    yield* untilAnswered
                    yield* checkEnd
                  })
                )
              }
            }),
          30_000
        )

        it.effect(
          `dies again while it goes on, anywhere, and still ${once}: ${scenario.name}`,
          () =>
            Effect.gen(function* () {
              const places = yield* placesOf(scenario)
              for (let at = 1; at <= places.length; at++) {
                for (let again = 1 + (at % 2); again <= 12; again += 2) {
                  yield* of.inWorld(
                    scenario,
                    Effect.gen(function* () {
                      yield* dying(at, of.create)
                      yield* TestClock.adjust("3 minutes")
                      yield* dying(again, of.create)
                      yield* TestClock.adjust("3 minutes")
                      yield* untilAnswered
                      yield* checkEnd
                    })
                  )
                }
              }
            }),
          60_000
        )
      }
    })

  return { checkEnd, describeAll, dying, patientWork }
}
