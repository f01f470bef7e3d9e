/** Where a race is run: a new tenant with an account at a provider of each kind, whose books are its own, and a receiver of webhooks. */
import { type Context, Duration, Effect, Layer } from "effect"
import type * as Delivery from "../../models/Delivery.ts"
import * as Idempotency from "../../models/Idempotency.ts"
import type { LatePayments } from "../../models/Invoice.ts"
import type { Owner } from "../../models/Owner.ts"
import { AccountLines } from "../../ports/AccountLines.ts"
import { AccountRefusals } from "../../ports/AccountRefusals.ts"
import { DeliveryQueue } from "../../ports/DeliveryQueue.ts"
import { Destinations } from "../../ports/Destinations.ts"
import { IdempotencyRecords } from "../../ports/IdempotencyRecords.ts"
import { Mails } from "../../ports/Mails.ts"
import { Drivers } from "../../ports/Provider.ts"
import { ReconciliationStore } from "../../ports/ReconciliationStore.ts"
import type { Settings } from "../../ports/Settings.ts"
import { InvoiceStore, Notifications, PayoutStore, type Statement, TaxStore, Tenants } from "../../ports/Store.ts"
import { TaxIssuers } from "../../ports/TaxIssuer.ts"
import { Webhooks } from "../../ports/Webhooks.ts"
import * as Deliveries from "../../usecases/Deliveries.ts"
import * as Lookups from "../../usecases/Lookups.ts"
import * as PayoutLookups from "../../usecases/PayoutLookups.ts"
import * as TaxSending from "../../usecases/TaxSending.ts"
import * as Auditor from "../Auditor.ts"
import * as FakeIssuer from "../FakeIssuer.ts"
import * as FakePayouts from "../FakePayouts.ts"
import * as FakeProvider from "../FakeProvider.ts"
import { StoreInspection } from "../StoreInspection.ts"
import { TestOwners } from "../TestOwners.ts"
import type { Turn } from "./Turns.ts"

/** The ports to storage that a race needs. Whoever is called besides is the race's own. */
export type Stored =
  | InvoiceStore
  | PayoutStore
  | TaxStore
  | Statement
  | Tenants
  | Notifications
  | AccountRefusals
  | AccountLines
  | ReconciliationStore
  | IdempotencyRecords
  | Mails
  | Webhooks
  | DeliveryQueue
  | Settings
  | StoreInspection
  | TestOwners

/** What the use cases find in a race. */
export type Services = Stored | Drivers | TaxIssuers | Destinations

/** The time of a store. */
export interface Time {
  readonly pass: (time: Duration.Input) => Effect.Effect<void>
  /** What a call costs; nothing where time passes by itself. */
  readonly tick: Effect.Effect<void>
}

export interface World {
  readonly time: Time
  readonly owner: Owner
  readonly notificationToken: string
  /** Collects by PIX. */
  readonly infrapsp: FakeProvider.FakeProvider
  /** Pays by PIX and, after it has waited for funds, abroad. */
  readonly sellxpay: FakePayouts.FakePayouts
  /** Issues NFS-e. */
  readonly nfse: FakeIssuer.FakeIssuer
  /** What the receiver of webhooks has got. It takes everything. */
  readonly received: Array<Delivery.Outgoing>
}

/** What a world may be besides. */
export interface Options {
  readonly latePayments?: LatePayments
}

/** Runs something in a world of its own. */
export const inWorld = Effect.fnUntraced(function* <A, E>(
  time: Time,
  { latePayments = "accept" }: Options,
  run: (world: World) => Effect.Effect<A, E, Services>
) {
  const infrapsp = yield* FakeProvider.make({ name: "infrapsp" })
  const sellxpay = yield* FakePayouts.make({ name: "sellxpay", capabilities: [FakePayouts.pix, FakePayouts.abroad] })
  const nfse = yield* FakeIssuer.make({ name: "nfse" })
  const { fresh } = yield* TestOwners
  const { notificationToken, sandbox: owner } = yield* fresh(["infrapsp", "sellxpay", "nfse"], latePayments)
  return yield* Effect.provide(
    run({ time, owner, notificationToken, infrapsp, sellxpay, nfse, received: [] }),
    Layer.mergeAll(
      Layer.succeed(Drivers, [infrapsp.driver, sellxpay.driver]),
      Layer.succeed(TaxIssuers, [nfse.issuer]),
      Layer.succeed(Destinations, { refusal: () => Effect.succeed(null) })
    )
  )
})

/** Everything that is called, one call at a turn. What nobody changes in a race, its tenant's profile, is read whenever. */
export const holding = (turn: Turn) =>
  Layer.unwrap(
    Effect.map(Effect.context<Services>(), (ports) => {
      const held = <I extends Services, P extends object>(name: string, port: Context.Service<I, P>) =>
        Layer.effect(
          port,
          Effect.map(port, (found) => turn.hold(name, found))
        )
      return Layer.mergeAll(
        held("invoices", InvoiceStore),
        held("payouts", PayoutStore),
        held("taxes", TaxStore),
        held("notifications", Notifications),
        held("refusals", AccountRefusals),
        held("lines", AccountLines),
        held("reconciliations", ReconciliationStore),
        held("keys", IdempotencyRecords),
        held("mails", Mails),
        held("webhooks", Webhooks),
        held("deliveries", DeliveryQueue),
        Layer.effect(
          Drivers,
          Effect.map(Drivers, (all) => all.map((driver) => turn.hold(driver.name, driver)))
        ),
        Layer.effect(
          TaxIssuers,
          Effect.map(TaxIssuers, (all) => all.map((issuer) => turn.hold(issuer.name, issuer)))
        )
      ).pipe(Layer.provide(Layer.succeedContext(ports)))
    })
  )

/** A key with the fingerprint of a body that is the same for every use of it. */
export const keyed = (key: string): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/races", key)
})

/** Receives what is sent. */
export const receive =
  ({ received }: World): Deliveries.Send<never> =>
  (outgoing) =>
    Effect.sync(() => {
      received.push(outgoing)
      return { status: 200, excerpt: "", duration: Duration.millis(1) }
    })

const ofOwner =
  ({ owner }: World) =>
  (each: { readonly owner: Owner }): boolean =>
    each.owner.tenant === owner.tenant

/** A worker's round of look-ups: of charges, of payouts, of tax documents. Others' work is left. */
export const lookUpCharges = Effect.fnUntraced(function* (world: World) {
  const due = yield* (yield* InvoiceStore).takeDue(100, Duration.minutes(1))
  yield* Lookups.lookUpAll(due.filter(ofOwner(world)))
})
export const lookUpPayouts = Effect.fnUntraced(function* (world: World) {
  const due = yield* (yield* PayoutStore).takeDue(100, Duration.minutes(1))
  yield* PayoutLookups.lookUpAll(due.filter(ofOwner(world)))
})
export const sendDocuments = Effect.fnUntraced(function* (world: World) {
  const due = yield* (yield* TaxStore).takeDue(100, Duration.minutes(1))
  yield* Effect.forEach(due.filter(ofOwner(world)), TaxSending.seeTo, { discard: true })
})

/** A worker's round of deliveries. */
export const deliver = Effect.fnUntraced(function* (world: World, send: Deliveries.Send<never> = receive(world)) {
  const visits = yield* Deliveries.take("prompt", 100, [])
  yield* Effect.forEach(visits.filter(ofOwner(world)), (visit) => Deliveries.visit(visit, send), { discard: true })
})

/** Half a day of rounds, ever rarer, in which everything that workers see to is seen to. */
const rounds: ReadonlyArray<Duration.Input> = [
  "30 seconds",
  "1 minute",
  "2 minutes",
  "5 minutes",
  "10 minutes",
  "1 hour",
  "10 hours"
]

/** Lets workers do what they do by themselves, until there is nothing left. */
export const rest = Effect.fnUntraced(function* (world: World) {
  for (const time of rounds) {
    yield* world.time.pass(time)
    yield* lookUpCharges(world)
    yield* lookUpPayouts(world)
    yield* sendDocuments(world)
    yield* deliver(world)
  }
})

/** What the auditor finds. */
export const findings = ({ infrapsp, nfse, owner, sellxpay }: World, moment: Auditor.Moment) =>
  Auditor.findings(owner, { charges: [infrapsp], transfers: [sellxpay], issuers: [nfse] }, moment)

/** The types of the events that an owner was told, in order. */
export const events = ({ owner }: World) =>
  Effect.gen(function* () {
    return (yield* (yield* StoreInspection).events(owner)).map(({ type }) => type)
  })
