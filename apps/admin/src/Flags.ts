/** Flags that several commands have. */
import { Ids, Owner } from "@salesos/core"
import { Flag } from "effect/cli"

/** `--tenant ten_…` */
export const tenant = Flag.String("tenant").pipe(
  Flag.withDescription("The tenant's id, ten_…"),
  Flag.withSchema(Ids.TenantId)
)

/** `--environment sandbox|live`; a mistake between the two is worse than typing it. */
export const environment = Flag.Literals("environment", Owner.Environment.literals).pipe(
  Flag.withDescription("Which of the tenant's worlds")
)

/** Whose. */
export const owner = { tenant, environment }
