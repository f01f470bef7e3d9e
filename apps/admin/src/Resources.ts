/** Finding the invoice or payout that a command is about. */
import { History } from "@salesos/store-postgres"
import { Effect } from "effect"
import { Argument } from "effect/cli"
import * as Flags from "./Flags.ts"
import * as Operator from "./Operator.ts"

/** An id or a number, and whose it is where that is not clear. */
export const named = {
  resource: Argument.String("id or number").pipe(
    Argument.withDescription("inv_…, po_…, INV-2026-000001 or PO-2026-000001")
  ),
  ...Flags.anyOwner
}

export interface Named extends Flags.Whose {
  readonly resource: string
}

/** The only one that is meant. Fails when there is none, or when tenants share the number. */
export const find = Effect.fnUntraced(function* ({ resource, ...whose }: Named) {
  const found = yield* History.find(resource, Flags.whose(whose))
  const [only, ...others] = found
  if (only === undefined) return yield* new Operator.Failed({ message: `There is no ${resource}` })
  if (others.length > 0) {
    const owners = found.map(({ owner }) => `--tenant ${owner.tenant} --environment ${owner.environment}`)
    return yield* new Operator.Failed({
      message: `Several have the number ${resource}; say which:\n${owners.join("\n")}`
    })
  }
  return only
})
