/** Finding the invoice or payout that a command is about. */
import type { Ids, Owner } from "@salesos/core"
import { History } from "@salesos/store-postgres"
import { Effect, Option } from "effect"
import { Argument, Flag } from "effect/cli"
import * as Flags from "./Flags.ts"
import * as Operator from "./Operator.ts"

/** An id or a number, and whose it is where that is not clear. */
export const named = {
  resource: Argument.String("id or number").pipe(
    Argument.withDescription("inv_…, po_…, INV-2026-000001 or PO-2026-000001")
  ),
  tenant: Flags.tenant.pipe(Flag.optional),
  environment: Flags.environment.pipe(Flag.optional)
}

export interface Named {
  readonly resource: string
  readonly tenant: Option.Option<Ids.TenantId>
  readonly environment: Option.Option<Owner.Environment>
}

/** The only one that is meant. Fails when there is none, or when tenants share the number. */
export const find = Effect.fnUntraced(function* ({ environment, resource, tenant }: Named) {
  const found = yield* History.find(resource, {
    ...(Option.isSome(tenant) ? { tenant: tenant.value } : {}),
    ...(Option.isSome(environment) ? { environment: environment.value } : {})
  })
  const [only, ...others] = found
  if (only === undefined) return yield* new Operator.Failed({ message: `There is no ${resource}` })
  if (others.length > 0) {
    const whose = found.map(({ owner }) => `--tenant ${owner.tenant} --environment ${owner.environment}`)
    return yield* new Operator.Failed({
      message: `Several have the number ${resource}; say which:\n${whose.join("\n")}`
    })
  }
  return only
})
