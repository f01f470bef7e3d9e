/** Carrying out the steps of a workload: what each finds wrong by itself. */
import { Duration, Effect, Exit } from "effect"
import type { AccountRefusals } from "../../ports/AccountRefusals.ts"
import type { Drivers } from "../../ports/Provider.ts"
import type { Settings } from "../../ports/Settings.ts"
import { InvoiceStore, Notifications, PayoutStore, Statement, Tenants } from "../../ports/Store.ts"
import type { TaxIssuers } from "../../ports/TaxIssuer.ts"
import * as Invoices from "../../usecases/Invoices.ts"
import * as Lookups from "../../usecases/Lookups.ts"
import * as Inbound from "../../usecases/Notifications.ts"
import * as PayoutLookups from "../../usecases/PayoutLookups.ts"
import * as Payouts from "../../usecases/Payouts.ts"
import * as Statements from "../../usecases/Statements.ts"
import * as FakeProvider from "../FakeProvider.ts"
import type { StoreInspection } from "../StoreInspection.ts"
import * as Clients from "./Clients.ts"
import * as AtProviders from "./providers.ts"
import * as Requests from "./requests.ts"
import type { Step } from "./steps.ts"
import type { World } from "./World.ts"

/** What the use cases need, and what the auditor reads besides. */
export type Services =
  | InvoiceStore
  | PayoutStore
  | Statement
  | Tenants
  | Notifications
  | AccountRefusals
  | Drivers
  | TaxIssuers
  | Settings
  | StoreInspection

/** What a worker does about everything that is due. Gives how much that was. */
export const work = Effect.gen(function* () {
  const charges = yield* (yield* InvoiceStore).takeDue(100, Duration.minutes(1))
  const payouts = yield* (yield* PayoutStore).takeDue(100, Duration.minutes(1))
  yield* Effect.forEach(charges, Lookups.lookUp, { discard: true })
  yield* Effect.forEach(payouts, PayoutLookups.lookUp, { discard: true })
  return charges.length + payouts.length
})

/** Tells all accounts of an owner, as their providers would, to look at charges and transfers. */
export const notify = Effect.fnUntraced(function* (
  { clients }: World,
  owner: number,
  dedupeKey: string,
  charges: ReadonlyArray<string>,
  payouts: ReadonlyArray<string>
) {
  const by = clients[owner]!.owner
  const { accounts } = yield* (yield* Tenants).profile(by)
  const { receive } = yield* Notifications
  const body = FakeProvider.notification(dedupeKey, ...charges)
  for (const { name } of accounts) {
    yield* receive({ owner: by, account: name, dedupeKey, charges, payouts, endToEndIds: {}, body })
  }
})

/** Notifications of all sorts: forged ones, at addresses that are nobody's, and repeated ones of what may be another's. */
const hint = Effect.fnUntraced(function* (world: World, step: Extract<Step, { readonly do: "notify" }>) {
  const { id, named, owner } = step
  const [charges, transfers] = [yield* AtProviders.chargesOf(world), yield* AtProviders.transfersOf(world)]
  const idsOf = (all: ReadonlyArray<{ readonly id: string }>) =>
    named.flatMap((place) => Requests.fromTheEnd(all, place)?.id ?? [])
  yield* notify(world, owner, `n${id}`, idsOf(charges), idsOf(transfers))
  const { notificationToken } = world.clients[owner]!
  if (notificationToken === null) return []
  const provider = world.providers.charges[0]!.driver.name
  const body = FakeProvider.notification(`m${id}`, ...idsOf(charges))
  yield* Inbound.receive(provider, notificationToken, {}, body)
  yield* Inbound.receive(provider, notificationToken, {}, body.slice(1))
  const exit = yield* Effect.exit(Inbound.receive(provider, `${notificationToken}x`, {}, body))
  return Exit.isSuccess(exit)
    ? ["A notification was taken at an address that is nobody's"]
    : Clients.judge("A forged notification", exit, "NotFound")
})

/** What another owner has is not there for this one. */
const spy = Effect.fnUntraced(function* (world: World, { other, owner }: Extract<Step, { readonly do: "spy" }>) {
  if (other === owner) return []
  const by = world.clients[owner]!.owner
  const theirs = world.clients[other]!.owner
  const page = { limit: 20 }
  const invoices = yield* (yield* InvoiceStore).list(theirs, {}, page)
  const payouts = yield* (yield* PayoutStore).list(theirs, {}, page)
  const rows = yield* (yield* Statement).list(theirs, {}, page)
  const reads = [
    ...invoices.data.map(({ id }) => [id, Effect.asVoid(Invoices.get(by, id))] as const),
    ...payouts.data.map(({ id }) => [id, Effect.asVoid(Payouts.get(by, id))] as const),
    ...rows.data.map(({ id }) => [id, Effect.asVoid(Statements.get(by, id))] as const)
  ]
  let findings: ReadonlyArray<string> = []
  for (const [id, read] of reads) {
    const exit = yield* Effect.exit<void, unknown, Services>(read)
    const shown = Exit.isSuccess(exit) ? [`${id} was shown to another owner`] : []
    findings = [...findings, ...shown, ...Clients.judge(`Reading ${id}`, exit, "NotFound")]
  }
  return findings
})

const none = Effect.as([])

/** Carries a step out, and says what is wrong with how it went. */
export const perform = (running: Requests.Running, step: Step) =>
  Effect.gen(function* () {
    switch (step.do) {
      case "invoice":
      case "payout":
        return yield* Requests.sendScripted(running, step)
      case "crowd": {
        const keys = Array.from({ length: step.times }, () => step.key)
        return yield* Requests.sendTogether(running, step.of, step.owner, keys)
      }
      case "rush": {
        const keys = Array.from({ length: step.times }, (_, place) => step.key + place)
        return yield* Requests.sendTogether(running, step.of, step.owner, keys)
      }
      case "reuse":
        return yield* Requests.reuse(running, step.of, step.owner, step.key)
      case "cancel":
        return yield* Requests.cancel(running, step)
      case "refund":
        return yield* Requests.refund(running, step)
      case "pay":
        return yield* none(AtProviders.withCharge(running, step.charge, AtProviders.pay(step.how)))
      case "end":
        return yield* none(
          AtProviders.withCharge(running, step.charge, ({ id, provider }) => provider.end(id, step.reason))
        )
      case "reverse":
        return yield* none(AtProviders.withCharge(running, step.charge, AtProviders.reverse(step)))
      case "tellFee":
        return yield* none(
          AtProviders.withCharge(running, step.charge, ({ id, provider }) => provider.tellFee(id, step.fee))
        )
      case "deliver":
        return yield* none(AtProviders.withTransfer(running, step.transfer, AtProviders.deliver(step.fee)))
      case "giveBack":
        return yield* none(AtProviders.withTransfer(running, step.transfer, AtProviders.giveBack))
      case "status":
        return yield* none(
          AtProviders.withTransfer(running, step.transfer, ({ id, provider }) => provider.setStatus(id, step.status))
        )
      case "tellPayoutFee":
        return yield* none(
          AtProviders.withTransfer(running, step.transfer, ({ id, provider }) => provider.tellFee(id, step.fee))
        )
      case "notify":
        return yield* hint(running, step)
      case "work": {
        for (const { nextLookups } of [...running.providers.charges, ...running.providers.transfers]) {
          yield* nextLookups(...step.answers)
        }
        const exit = yield* running.time.patiently(Requests.dying(step.dies, work))
        return Clients.judge("A worker's round", exit)
      }
      case "pass":
        return yield* none(running.time.pass(Duration.seconds(step.seconds)))
      case "spy":
        return yield* spy(running, step)
    }
  })
