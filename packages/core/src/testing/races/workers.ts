/** Races of what workers do by themselves with what else goes on. */
import { DateTime, Effect, Option } from "effect"
import * as Housekeeping from "../../usecases/Housekeeping.ts"
import * as Reconciliations from "../../usecases/Reconciliations.ts"
import { Statement, Tenants } from "../../ports/Store.ts"
import { booked, charge, create, hear, invoicesOf, open } from "./given.ts"
import { answered, of, quietly, type Race, unless } from "./race.ts"
import type { World } from "./World.ts"

/** Makes it the turn of the account at infrapsp, for all of the last month. */
const ask = ({ owner }: World) =>
  Effect.flatMap(DateTime.now, (now) =>
    Reconciliations.request(owner, "infrapsp", { from: DateTime.subtract(now, { days: 30 }) })
  )

/** As a worker does, until it is nobody's turn: at some times of the day that of the daily runs of other accounts comes, too. */
const reconcile = quietly("reconcile", Effect.repeat(Reconciliations.runNext(), { until: Option.isNone }))

const rowsOf = (world: World) =>
  Effect.gen(function* () {
    const { data } = yield* (yield* Statement).list(world.owner, {}, { limit: 100 })
    return data.map(({ line }) => line.net).toSorted((a, b) => a - b)
  })

/** A line of the provider's that belongs to nothing of ours, and is old enough to be booked. */
const foreign = Effect.fnUntraced(function* ({ infrapsp, owner }: World) {
  const { accounts } = yield* (yield* Tenants).profile(owner)
  const account = accounts.find(({ name }) => name === "infrapsp")
  if (account === undefined) return yield* Effect.die(new Error("There is no account"))
  yield* infrapsp.move(account, { id: "tariff", net: -700, at: DateTime.subtract(yield* DateTime.now, { days: 10 }) })
})

export const workers: ReadonlyArray<Race> = [
  of({
    name: "an account is reconciled × a charge that its statement tells of is paid and heard",
    holds: "the payment is booked once",
    before: (world) =>
      Effect.gen(function* () {
        yield* open(world)
        yield* world.infrapsp.pay(charge)
        yield* world.time.pass("10 minutes")
        yield* ask(world)
      }),
    operations: (world) => [reconcile, quietly("hear", hear(world, "n1"))],
    laws: (world) => booked(world, "charge")
  }),
  of({
    name: "an account is reconciled × it is, by another worker, when the first one's lease has run out",
    holds: "what belongs to nothing of ours is booked once",
    before: (world) => Effect.andThen(foreign(world), ask(world)),
    operations: (world) => [
      reconcile,
      {
        name: "reconcile later",
        run: (turn) =>
          Effect.gen(function* () {
            yield* turn.call("the lease runs out", world.time.pass("21 minutes"))
            yield* ask(world)
            return yield* reconcile.run(turn)
          }),
        may: ["done"]
      }
    ],
    // The auditor knows of nothing that is no charge, no transfer and no document.
    unaudited: true,
    laws: (world) => Effect.map(rowsOf(world), (rows) => unless(rows.join() === "-700", `booked ${rows.join()}`))
  }),
  of({
    name: "old keys are forgotten × one of them is used again",
    holds: "it has its answer of before, or makes one more invoice",
    before: (world) =>
      Effect.gen(function* () {
        const { response } = yield* create(world)
        yield* world.time.pass("25 hours")
        return response.body
      }),
    operations: (world) => [
      quietly("purge", Housekeeping.purge()),
      { name: "create again", run: () => Effect.map(create(world), answered), may: ["201"] }
    ],
    laws: (world, body, [, again]) =>
      Effect.gen(function* () {
        const count = (yield* invoicesOf(world)).length
        const charges = (yield* world.infrapsp.books).charges.length
        const expected = again.body === body ? 1 : 2
        return unless(count === expected && charges === expected, `${count} invoices and ${charges} charges`)
      })
  }),
  of({
    name: "old keys are forgotten × a creation in doubt is sent again under its own",
    holds: "one invoice and one charge: a key in doubt is never forgotten",
    before: (world) =>
      Effect.gen(function* () {
        yield* world.infrapsp.next({ _tag: "LoseAnswer" })
        yield* Effect.exit(create(world))
        yield* world.time.pass("25 hours")
      }),
    operations: (world) => [
      quietly("purge", Housekeeping.purge()),
      { name: "create again", run: () => Effect.map(create(world), answered), may: ["201"] }
    ],
    laws: (world) =>
      Effect.gen(function* () {
        const count = (yield* invoicesOf(world)).length
        const charges = (yield* world.infrapsp.books).charges.length
        return unless(count === 1 && charges === 1, `${count} invoices and ${charges} charges`)
      })
  })
]
