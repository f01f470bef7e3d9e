/**
 * Using a provider account: not while its provider refuses it as a whole, and what an answer says of the account is learned, so
 * that all processes know it.
 */
import { Effect, Option, Predicate, Result } from "effect"
import type { Owner } from "../models/Owner.ts"
import { AccountRefusals, type Admission, type Kind } from "../ports/AccountRefusals.ts"
import { Unavailable } from "../ports/Provider.ts"
import { needsALook } from "./Execution.ts"

/** Which account an operation uses, and what it may be refused for that concerns the operation. */
export interface Use {
  readonly owner: Owner
  readonly account: string
  readonly kinds: ReadonlyArray<Kind>
  /** False where it is known that nothing is refused: then nobody is asked. */
  readonly suspected: boolean
}

/** Makes a provider's call where the account may be used, else fails with `Unavailable`: nothing was sent. */
export const using = Effect.fnUntraced(function* <A, E, R>(use: Use, call: Effect.Effect<A, E, R>) {
  const { account, kinds, owner, suspected } = use
  const admission = suspected ? yield* (yield* AccountRefusals).admit(owner, account, kinds) : "open"
  if (admission === "refused") return yield* new Unavailable({ message: "The provider refuses the account for now" })
  const outcome = yield* Effect.result(call)
  yield* learn(use, admission, outcome)
  return yield* Effect.fromResult(outcome)
})

/** What it says of the operation counts, whether or not what it says of the account can be written. */
const learn = Effect.fnUntraced(
  function* ({ account, kinds, owner }: Use, admission: Admission, outcome: Result.Result<unknown, unknown>) {
    const refusals = yield* AccountRefusals
    const failure = Option.getOrUndefined(Result.getFailure(outcome))
    if (failure instanceof Unavailable && failure.account !== undefined) {
      const { account: kind, message } = failure
      if (!(yield* refusals.refuse(owner, account, kind, message))) return
      yield* needsALook("account_refused", { account, kind, reason: message })
    }
    // Whatever it says of the operation, a provider that answers serves the account.
    const answered = Result.isSuccess(outcome) || Predicate.isTagged(failure, "Rejected")
    if (admission === "probe" && answered) yield* refusals.clear(owner, account, kinds)
  },
  (effect) => Effect.ignore(effect)
)

/** Whether sending the same again, a little later, may help: nothing was sent, and the account is not what is refused. */
export const mayHelpLater = (failure: { readonly _tag: string }): boolean =>
  failure instanceof Unavailable && failure.account === undefined
