/** Reconciling the provider accounts whose turn it is: every day in their calm hour, and when somebody asks for it. */
import { Reconciliations } from "@salesos/core"
import { Effect, Option } from "effect"
import { forEver } from "./Loop.ts"

/** Reconciles for ever, one account after another. */
export const run = forEver(
  Effect.gen(function* () {
    const ran = yield* Reconciliations.runNext()
    if (Option.isNone(ran)) yield* Effect.sleep("30 seconds")
  }),
  "An account could not be reconciled"
)
