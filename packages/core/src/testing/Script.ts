/** What a fake provider answers next: one by one, and what it always does when nothing is scripted. */
import { Effect, Ref } from "effect"
import { Unavailable, Unknown } from "../ports/Provider.ts"

export interface Script<A> {
  readonly add: (...answers: ReadonlyArray<A>) => Effect.Effect<void>
  readonly next: Effect.Effect<A>
}

/** An empty script. */
export const make = <A>(otherwise: A): Effect.Effect<Script<A>> =>
  Effect.map(Ref.make<ReadonlyArray<A>>([]), (script) => ({
    add: (...answers) => Ref.update(script, (before) => [...before, ...answers]),
    next: Ref.modify(script, ([first, ...rest]) => [first ?? otherwise, rest])
  }))

/** What becomes of the next lookup. */
export type LookupAnswer = "answer" | "unavailable" | "unknown" | "hang"

/** Lookups that are scripted not to be answered are not. */
export const answered = ({ next }: Script<LookupAnswer>): Effect.Effect<void, Unavailable | Unknown> =>
  Effect.flatMap(next, (answer): Effect.Effect<void, Unavailable | Unknown> => {
    switch (answer) {
      case "answer":
        return Effect.void
      case "unavailable":
        return Effect.fail(new Unavailable({ message: "Too many requests" }))
      case "unknown":
        return Effect.fail(new Unknown({ message: "Internal error" }))
      case "hang":
        return Effect.never
    }
  })
