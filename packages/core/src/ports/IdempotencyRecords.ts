/** The port to what is kept of idempotency keys, for the housekeeping of it. */
import { Context, type Duration, type Effect } from "effect"
import type { StoreUnavailable } from "./Operations.ts"

export class IdempotencyRecords extends Context.Service<
  IdempotencyRecords,
  {
    /**
     * Forgets records that nobody has used for so long, `limit` at most, and gives how many. Never one whose operation is being
     * carried out, or whose resource has an attempt, a cancellation, a refund or a tax document that was sent or is in doubt;
     * and not before as long has passed since the resource last changed, since that may have been the end of a doubt.
     */
    readonly purge: (age: Duration.Duration, limit: number) => Effect.Effect<number, StoreUnavailable>
  }
>()("@salesos/core/ports/IdempotencyRecords") {}
