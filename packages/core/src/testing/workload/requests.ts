/** What clients of a workload send: creations under keys, cancellations, refunds; by processes that may die meanwhile. */
import { Effect, Exit } from "effect"
import * as Idempotency from "../../models/Idempotency.ts"
import { AccountRefusals } from "../../ports/AccountRefusals.ts"
import { Drivers } from "../../ports/Provider.ts"
import { InvoiceStore, PayoutStore } from "../../ports/Store.ts"
import * as Cancellation from "../../usecases/Cancellation.ts"
import * as Invoices from "../../usecases/Invoices.ts"
import * as PayoutCancellation from "../../usecases/PayoutCancellation.ts"
import * as Payouts from "../../usecases/Payouts.ts"
import * as Refunds from "../../usecases/Refunds.ts"
import { Amount } from "../../values/Money.ts"
import * as Crashes from "../Crashes.ts"
import * as PayoutSamples from "../PayoutSamples.ts"
import * as Samples from "../Samples.ts"
import * as Clients from "./Clients.ts"
import type { Kind, Step } from "./steps.ts"
import type { World } from "./World.ts"

/** A world, and what its clients have heard. */
export interface Running extends World {
  readonly heard: ReadonlyArray<Clients.Heard>
}

const methods = [
  { payment_method: { type: "pix", expires_in: 3600 } },
  { payment_method: { type: "pix", expires_in: 600 } },
  { payment_method: { type: "boleto" } },
  { payment_method: { type: "bolepix" } },
  { payment_method: { type: "card" } },
  { payment_method: { type: "pix" }, currency: Samples.usd }
] as const

/** The places of the providers that are asked first for each of them. */
const firstAsked = [0, 0, 1, 1, 0, 2] as const

/** What the key of a number asks for, always the same; another amount where it is `changed`. */
const invoiceRequest = (owner: number, key: number, changed: boolean) =>
  Samples.request({
    amount: Amount.make(12310 + key + (changed ? 1 : 0)),
    contractor_reference: Clients.referenceOf(owner, "invoice", key),
    cost_center: `CC-${key % 3}`,
    ...methods[key % methods.length]
  })

const isAbroad = (key: number): boolean => key % 3 === 2

const payoutRequest = (owner: number, key: number, changed: boolean) =>
  (isAbroad(key) ? PayoutSamples.abroad : PayoutSamples.request)({
    amount: Amount.make(50000 + key + (changed ? 1 : 0)),
    contractor_reference: Clients.referenceOf(owner, "payout", key),
    cost_center: `CC-${key % 3}`
  })

const keyed = (key: string, path: string, body: unknown): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", path, body)
})

const create = ({ clients }: World, of: Kind, owner: number, key: number, changed = false) =>
  Effect.gen(function* () {
    const by = clients[owner]!.owner
    const name = Clients.referenceOf(owner, of, key)
    if (of === "invoice") {
      const request = invoiceRequest(owner, key, changed)
      return yield* Invoices.create(by, keyed(name, "/invoices", request), request)
    }
    const request = payoutRequest(owner, key, changed)
    return yield* Payouts.create(by, keyed(name, "/payouts", request), request)
  })

/** How a run by a process ends that dies at a place; at 0 it lives. */
export const dying = Effect.fnUntraced(function* <A, E, R>(at: number, run: Effect.Effect<A, E, R>) {
  const crashes = yield* Crashes.make(at)
  return yield* run.pipe(
    Effect.provideService(InvoiceStore, crashes.store(yield* InvoiceStore)),
    Effect.provideService(PayoutStore, crashes.payoutStore(yield* PayoutStore)),
    Effect.provideService(AccountRefusals, crashes.refusals(yield* AccountRefusals)),
    Effect.provideService(Drivers, (yield* Drivers).map(crashes.driver)),
    Effect.exit
  )
})

/** Sends a creation, whatever becomes of it. */
export const send = Effect.fnUntraced(function* (running: Running, of: Kind, owner: number, key: number, dies = 0) {
  const exit = yield* running.time.patiently(dying(dies, create(running, of, owner, key)))
  return Clients.hear(running.heard[owner]!, Clients.referenceOf(owner, of, key), exit)
})

/** Sends a creation, its first provider having been told what to answer; not where the key has its answer, which nobody asks for. */
export const sendScripted = Effect.fnUntraced(function* (
  running: Running,
  step: Extract<Step, { readonly do: "invoice" | "payout" }>
) {
  const { dies, do: of, key, owner } = step
  if ((running.heard[owner]!.keys.get(Clients.referenceOf(owner, of, key)) ?? null) === null) {
    const { charges, transfers } = running.providers
    if (step.do === "invoice") yield* charges[firstAsked[key % firstAsked.length]!]!.next(...step.answers)
    else yield* transfers[isAbroad(key) ? 1 : 0]!.next(...step.answers)
  }
  return yield* send(running, of, owner, key, dies)
})

/** Sends many creations at once. What they were told is heard in the only order that it can have been said in. */
export const sendTogether = Effect.fnUntraced(function* (
  running: Running,
  of: Kind,
  owner: number,
  keys: ReadonlyArray<number>
) {
  const exits = yield* running.time.patiently(
    Effect.forEach(keys, (key) => Effect.exit(create(running, of, owner, key)), { concurrency: "unbounded" })
  )
  const turn = (exit: (typeof exits)[number]) => (Exit.isFailure(exit) ? 0 : exit.value.replayed ? 2 : 1)
  return exits
    .map((exit, place) => ({ exit, reference: Clients.referenceOf(owner, of, keys[place]!) }))
    .toSorted((a, b) => turn(a.exit) - turn(b.exit))
    .flatMap(({ exit, reference }) => Clients.hear(running.heard[owner]!, reference, exit))
})

/** Sends another body under a key that is known: it is refused, whatever has become of the key. */
export const reuse = Effect.fnUntraced(function* (running: Running, of: Kind, owner: number, key: number) {
  const reference = Clients.referenceOf(owner, of, key)
  if ((running.heard[owner]!.keys.get(reference) ?? null) === null) return []
  const exit = yield* running.time.patiently(Effect.exit(create(running, of, owner, key, true)))
  return Exit.isSuccess(exit)
    ? [`${reference}: answered to another body`]
    : Clients.judge(`${reference} with another body`, exit, "IdempotencyKeyReused")
})

/** The one that many places back, around to the newest again. */
export const fromTheEnd = <A>(all: ReadonlyArray<A>, place: number): A | undefined =>
  all.length === 0 ? undefined : all[all.length - 1 - (place % all.length)]

const byNumber = (a: { readonly ourNumber: string }, b: { readonly ourNumber: string }): number =>
  a.ourNumber < b.ourNumber ? -1 : 1

const recent = { limit: 50 }

export const invoiceAt = Effect.fnUntraced(function* ({ clients }: World, owner: number, place: number) {
  const { data } = yield* (yield* InvoiceStore).list(clients[owner]!.owner, {}, recent)
  return fromTheEnd(data.toSorted(byNumber), place)
})

export const payoutAt = Effect.fnUntraced(function* ({ clients }: World, owner: number, place: number) {
  const { data } = yield* (yield* PayoutStore).list(clients[owner]!.owner, {}, recent)
  return fromTheEnd(data.toSorted(byNumber), place)
})

const mayFail = [
  "InvalidState",
  "OperationInProgress",
  "ProviderError",
  "IdempotencyInProgress",
  "IdempotencyKeyReused",
  "PayoutNotCancelable"
]

/** Cancels an invoice or a payout, or tries to. */
export const cancel = Effect.fnUntraced(function* (running: Running, step: Extract<Step, { readonly do: "cancel" }>) {
  const { answers, dies, key, of, owner, place } = step
  const by = running.clients[owner]!.owner
  const { charges, transfers } = running.providers
  const { canceled } = running.heard[owner]!
  const keyOf = (id: string) => keyed(`cancel-${of}-${key}`, `/${of}s/${id}/cancel`, {})
  const judged = (
    { id, ourNumber }: { readonly id: string; readonly ourNumber: string },
    exit: Exit.Exit<unknown, unknown>
  ) => {
    if (Exit.isSuccess(exit)) canceled.add(id)
    return Clients.judge(`Canceling ${ourNumber}`, exit, ...mayFail)
  }
  if (of === "invoice") {
    const found = yield* invoiceAt(running, owner, place)
    if (found === undefined) return []
    yield* Effect.forEach(charges, ({ nextOperations }) => nextOperations(...answers))
    const run = Cancellation.cancel(by, keyOf(found.id), found.id)
    return judged(found, yield* running.time.patiently(dying(dies, run)))
  }
  const found = yield* payoutAt(running, owner, place)
  if (found === undefined) return []
  yield* Effect.forEach(transfers, ({ nextCancels }) => nextCancels(...answers))
  const run = PayoutCancellation.cancel(by, keyOf(found.id), found.id)
  return judged(found, yield* running.time.patiently(dying(dies, run)))
})

/** An operator gives a payment back, or tries to. */
export const refund = Effect.fnUntraced(function* (running: Running, step: Extract<Step, { readonly do: "refund" }>) {
  const { answers, dies, owner, place } = step
  const found = yield* invoiceAt(running, owner, place)
  if (found === undefined) return []
  yield* Effect.forEach(running.providers.charges, ({ nextOperations }) => nextOperations(...answers))
  const by = running.clients[owner]!.owner
  const exit = yield* running.time.patiently(dying(dies, Refunds.refund(by, found.id)))
  return Clients.judge(`Refunding ${found.ourNumber}`, exit, ...mayFail)
})
