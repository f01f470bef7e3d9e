/**
 * Turns: an operation that makes its calls of ports and drivers only when it is let, so that two of them can be interleaved as one
 * likes. It is held between calls alone, where it has no transaction open and no lock: whoever else runs meanwhile never waits for it.
 */
import { Deferred, Effect, Fiber, Semaphore, Stream } from "effect"

/** Calls whose answer no other call changes: being held before one of them is being held before what follows it. */
const alwaysTheSame: ReadonlyArray<string> = ["accountOf", "readNotification", "check", "prepare", "render", "validate"]

/** What an operation needs to be held. */
export interface Turn {
  /** Makes a call when it is the operation's turn; also something that happens outside of us, like a payment. */
  readonly call: <A, E, R>(name: string, effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** A port or a driver, each of whose calls is made when it is the operation's turn. */
  readonly hold: <P extends object>(name: string, port: P) => P
}

/** An operation under way. */
export interface Held<A> {
  /** Lets it make its calls up to the `count`-th, counted from its beginning, and waits for it there. Whether it has ended. */
  readonly upTo: (count: number) => Effect.Effect<boolean>
  /** Lets it go on to its end. */
  readonly toItsEnd: Effect.Effect<A>
  /** The calls that it has made so far. */
  readonly calls: () => ReadonlyArray<string>
}

/** Begins an operation, held before its first call. `between` happens before each call. */
export const begin = Effect.fnUntraced(function* <A, R>(
  run: (turn: Turn) => Effect.Effect<A, never, R>,
  between: Effect.Effect<void>
) {
  const calls: Array<string> = []
  const one = yield* Semaphore.make(1)
  let allowed = 0
  let go = yield* Deferred.make<void>()
  let stopped = yield* Deferred.make<void>()

  const myTurn = Effect.gen(function* () {
    while (calls.length >= allowed) {
      const next = go
      yield* Deferred.succeed(stopped, undefined)
      yield* Deferred.await(next)
    }
  })
  const passing = (name: string) =>
    myTurn.pipe(Effect.andThen(between), Effect.andThen(Effect.sync(() => void calls.push(name))))
  // One call at a time: nothing is under way while the operation is held.
  const call: Turn["call"] = (name, effect) => one.withPermit(Effect.andThen(passing(name), effect))

  const hold = <P extends object>(name: string, port: P): P =>
    new Proxy(port, {
      get: (target, property): unknown => {
        const value: unknown = Reflect.get(target, property)
        if (property === "payouts" && typeof value === "object" && value !== null) return hold(name, value)
        if (typeof value !== "function" || alwaysTheSame.includes(String(property))) return value
        return (...args: ReadonlyArray<unknown>): unknown => {
          const called: unknown = Reflect.apply(value, target, args)
          const made = `${name}.${String(property)}`
          if (Effect.isEffect(called)) return call(made, called)
          return Stream.isStream(called)
            ? Stream.concat(Stream.drain(Stream.fromEffect(call(made, Effect.void))), called)
            : called
        }
      }
    })

  const fiber = yield* Effect.forkChild(run({ call, hold }))
  const upTo = Effect.fnUntraced(function* (count: number) {
    const released = go
    allowed = count
    go = yield* Deferred.make<void>()
    stopped = yield* Deferred.make<void>()
    yield* Deferred.succeed(released, undefined)
    yield* Effect.raceFirst(Deferred.await(stopped), Fiber.await(fiber))
    return fiber.pollUnsafe() !== undefined
  })
  return {
    upTo,
    toItsEnd: Effect.andThen(upTo(Number.POSITIVE_INFINITY), Fiber.join(fiber)),
    calls: () => calls
  } satisfies Held<A> as Held<A>
})
