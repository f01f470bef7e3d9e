/** What is particular to charges: their artifact, how they end, and the money that comes and goes. */
import type { Observation } from "@salesos/core"
import { DateTime, Effect, Option } from "effect"
import { declared, holds, type Law, law, same, text } from "../Law.ts"
import type { ChargeOperation } from "../Operation.ts"
import * as Probe from "../Probe.ts"
import { Fault } from "../proxy/index.ts"

type Charge = Observation.ChargeObservation

/** How a charge is seen by both readings: by the provider's id, and by our reference where there is a lookup. */
const readings = ({ find, get, lookup }: ChargeOperation, providerId: string) =>
  Effect.gen(function* () {
    const read = yield* get(providerId)
    const found = lookup ? Option.getOrUndefined(yield* find()) : read
    return { read, found }
  })

/** Both readings tell the same of it. */
const bothTell = Effect.fnUntraced(function* <A>(
  what: string,
  operation: ChargeOperation,
  providerId: string,
  told: (charge: Charge) => A,
  expected: A
) {
  const { found, read } = yield* readings(operation, providerId)
  yield* same(`${what}, read`, told(read), expected)
  yield* same(`${what}, found`, found && told(found), expected)
})

/** A charge that a payer has paid. */
const paid = Effect.fnUntraced(function* ({ counter, create, get }: ChargeOperation) {
  const { providerId } = yield* create()
  yield* counter.pay(providerId)
  return yield* get(providerId)
})

/** A settled charge's money went back: the payment stays as it was, and every reading tells one reversal of it. */
const wentBack = Effect.fnUntraced(function* (
  operation: ChargeOperation,
  providerId: string,
  payments: Charge["payments"],
  kind: Observation.Reversal["kind"]
) {
  const { amount, currency } = operation
  const { reversals = [] } = yield* operation.get(providerId)
  yield* same(
    "reversals",
    reversals.map((each) => [each.kind, each.money.currency]),
    [[kind, currency]]
  )
  for (const { feeGivenBack, money } of reversals) {
    // The provider may keep its fee, and debit what it paid out.
    yield* holds(money.amount > 0 && money.amount <= amount, `a reversal of ${text(money)} for ${amount}`)
    yield* holds(Number.isSafeInteger(feeGivenBack) && feeGivenBack >= 0, `a fee of ${feeGivenBack} given back`)
  }
  const told = (charge: Charge) => ({
    status: charge.status,
    payments: charge.payments.map(({ money, ordinal }) => ({ money, ordinal })),
    reversals: charge.reversals
  })
  yield* bothTell("the charge", operation, providerId, told, {
    status: { _tag: "settled" },
    payments: payments.map(({ money, ordinal }) => ({ money, ordinal })),
    reversals
  })
})

/** Fields of a customer that an invoice may leave out. */
const optional = ["document", "phone", "address"] as const

const customers: ReadonlyArray<Law<ChargeOperation>> = [
  law("needs no more of a customer than it declares", ({ bench, capability: { needs }, requestFor }: ChargeOperation) =>
    Effect.gen(function* () {
      const request = yield* requestFor({})
      const customer = { ...request.customer }
      for (const field of optional) if (!needs.includes(field)) delete customer[field]
      yield* bench.driver.createCharge(bench.account, { ...request, customer })
    })
  ),

  law("takes the longest texts that an invoice may have", ({ bench, requestFor }: ChargeOperation) =>
    Effect.gen(function* () {
      const request = yield* requestFor({})
      const long = { description: "🎉".repeat(1000), customer: { ...request.customer, name: "Ção 🎉".repeat(51) } }
      yield* bench.driver.createCharge(bench.account, { ...request, ...long })
    })
  )
]

export const artifacts: ReadonlyArray<Law<ChargeOperation>> = [
  law("has an artifact to pay with, kept by lookups or lost as declared", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { capability, create } = operation
      const created = yield* create()
      yield* same("the artifact's type", created.artifact?.type, capability.method)
      const kept = capability.features.includes("artifact_in_lookup") ? created.artifact : null
      yield* bothTell("the artifact", operation, created.providerId, ({ artifact }) => artifact, kept)
    })
  ),

  law(
    "says when its artifact runs out, within what is declared",
    ({ bench, capability, requestFor }: ChargeOperation) =>
      Effect.gen(function* () {
        const maximum = yield* declared(capability.maximumExpirySeconds ?? undefined, "nothing of it expires")
        const request = yield* requestFor({})
        const created = yield* bench.driver.createCharge(bench.account, { ...request, expiresIn: maximum })
        const now = yield* DateTime.now
        const { expiresAt } = created
        if (expiresAt === null) return yield* holds(false, "the answer tells no expiry, and the driver made none of it")
        const seconds = (DateTime.toEpochMillis(expiresAt) - DateTime.toEpochMillis(now)) / 1000
        yield* holds(seconds > 0 && seconds <= maximum + 60, `runs out in ${seconds} seconds, declared are ${maximum}`)
      })
  )
]

export const money: ReadonlyArray<Law<ChargeOperation>> = [
  law("that is paid is settled by one payment of its amount, the same on every reading", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { amount, currency } = operation
      const { payments, providerId, status } = yield* paid(operation)
      yield* same("the status", status, { _tag: "settled" })
      yield* same(
        "payments",
        payments.map(({ kind, money: { amount, currency } }) => ({ kind, amount, currency })),
        [{ kind: "payment", amount, currency }]
      )
      for (const { fee } of payments) {
        yield* holds(fee === null || (Number.isSafeInteger(fee) && fee >= 0 && fee <= amount), `a fee of ${fee}`)
      }
      yield* bothTell("payments", operation, providerId, (charge) => charge.payments, payments)
    })
  ),

  law("that runs out is ended, and no money moved", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const expire = yield* declared(operation.counter.expire, "the simulator lets none expire")
      const { providerId } = yield* operation.create()
      yield* expire(providerId)
      const told = ({ payments, status }: Charge) => ({ status, payments })
      yield* bothTell("the charge", operation, providerId, told, {
        status: { _tag: "ended", reason: "expired" },
        payments: []
      })
    })
  ),

  law("that is charged back stays settled, and tells what went back", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const chargeBack = yield* declared(operation.counter.chargeBack, "the simulator charges none back")
      const { payments, providerId } = yield* paid(operation)
      yield* chargeBack(providerId)
      yield* wentBack(operation, providerId, payments, "chargeback")
    })
  )
]

/** Every request that may change something breaks off once the provider has done it. */
const losingAnswers = ({ bench: { proxy } }: ChargeOperation) =>
  Effect.forEach(["POST", "PUT", "PATCH", "DELETE"], (method) => proxy.on({ method }, Fault.dropAnswer, Infinity))

const canceling = ({ bench: { account, driver }, capability }: ChargeOperation) =>
  Effect.map(
    declared(capability.features.includes("cancel") ? driver.cancelCharge : undefined, "it cannot be canceled"),
    (cancel) => (id: string) => cancel(account, id)
  )

const refunding = ({ bench: { account, driver }, capability }: ChargeOperation) =>
  Effect.map(
    declared(capability.features.includes("refund") ? driver.refundCharge : undefined, "it cannot be refunded"),
    (refund) => (id: string) => refund(account, id)
  )

const canceled = { _tag: "ended", reason: "canceled" } as const

export const cancellation: ReadonlyArray<Law<ChargeOperation>> = [
  law("that is canceled is ended, and canceling it again is no failure", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const cancel = yield* canceling(operation)
      const { providerId } = yield* operation.create()
      yield* same("canceled", (yield* cancel(providerId)).status, canceled)
      yield* same("canceled again", (yield* cancel(providerId)).status, canceled)
      yield* bothTell("the status", operation, providerId, ({ status }) => status, canceled)
    })
  ),

  law("that is paid by the time it is canceled stays paid", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const cancel = yield* canceling(operation)
      const { payments, providerId } = yield* paid(operation)
      const outcome = yield* Effect.result(cancel(providerId))
      if (outcome._tag === "Success") yield* same("as canceled", outcome.success.payments, payments)
      else yield* same("the outcome", outcome.failure._tag, "Rejected")
      yield* bothTell("the status", operation, providerId, ({ status }) => status, { _tag: "settled" } as const)
    })
  ),

  law("whose cancellation is not answered is in doubt, and canceled", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const cancel = yield* canceling(operation)
      const { providerId } = yield* operation.create()
      yield* losingAnswers(operation)
      yield* same("the outcome", (yield* Effect.flip(cancel(providerId)))._tag, "Unknown")
      yield* operation.bench.proxy.calm
      yield* bothTell("the status", operation, providerId, ({ status }) => status, canceled)
    })
  )
]

export const refunds: ReadonlyArray<Law<ChargeOperation>> = [
  law("that is refunded tells so, the same on every reading", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const refund = yield* refunding(operation)
      const { payments, providerId } = yield* paid(operation)
      const refunded = yield* refund(providerId)
      yield* same(
        "reversals",
        refunded.reversals?.map(({ kind }) => kind),
        ["refund"]
      )
      yield* wentBack(operation, providerId, payments, "refund")
      yield* same("as refunded", refunded.reversals, (yield* operation.get(providerId)).reversals)
    })
  ),

  law("that nobody has paid cannot be refunded", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const refund = yield* refunding(operation)
      const { providerId } = yield* operation.create()
      yield* same("the outcome", (yield* Effect.flip(refund(providerId)))._tag, "Rejected")
      yield* bothTell("reversals", operation, providerId, (charge) => charge.reversals ?? [], [])
    })
  ),

  law("whose refund is not answered is in doubt, and refunded once", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const refund = yield* refunding(operation)
      const { payments, providerId } = yield* paid(operation)
      yield* losingAnswers(operation)
      const before = (yield* operation.bench.proxy.exchanges()).length
      yield* same("the outcome", (yield* Effect.flip(refund(providerId)))._tag, "Unknown")
      const asked = (yield* operation.bench.proxy.exchanges()).slice(before).filter(({ method }) => method !== "GET")
      yield* same(
        "requests that may have refunded it",
        asked.filter(({ direction }) => direction === "request").length,
        1
      )
      yield* operation.bench.proxy.calm
      yield* wentBack(operation, providerId, payments, "refund")
    })
  )
]

const offers: ReadonlyArray<Law<ChargeOperation>> = [
  law("offers what trying finds, neither more nor less", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { features } = yield* Probe.charge(operation)
      yield* same("features", features.toSorted(), operation.capability.features.toSorted())
    })
  )
]

/** Everything about charges alone. */
export const charge: ReadonlyArray<Law<ChargeOperation>> = [
  ...offers,
  ...customers,
  ...artifacts,
  ...money,
  ...cancellation,
  ...refunds
]
