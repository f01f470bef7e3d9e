/** The port to the counting of requests: all processes count together, and no request is counted twice. */
import { Context, type Effect } from "effect"
import type { Owner } from "../models/Owner.ts"
import type { ApiKeyId } from "../values/Ids.ts"
import type { StoreUnavailable } from "./Operations.ts"

/** A request as it was counted. */
export interface Counted {
  /** Its number in the hour: the first is 1. Beyond the limit it need not grow. */
  readonly number: number
  /** In how many seconds the hour is over: 1 to 3600. */
  readonly resetSeconds: number
}

export class RateLimits extends Context.Service<
  RateLimits,
  {
    /**
     * Counts one request of a key in the current hour of the store's clock (fixed, UTC). Of all requests of an hour,
     * whichever process they come to, exactly `limit` get a number that is not above it.
     */
    readonly count: (owner: Owner, key: ApiKeyId, limit: number) => Effect.Effect<Counted, StoreUnavailable>
  }
>()("@salesos/core/ports/RateLimits") {}
