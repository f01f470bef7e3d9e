/** A call that is given up, as core does at its deadline: what it was on its way to do is known later, and nothing is left open. */
import { Effect, Fiber } from "effect"
import { type Law, law, LawBroken, same } from "../Law.ts"
import type { Operation } from "../Operation.ts"
import { type Exchange, Fault } from "../proxy/index.ts"
import { finds } from "./creation.ts"

/** Waits for an exchange of which something is so; ten seconds are for a machine that is busy. */
const until = ({ bench: { proxy }, wire }: Operation, what: string, so: (exchange: Exchange) => boolean) =>
  proxy.until(wire.creates, so).pipe(
    Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () => new LawBroken({ message: `${what}: not within ten seconds` })
    })
  )

/** Gives a creation up at a moment, and waits until its connection is closed. */
const givenUp = Effect.fnUntraced(function* (
  operation: Operation,
  fault: Fault.Fault,
  moment: (exchange: Exchange) => boolean
) {
  yield* operation.bench.proxy.on(operation.wire.creates, fault)
  const call = yield* Effect.forkChild(operation.create())
  yield* until(operation, "the request arrives", moment)
  yield* Fiber.interrupt(call)
  yield* until(operation, "the connection is closed", ({ state }) => state === "left")
})

export const interruption: ReadonlyArray<Law<Operation>> = [
  law("given up before the provider has it is not there, and leaves no connection behind", (operation: Operation) =>
    Effect.gen(function* () {
      yield* givenUp(operation, Fault.holdRequest, () => true)
      yield* same("the provider's books", yield* operation.booked(), [])
      yield* finds("found", operation, null)
    })
  ),

  law("given up after the provider has it is there, and leaves no connection behind", (operation: Operation) =>
    Effect.gen(function* () {
      yield* givenUp(operation, Fault.holdAnswer, ({ answers }) => answers.length > 0)
      const [booked, ...more] = yield* operation.booked()
      yield* same("further entries in the provider's books", more, [])
      if (booked === undefined) return yield* new LawBroken({ message: "The provider has nothing in its books" })
      yield* finds("found", operation, yield* operation.get(booked.providerId))
    })
  )
]
