/** What a law of drivers is made of. A law holds or is broken; nothing is asserted elsewhere, so that laws can be tested. */
import { Cause, Effect, Option, References, Schema, type Scope } from "effect"
import { Json } from "@salesos/core"

/** A driver does not do what the port promises, or its package does not say what the driver does. */
export class LawBroken extends Schema.TaggedError<LawBroken>()("LawBroken", { message: Schema.String }) {}

export interface Law<Bench> {
  readonly name: string
  readonly run: (bench: Bench) => Effect.Effect<void, LawBroken, Scope.Scope>
}

/** A law by its name. Whatever it fails or dies of, the driver broke it. */
export const law = <Bench, E>(
  name: string,
  run: (bench: Bench) => Effect.Effect<void, E, Scope.Scope>
): Law<Bench> => ({
  name,
  run: (bench) =>
    run(bench).pipe(
      Effect.catchCause((cause) =>
        Option.match(Option.filter(Cause.findErrorOption(cause), Schema.is(LawBroken)), {
          onNone: () => Effect.fail(new LawBroken({ message: Cause.pretty(cause) })),
          onSome: Effect.fail
        })
      ),
      Effect.provideService(References.MinimumLogLevel, "None")
    )
})

/** Breaks the law unless something is so. */
export const holds = (so: boolean, otherwise: string): Effect.Effect<void, LawBroken> =>
  so ? Effect.void : Effect.fail(new LawBroken({ message: otherwise }))

/** A value as text, for messages and comparisons. */
export const text = (value: unknown): string => Json.canonical(value) ?? "undefined"

/** Breaks the law unless two values are the same as JSON. */
export const same = (what: string, actual: unknown, expected: unknown): Effect.Effect<void, LawBroken> =>
  holds(text(actual) === text(expected), `${what}: expected ${text(expected)}, got ${text(actual)}`)

/** What is there; breaks the law where nothing is. */
export const present = <A>(what: string, value: Option.Option<A>): Effect.Effect<A, LawBroken> =>
  Effect.mapError(Effect.fromOption(value), () => new LawBroken({ message: `${what}: nothing` }))
