/** What a database says when a row breaks one of its constraints: the transaction fails, and nothing is written. */
import { Effect } from "effect"
import { StoreUnavailable } from "../ports/Operations.ts"

/** Fails the transaction when there is a reason to. */
export const refuseIf = (reason: string | undefined): Effect.Effect<void, StoreUnavailable> =>
  reason === undefined ? Effect.void : Effect.fail(new StoreUnavailable({ cause: new Error(reason) }))
