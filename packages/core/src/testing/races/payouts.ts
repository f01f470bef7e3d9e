/** Races about a payout and its transfer. */
import { Effect, Schema } from "effect"
import { Drivers } from "../../ports/Provider.ts"
import { Notifications, PayoutStore } from "../../ports/Store.ts"
import * as PayoutCancellation from "../../usecases/PayoutCancellation.ts"
import * as Payouts from "../../usecases/Payouts.ts"
import { PayoutId } from "../../values/Ids.ts"
import { Crash } from "../Crashes.ts"
import * as PayoutSamples from "../PayoutSamples.ts"
import { booked, oneAnswer, told } from "./given.ts"
import { afterItsLease, answered, done, of, type Operation, quietly, type Race, type Said, unless } from "./race.ts"
import { keyed, lookUpPayouts, type World } from "./World.ts"

const Made = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Struct({ id: PayoutId })))

const create = (world: World, wanted = PayoutSamples.request()) => Payouts.create(world.owner, keyed("create"), wanted)

const made = (world: World, wanted = PayoutSamples.request()) =>
  Effect.flatMap(create(world, wanted), ({ response }) => Effect.map(Made(response.body), ({ id }) => id))

const transfer = "sellxpay-po-1"

/** The provider tells that there is news of the transfer, and a worker asks it. */
const hear = Effect.fnUntraced(function* (world: World, dedupeKey: string) {
  const { owner } = world
  const named = { charges: [], payouts: [transfer], endToEndIds: {}, body: new Uint8Array() }
  yield* (yield* Notifications).receive({ owner, account: "sellxpay", dedupeKey, ...named })
  yield* lookUpPayouts(world)
})

const thePayout = ({ owner }: World) =>
  Effect.gen(function* () {
    const [one, ...others] = (yield* (yield* PayoutStore).list(owner, {}, { limit: 10 })).data
    return one === undefined || others.length > 0
      ? yield* Effect.die(new Error(`There are ${1 + others.length} payouts`))
      : one
  })

/** One payout and as many transfers, under a key that has one answer. */
const oneOfEach = (transfers: number) => (world: World, _: unknown, said: readonly [Said, Said]) =>
  Effect.gen(function* () {
    const last = answered(yield* create(world))
    const there = (yield* world.sellxpay.books).transfers.length
    yield* thePayout(world)
    return [...oneAnswer(...said, last), ...unless(there === transfers, `${there} transfers`)]
  })

const creation = (world: World, name = "create"): Operation => ({
  name,
  run: () => Effect.map(create(world), answered),
  may: ["201", "IdempotencyInProgress"]
})

export const payouts: ReadonlyArray<Race> = [
  of({
    name: "a payout is created × the same request once more",
    holds: "one payout, one transfer, and both answers are the same or say to wait",
    before: () => Effect.void,
    operations: (world) => [creation(world), creation(world, "create again")],
    laws: oneOfEach(1)
  }),
  of({
    name: "a payout is created while its lease runs out × the same request once more",
    holds: "one payout, one transfer at most, one answer",
    before: () => Effect.void,
    operations: (world) => [creation(world), afterItsLease(world, creation(world, "create later"))],
    laws: (world, subject, said) =>
      Effect.flatMap(world.sellxpay.books, ({ transfers }) =>
        oneOfEach(Math.min(transfers.length, 1))(world, subject, said)
      )
  }),
  ...(["LoseAnswer", "LoseRequest"] as const).map((lost) =>
    of({
      name:
        lost === "LoseAnswer"
          ? "a payout whose answer was lost is sent once more × a worker finds its transfer"
          : "a payout whose transfer was never made is sent once more × a worker finds none",
      holds: lost === "LoseAnswer" ? "one payout, one transfer, one answer" : "one payout, no transfer, one answer",
      before: (world: World) =>
        Effect.gen(function* () {
          yield* world.sellxpay.next({ _tag: lost })
          yield* Effect.exit(create(world))
          for (const time of ["2 minutes", "10 minutes"] as const) {
            yield* world.time.pass(time)
            if (lost === "LoseRequest") yield* lookUpPayouts(world)
          }
          yield* world.time.pass("1 hour")
        }),
      operations: (world: World) => [creation(world, "create again"), quietly("work", lookUpPayouts(world))],
      laws: oneOfEach(lost === "LoseAnswer" ? 1 : 0)
    })
  ),
  of({
    name: "a payout whose process died before it sent is asked for once more, and its lease runs out × it is once more",
    holds: "one payout, no transfer, one answer",
    before: (world) =>
      Effect.gen(function* () {
        const dying = (yield* Drivers).map((driver) =>
          driver.payouts === undefined
            ? driver
            : { ...driver, payouts: { ...driver.payouts, create: () => Effect.die(new Crash("before it sent")) } }
        )
        yield* Effect.exit(Effect.provideService(create(world), Drivers, dying))
        yield* world.time.pass("4 minutes")
      }),
    operations: (world) => [creation(world), afterItsLease(world, creation(world, "create later"))],
    laws: oneOfEach(0)
  }),
  of({
    name: "a payout abroad is canceled × its money is delivered, and that is heard",
    holds: "it is canceled or paid as its provider says, and a client is told no other",
    before: (world) =>
      Effect.andThen(
        world.sellxpay.next({ _tag: "Accept", status: { _tag: "waiting_funds" } }),
        made(world, PayoutSamples.abroad())
      ),
    operations: (world, id) => [
      {
        name: "cancel",
        run: () => Effect.map(PayoutCancellation.cancel(world.owner, keyed("cancel"), id), answered),
        may: ["200", "InvalidState"]
      },
      {
        name: "deliver",
        run: ({ call }) =>
          Effect.gen(function* () {
            const { sellxpay } = world
            // What was taken back is not delivered.
            const isThere = Effect.map(sellxpay.books, ({ transfers }) => transfers[0]?.status._tag !== "ended")
            yield* call("the money is delivered", Effect.when(sellxpay.deliver(transfer), isThere))
            yield* hear(world, "n1")
            return done
          }),
        may: ["done"]
      }
    ],
    laws: (world, _, [canceled]) =>
      Effect.gen(function* () {
        const { status } = yield* thePayout(world)
        const isCanceled = canceled.as === "200"
        return [
          ...unless(status === (isCanceled ? "canceled" : "paid"), `the payout is ${status}`),
          ...(yield* told(world, "payout.canceled", isCanceled ? 1 : 0)),
          ...(yield* told(world, "payout.paid", isCanceled ? 0 : 1))
        ]
      })
  }),
  of({
    name: "a delivery is heard × its money comes back, and that is heard, in whatever order",
    holds: "both are booked once",
    before: (world) => Effect.tap(made(world), () => world.sellxpay.deliver(transfer)),
    operations: (world) => [
      quietly("hear of the delivery", hear(world, "n1")),
      {
        name: "hear of the return",
        run: ({ call }) =>
          Effect.as(
            Effect.andThen(call("the money comes back", world.sellxpay.giveBack(transfer)), hear(world, "n2")),
            done
          ),
        may: ["done"]
      }
    ],
    laws: (world) => booked(world, "adjustment", "payout")
  }),
  of({
    name: "a worker takes a payout that is due × another one does",
    holds: "the provider is asked once, and one delivery is booked",
    before: (world) =>
      Effect.gen(function* () {
        yield* made(world)
        yield* world.sellxpay.deliver(transfer)
        yield* world.time.pass("10 minutes")
      }),
    operations: (world) => [quietly("work", lookUpPayouts(world)), quietly("work too", lookUpPayouts(world))],
    laws: (world) =>
      Effect.gen(function* () {
        const asked = (yield* world.sellxpay.books).calls.filter((each) => each === "getPayout").length
        return [...unless(asked === 1, `the provider was asked ${asked} times`), ...(yield* booked(world, "payout"))]
      })
  })
]
