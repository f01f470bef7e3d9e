/** The port to the network, as far as it decides where webhooks may go. */
import { Context, type Effect } from "effect"
import type { Environment } from "../models/Owner.ts"

export class Destinations extends Context.Service<
  Destinations,
  {
    /**
     * Why nothing may be sent to a URL, in words for its owner; null when it may, as far as one can tell now. Whoever sends
     * has to look again when it connects: a name may lead elsewhere by then.
     */
    readonly refusal: (environment: Environment, url: string) => Effect.Effect<string | null>
  }
>()("@salesos/core/ports/Destinations") {}
