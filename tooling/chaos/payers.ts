/** What payers and providers do by themselves: open payment links, let charges expire, dispute payments, and send payouts back. */
import { Effect } from "effect"
import * as Dice from "./dice.ts"
import * as Simulators from "./simulators.ts"
import type { World } from "./world.ts"

/** Acts about twice a second, until told to stop. */
export const work = Effect.fnUntraced(function* (world: World, seed: number, isOver: () => boolean) {
  const dice = Dice.make(seed, "payers")
  const { url } = world.simulators
  const done = { chargebacks: 0, returns: 0, expiries: 0, payments: 0 }
  while (!isOver()) {
    yield* Effect.sleep(dice.between(200, 800))
    const tenant = dice.pick(world.tenants).number
    const provider = dice.pick(Simulators.providers)
    const rows = (yield* Simulators.operations(url, tenant, provider)).slice(-60)
    if (rows.length === 0) continue
    const { id, kind, status } = dice.pick(rows)
    if (kind === "payout") {
      if (status === "paid" && (yield* Simulators.act(url, tenant, provider, `payouts/${id}/return`))) done.returns++
    } else if (status === "paid") {
      if (provider !== "usdbrl" && (yield* Simulators.act(url, tenant, provider, `charges/${id}/chargeback`)))
        done.chargebacks++
    } else if (dice.chance(0.8)) {
      if (yield* Simulators.act(url, tenant, provider, `charges/${id}/pay`)) done.payments++
    } else if (yield* Simulators.act(url, tenant, provider, `charges/${id}/expire`)) done.expiries++
  }
  return done
})
