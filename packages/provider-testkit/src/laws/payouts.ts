/** What is particular to payouts: the money that reaches somebody, and the money that comes back. */
import type { PayoutObservation } from "@salesos/core"
import { Effect, Option } from "effect"
import type { Bench } from "../Bench.ts"
import { declared, holds, type Law, law, present, same, text } from "../Law.ts"
import type { PayoutOperation } from "../Operation.ts"
import * as Probe from "../Probe.ts"
import { notified } from "./notifications.ts"

type Payout = PayoutObservation.PayoutObservation

/** Every reading tells the same of it: by the provider's id, and by our reference where there is a lookup. */
const allTell = Effect.fnUntraced(function* <A>(
  what: string,
  { find, get, lookup }: PayoutOperation,
  providerId: string,
  told: (payout: Payout) => A,
  expected: A
) {
  const read = yield* get(providerId)
  const found = lookup ? Option.getOrUndefined(yield* find()) : read
  yield* same(`${what}, read`, told(read), expected)
  yield* same(`${what}, found`, found && told(found), expected)
})

const movements = ({ deliveries, returns, status }: Payout) => ({ status, deliveries, returns })

/** A payout that was delivered. */
const delivered = Effect.fnUntraced(function* ({ counter, create, get }: PayoutOperation) {
  const { providerId } = yield* create()
  yield* counter.deliver(providerId)
  return yield* get(providerId)
})

const kinds = (facts: Payout["deliveries"] | Payout["returns"]) =>
  facts.map(({ kind, money: { currency } }) => ({ kind, currency }))

export const payout: ReadonlyArray<Law<PayoutOperation>> = [
  law("offers what trying finds, neither more nor less", (operation: PayoutOperation) =>
    Effect.gen(function* () {
      const { features } = yield* Probe.payout(operation)
      yield* same("features", features.toSorted(), operation.capability.features.toSorted())
    })
  ),

  law("is under way once it is created, and no money was delivered", ({ create }: PayoutOperation) =>
    Effect.gen(function* () {
      const { deliveries, returns, status } = yield* create()
      yield* holds(status._tag === "pending" || status._tag === "waiting_funds", `a status of ${text(status)}`)
      yield* same("money moved", [...deliveries, ...returns], [])
    })
  ),

  law("that reaches its beneficiary is settled by one delivery of what was asked", (operation: PayoutOperation) =>
    Effect.gen(function* () {
      const { amount, currency } = operation
      const payout = yield* delivered(operation)
      yield* same("the status", payout.status, { _tag: "settled" })
      yield* same(
        "deliveries",
        payout.deliveries.map(({ kind, money }) => ({ kind, money })),
        [{ kind: "delivery", money: { amount, currency } }]
      )
      for (const { fee } of payout.deliveries) {
        const deducted = operation.bench.driver.facts.payoutFee === "deducted"
        const most = deducted ? amount - 1 : Number.MAX_SAFE_INTEGER
        yield* holds(fee === null || (Number.isSafeInteger(fee) && fee >= 0 && fee <= most), `a fee of ${fee}`)
      }
      yield* allTell("the payout", operation, payout.providerId, movements, movements(payout))
    })
  ),

  law("that fails is ended, and no money was delivered", (operation: PayoutOperation) =>
    Effect.gen(function* () {
      const { providerId } = yield* operation.create()
      yield* operation.counter.fail(providerId)
      const told = ({ deliveries, returns, status }: Payout) => ({
        ended: status._tag === "ended" && status.reason,
        moved: deliveries.length + returns.length
      })
      yield* allTell("the payout", operation, providerId, told, { ended: "failed", moved: 0 })
    })
  ),

  law("that comes back tells its delivery and its return, the same on every reading", (operation: PayoutOperation) =>
    Effect.gen(function* () {
      const giveBack = yield* declared(operation.counter.giveBack, "the simulator gives none back")
      const { amount, currency } = operation
      const { providerId } = yield* delivered(operation)
      yield* giveBack(providerId)
      const returned = yield* operation.get(providerId)
      yield* same("deliveries", kinds(returned.deliveries), [{ kind: "delivery", currency }])
      yield* same("returns", kinds(returned.returns), [{ kind: "return", currency }])
      for (const { money } of returned.returns) {
        yield* holds(money.amount > 0 && money.amount <= amount, `a return of ${money.amount} for ${amount}`)
      }
      yield* allTell("the payout", operation, providerId, movements, movements(returned))
    })
  ),

  law("that is canceled is ended, and canceling it again is no failure", (operation: PayoutOperation) =>
    Effect.gen(function* () {
      const { bench, capability, create, payouts } = operation
      const cancel = yield* declared(
        capability.features.includes("cancel") ? payouts.cancel : undefined,
        "it cannot be canceled"
      )
      const { providerId } = yield* create()
      const canceled: Payout["status"] = { _tag: "ended", reason: "canceled" }
      yield* same("canceled", (yield* cancel(bench.account, providerId)).status, canceled)
      yield* same("canceled again", (yield* cancel(bench.account, providerId)).status, canceled)
      yield* allTell("the status", operation, providerId, ({ status }) => status, canceled)
    })
  ),

  law("is named by its notification", (operation: PayoutOperation) =>
    Effect.gen(function* () {
      const { driver, proxy, account } = operation.bench
      const { providerId } = yield* operation.create()
      yield* operation.counter.deliver(providerId)
      const { body, headers } = yield* notified(proxy, providerId)
      const told = yield* present(
        "the notification",
        yield* driver.readNotification(account, headers, new TextEncoder().encode(body))
      )
      yield* same("payouts", told.payouts, [providerId])
    })
  )
]

/** For drivers whose package proves no payout. */
export const noPayouts: ReadonlyArray<Law<Bench>> = [
  law("pays nobody, and declares no payout", ({ driver: { capabilities, facts, payouts } }: Bench) =>
    Effect.gen(function* () {
      yield* same(
        "capabilities",
        capabilities.filter(({ direction }) => direction === "payout"),
        []
      )
      yield* same("what pays", payouts === undefined && facts.payoutFee === undefined, true)
    })
  )
]
