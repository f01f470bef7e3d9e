/** What a law of drivers is made of. A law holds or is broken; nothing is asserted elsewhere, so that laws can be tested. */
import { Cause, Effect, Option, References, Schema, type Scope } from "effect"
import { Json } from "@salesos/core"

/** A driver does not do what the port promises, or its package does not say what the driver does. */
export class LawBroken extends Schema.TaggedError<LawBroken>()("LawBroken", { message: Schema.String }) {}

/** There is nothing to prove: the driver declares that it does not do it. Reported as skipped, with the reason. */
export class NotDeclared extends Schema.TaggedError<NotDeclared>()("NotDeclared", { message: Schema.String }) {}

export interface Law<On> {
  readonly name: string
  readonly run: (on: On) => Effect.Effect<void, Verdict, Scope.Scope>
}

type Verdict = LawBroken | NotDeclared

const isVerdict = Schema.is(Schema.Union([LawBroken, NotDeclared]))

/** A law by its name. Whatever else it fails or dies of, the driver broke it. */
export const law = <On, E>(name: string, run: (on: On) => Effect.Effect<void, E, Scope.Scope>): Law<On> => ({
  name,
  run: (on) =>
    run(on).pipe(
      Effect.catchCause((cause) =>
        Effect.fail(
          Option.getOrElse(
            Option.filter(Cause.findErrorOption(cause), isVerdict),
            (): Verdict => new LawBroken({ message: Cause.pretty(cause) })
          )
        )
      ),
      Effect.provideService(References.MinimumLogLevel, "None")
    )
})

/** Ends a law that has nothing to prove unless something is declared. */
export const declared = <A>(value: A | undefined, otherwise: string): Effect.Effect<A, NotDeclared> =>
  value === undefined ? Effect.fail(new NotDeclared({ message: otherwise })) : Effect.succeed(value)

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
