/** Races about creating and canceling an invoice. */
import { DateTime, Effect } from "effect"
import { asked, cancel, booked, charge, create, heardOf, is, oneAnswer, open, told } from "./given.ts"
import { afterItsLease, answered, of, type Operation, quietly, type Race, type Said, unless } from "./race.ts"
import { lookUpCharges, type World } from "./World.ts"

const creation = (world: World, name = "create", ...otherwise: ReadonlyArray<string>): Operation => ({
  name,
  run: () => Effect.map(create(world), answered),
  may: ["201", "IdempotencyInProgress", ...otherwise]
})

/** One invoice and one charge, under a key that has one answer. */
const oneOfEach = (world: World, _: unknown, said: readonly [Said, Said]) =>
  Effect.gen(function* () {
    const last = answered(yield* create(world))
    const { charges } = yield* world.infrapsp.books
    return [
      ...(yield* is(world, "open")),
      ...oneAnswer(...said, last),
      ...unless(charges.length === 1, `${charges.length} charges`)
    ]
  })

/** Whether the provider had canceled the charge before it was paid. */
const wasCanceledFirst = ({ infrapsp }: World) =>
  Effect.map(infrapsp.books, ({ charges: [made] }) => {
    const paidAt = made?.payments[0]?.occurredAt
    const canceledAt = made?.canceledAt ?? undefined
    return paidAt !== undefined && canceledAt !== undefined && DateTime.isLessThanOrEqualTo(canceledAt, paidAt)
  })

export const invoices: ReadonlyArray<Race> = [
  of({
    name: "an invoice is canceled × its payment is made and heard",
    holds:
      "it is paid, its money is booked once, and a client is told that it is canceled only where that was before the payment",
    before: open,
    operations: (world, id) => [
      { name: "cancel", run: () => cancel(world, id), may: ["200", "InvalidState"] },
      heardOf(world, "payment", { what: "a payer pays", happens: world.infrapsp.pay(charge) })
    ],
    laws: (world, _, [canceled]) =>
      Effect.gen(function* () {
        const isCanceled = canceled.as === "200"
        return [
          ...(yield* is(world, "paid")),
          ...(yield* booked(world, "charge")),
          ...(yield* told(world, "invoice.paid", 1)),
          ...unless(
            !isCanceled || (yield* wasCanceledFirst(world)),
            "a client was told that it is canceled, and it was paid"
          ),
          ...(isCanceled ? yield* told(world, "invoice.canceled", 1) : [])
        ]
      })
  }),
  of({
    name: "an invoice is canceled × it is canceled under another key",
    holds: "it is canceled once, at the provider too, and at least one of the two is told so",
    before: open,
    operations: (world, id) => [
      { name: "cancel", run: () => cancel(world, id), may: ["200", "OperationInProgress"] },
      { name: "cancel too", run: () => cancel(world, id, "another"), may: ["200", "OperationInProgress"] }
    ],
    laws: (world, _, said) =>
      Effect.gen(function* () {
        return [
          ...(yield* is(world, "canceled")),
          ...unless(
            said.some(({ as }) => as === "200"),
            "nobody was told that it is canceled"
          ),
          ...(yield* asked(world, "cancelCharge", 1)),
          ...(yield* told(world, "invoice.canceled", 1))
        ]
      })
  }),
  of({
    name: "an invoice is canceled × the same request once more",
    holds: "it is canceled once, and both answers are the same or say to wait",
    before: open,
    operations: (world, id) => [
      { name: "cancel", run: () => cancel(world, id), may: ["200", "IdempotencyInProgress"] },
      { name: "cancel again", run: () => cancel(world, id), may: ["200", "IdempotencyInProgress"] }
    ],
    laws: (world, _, said) =>
      Effect.gen(function* () {
        return [...(yield* is(world, "canceled")), ...oneAnswer(...said), ...(yield* asked(world, "cancelCharge", 1))]
      })
  }),
  of({
    name: "an invoice is canceled × its charge runs out",
    holds: "it is over once, and canceled where a client was told so",
    before: open,
    operations: (world, id) => [
      { name: "cancel", run: () => cancel(world, id), may: ["200", "InvalidState"] },
      heardOf(world, "expiry", { what: "the charge runs out", happens: world.infrapsp.end(charge, "expired") })
    ],
    laws: (world, _, [canceled]) =>
      Effect.gen(function* () {
        const isCanceled = canceled.as === "200"
        return [
          ...(yield* is(world, isCanceled ? "canceled" : "failed")),
          ...(yield* told(world, "invoice.canceled", isCanceled ? 1 : 0)),
          ...(yield* told(world, "invoice.failed", isCanceled ? 0 : 1))
        ]
      })
  }),
  of({
    name: "an invoice is created × the same request once more",
    holds: "one invoice, one charge, and both answers are the same or say to wait",
    before: () => Effect.void,
    operations: (world) => [creation(world), creation(world, "create again")],
    laws: oneOfEach
  }),
  of({
    name: "an invoice is created while its lease runs out × the same request once more",
    holds: "one invoice and one charge, and the same key is answered in the end",
    before: () => Effect.void,
    operations: (world) => [
      creation(world, "create", "ProviderError"),
      afterItsLease(world, creation(world, "create later", "ProviderError"))
    ],
    laws: oneOfEach
  }),
  of({
    name: "a creation whose answer was lost is sent once more × a worker finds its charge",
    holds: "one invoice and one charge, and the same key is answered in the end",
    before: (world) =>
      Effect.gen(function* () {
        yield* world.infrapsp.next({ _tag: "LoseAnswer" })
        yield* Effect.exit(create(world))
        yield* world.time.pass("1 hour")
      }),
    operations: (world) => [creation(world, "create again", "ProviderError"), quietly("work", lookUpCharges(world))],
    laws: oneOfEach
  }),
  of({
    name: "a creation whose charge was never made is sent once more × a worker finds none",
    holds: "one invoice and one charge, and the same key is answered in the end",
    before: (world) =>
      Effect.gen(function* () {
        yield* world.infrapsp.next({ _tag: "LoseRequest" })
        yield* Effect.exit(create(world))
        // Two of the three times that "not there" has to be said.
        for (const time of ["2 minutes", "10 minutes"] as const) {
          yield* world.time.pass(time)
          yield* lookUpCharges(world)
        }
        yield* world.time.pass("1 hour")
      }),
    operations: (world) => [creation(world, "create again", "ProviderError"), quietly("work", lookUpCharges(world))],
    laws: oneOfEach
  })
]
