/** Races about the money of an invoice: hearing of it, and giving it back. */
import { Effect } from "effect"
import * as Refunds from "../../usecases/Refunds.ts"
import type { InvoiceId } from "../../values/Ids.ts"
import { asked, booked, cancel, charge, chargedBack, hear, heardOf, is, open, paid, refunds, told } from "./given.ts"
import { done, of, type Operation, quietly, type Race, unless } from "./race.ts"
import { lookUpCharges, type World } from "./World.ts"

/** An open invoice that was paid, which nobody has heard of. */
const unheard = (world: World) => Effect.tap(open(world), () => world.infrapsp.pay(charge))

const refund = (world: World, id: InvoiceId, name: string, ...otherwise: ReadonlyArray<string>): Operation => ({
  name,
  run: () => Effect.as(Refunds.refund(world.owner, id), done),
  may: ["done", "InvalidState", "OperationInProgress", ...otherwise]
})

export const payments: ReadonlyArray<Race> = [
  of({
    name: "a notification × the same one at the same time",
    holds: "one payment is booked and told",
    before: unheard,
    operations: (world) => [quietly("hear", hear(world, "n1")), quietly("hear again", hear(world, "n1"))],
    laws: (world) =>
      Effect.gen(function* () {
        return [
          ...(yield* is(world, "paid")),
          ...(yield* booked(world, "charge")),
          ...(yield* told(world, "invoice.paid", 1))
        ]
      })
  }),
  of({
    name: "a payment is heard × its refund is made and heard, in whatever order",
    holds: "both are booked once",
    before: unheard,
    operations: (world) => [
      quietly("hear", hear(world, "payment")),
      heardOf(world, "refund", {
        what: "the provider gives it back",
        happens: world.infrapsp.reverse(charge, "refund")
      })
    ],
    laws: (world) => booked(world, "adjustment", "charge")
  }),
  of({
    name: "a payment is given back × it is charged back",
    holds: "the provider gives back once at most, and what it took is booked once each",
    before: paid,
    operations: (world, id) => [refund(world, id, "refund", "ProviderError"), chargedBack(world)],
    laws: (world, _, [refunded]) =>
      Effect.gen(function* () {
        const wentBack = yield* refunds(world)
        return [
          ...unless(
            wentBack === (refunded.as === "done" ? 1 : 0),
            `refund said ${refunded.as}, and ${wentBack} went back`
          ),
          ...(yield* wentBack === 1
            ? booked(world, "adjustment", "adjustment", "charge")
            : booked(world, "adjustment", "charge"))
        ]
      })
  }),
  of({
    name: "a payment is given back × it is given back once more",
    holds: "the provider gives it back once, and is asked once",
    before: paid,
    operations: (world, id) => [refund(world, id, "refund"), refund(world, id, "refund again")],
    laws: (world) =>
      Effect.gen(function* () {
        const wentBack = yield* refunds(world)
        return [...(yield* asked(world, "refundCharge", 1)), ...unless(wentBack === 1, `${wentBack} went back`)]
      })
  }),
  of({
    name: "a payment is heard and given back × its invoice is canceled",
    holds: "it is paid, never canceled, and gives back what it got once at most",
    before: unheard,
    operations: (world, id) => [
      {
        name: "hear and refund",
        run: () => Effect.as(Effect.andThen(hear(world, "n1"), Refunds.refund(world.owner, id)), done),
        may: ["done", "OperationInProgress"]
      },
      { name: "cancel", run: () => cancel(world, id), may: ["InvalidState", "OperationInProgress"] }
    ],
    laws: (world, _, [refunded]) =>
      Effect.gen(function* () {
        return [
          ...(yield* is(world, "paid")),
          ...(yield* refunded.as === "done" ? booked(world, "adjustment", "charge") : booked(world, "charge")),
          ...(yield* told(world, "invoice.canceled", 0))
        ]
      })
  }),
  of({
    name: "money that came too late is heard, and goes back × it is heard once more",
    holds: "it goes back once",
    options: { latePayments: "refund" },
    before: (world) =>
      Effect.gen(function* () {
        yield* cancel(world, yield* open(world))
        yield* world.time.pass("1 minute")
        yield* world.infrapsp.pay(charge)
      }),
    operations: (world) => [quietly("hear", hear(world, "n1")), quietly("hear again", hear(world, "n2"))],
    laws: (world) =>
      Effect.gen(function* () {
        const wentBack = yield* refunds(world)
        return [...unless(wentBack === 1, `${wentBack} went back`), ...(yield* booked(world, "adjustment", "charge"))]
      })
  }),
  of({
    name: "a worker takes what is due × another one does",
    holds: "the provider is asked once, and one payment is booked",
    before: (world) => Effect.tap(unheard(world), () => world.time.pass("10 minutes")),
    operations: (world) => [quietly("work", lookUpCharges(world)), quietly("work too", lookUpCharges(world))],
    laws: (world) =>
      Effect.gen(function* () {
        return [...(yield* asked(world, "getCharge", 1)), ...(yield* booked(world, "charge"))]
      })
  })
]
