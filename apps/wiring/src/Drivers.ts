/** The drivers of this application, in the order in which they are preferred. Adding a provider is adding a line here. */
import * as InfraPsp from "@salesos/provider-infrapsp"
import { Effect } from "effect"

export const drivers = Effect.all([InfraPsp.make])
