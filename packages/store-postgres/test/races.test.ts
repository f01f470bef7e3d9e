/**
 * Core's races in PostgreSQL, where leases, keys and turns are rows: each of the two operations is held at every place while the other
 * one runs from its beginning to its end. With `RACES=twice` both are held, which takes some minutes.
 */
import { assert, layer as testLayer } from "@effect/vitest"
import { Memory, Races } from "@salesos/core/testing"
import { Inspection, MovableClock } from "@salesos/store-postgres/testing"
import { Clock, Context, Effect, Layer, References } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { over } from "./support/store.ts"

const how = process.env["RACES"] === "twice" ? "twice" : "once"

/** Nothing of earlier races is due any more: a worker takes whatever is. */
const retire = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`update charge_attempt set due_at = null where due_at is not null`
  yield* sql`update payout_attempt set due_at = null where due_at is not null`
  yield* sql`update tax_document set due_at = null where due_at is not null`
  yield* sql`update reconciliation_schedule set next_at = 'infinity'`
})

/** Another store to compare with, in which nothing is left of earlier races. */
const inMemory: Races.Place = {
  time: { pass: TestClock.adjust, tick: TestClock.adjust("1 millis") },
  inStore: (run) =>
    run.pipe(
      Effect.provide(Layer.merge(Memory.layer(), TestClock.layer())),
      Effect.provideService(References.MinimumLogLevel, "None")
    )
}

/** The database and its clock, which all races share. */
class Place extends Context.Service<Place, Races.Place>()("test/Place") {}

const place = Layer.effect(
  Place,
  Effect.gen(function* () {
    const { clock, pass } = yield* MovableClock.make
    const ports = yield* Effect.context<Races.Stored | SqlClient.SqlClient>()
    return Place.of({
      time: { pass, tick: Effect.void },
      inStore: (run) =>
        Effect.andThen(Effect.orDie(retire), run).pipe(
          Effect.provideContext(ports),
          Effect.provideService(Clock.Clock, clock),
          Effect.provideService(References.MinimumLogLevel, "None")
        )
    })
  })
).pipe(Layer.provide(Layer.provideMerge(Inspection.layer, over(MovableClock.prepare))))

testLayer(place, { excludeTestServices: true })("races in PostgreSQL", (it) => {
  for (const race of Races.all) {
    it.effect(
      race.name,
      () =>
        Effect.gen(function* () {
          const { interleavings, wrong } = yield* Races.explore(race, yield* Place, how)
          assert.deepStrictEqual(wrong.slice(0, 4), [])
          // The same calls in any store, so as many places; here more old keys are forgotten, which is all races' work.
          assert.isAtLeast(interleavings, (yield* Races.explore(race, inMemory, how)).interleavings)
        }),
      600_000 // a machine with other work to do is no failure
    )
  }
})
