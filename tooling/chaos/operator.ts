/** What operators do by hand: now and then they give a payment back. */
import { Refunds, Store } from "@salesos/core"
import { Effect } from "effect"
import * as Dice from "./dice.ts"
import type { Tenant, World } from "./world.ts"

/** Gives one of the newest payments of a tenant back; what does not work out is the gateway's to remember. */
const refund = Effect.fnUntraced(function* ({ owner }: Tenant, dice: Dice.Dice) {
  const { data } = yield* (yield* Store.InvoiceStore).list(owner, {}, { limit: 20 })
  const paid = data.filter(({ status }) => status === "paid")
  if (paid.length === 0) return false
  return yield* Effect.as(Refunds.refund(owner, dice.pick(paid).id), true)
})

/** Acts about every other second, until told to stop. Gives how often a refund was answered. */
export const work = Effect.fnUntraced(function* (world: World, seed: number, isOver: () => boolean) {
  const dice = Dice.make(seed, "operator")
  let refunds = 0
  while (!isOver()) {
    yield* Effect.sleep(dice.between(500, 2500))
    if (yield* Effect.orElseSucceed(refund(dice.pick(world.tenants), dice), () => false)) refunds++
  }
  return { refunds }
})
