/** What races about invoices begin with, and what is looked at when they are over. */
import { Effect, Schema } from "effect"
import type { Invoice } from "../../models/Invoice.ts"
import type { StatementType } from "../../models/Ledger.ts"
import { InvoiceStore, Statement } from "../../ports/Store.ts"
import * as Cancellation from "../../usecases/Cancellation.ts"
import * as Invoices from "../../usecases/Invoices.ts"
import * as Inbound from "../../usecases/Notifications.ts"
import { InvoiceId } from "../../values/Ids.ts"
import * as FakeProvider from "../FakeProvider.ts"
import * as Samples from "../Samples.ts"
import { answered, done, type Operation, type Said, unless } from "./race.ts"
import { events, keyed, lookUpCharges, type World } from "./World.ts"

/** Open for longer than a race takes. */
export const request = Samples.request({ payment_method: { type: "pix", expires_in: 24 * 3600 } })

const Made = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Struct({ id: InvoiceId })))

/** Creates an invoice by PIX. */
export const create = (world: World, wanted = request) => Invoices.create(world.owner, keyed("create"), wanted)

/** An open invoice, whose charge is the provider's first. */
export const open = (world: World, wanted = request) =>
  Effect.flatMap(create(world, wanted), ({ response }) => Effect.map(Made(response.body), ({ id }) => id))

export const charge = "infrapsp-1"

/** The provider tells that there is news of the charge, and a worker asks it. */
export const hear = Effect.fnUntraced(function* (world: World, id: string) {
  yield* Inbound.receive("infrapsp", world.notificationToken, {}, FakeProvider.notification(id, charge))
  yield* lookUpCharges(world)
})

/** An invoice that is paid, as is known. */
export const paid = (world: World, wanted = request) =>
  Effect.gen(function* () {
    const id = yield* open(world, wanted)
    yield* world.infrapsp.pay(charge)
    yield* hear(world, "paid")
    return id
  })

/** Cancels an invoice under a key. */
export const cancel = (world: World, id: InvoiceId, key = "cancel") =>
  Effect.map(Cancellation.cancel(world.owner, keyed(key), id), answered)

/** Something happens to the charge at its provider, and that is heard. */
export const heardOf = (
  world: World,
  name: string,
  { happens, what }: { readonly what: string; readonly happens: Effect.Effect<void> }
): Operation => ({
  name,
  run: ({ call }) => Effect.as(Effect.andThen(call(what, happens), hear(world, name)), done),
  may: ["done"]
})

/** The bank charges the payment back, and that is heard. */
export const chargedBack = (world: World): Operation =>
  heardOf(world, "chargeback", { what: "the bank charges back", happens: world.infrapsp.reverse(charge, "chargeback") })

export const invoicesOf = ({ owner }: World) =>
  Effect.gen(function* () {
    return (yield* (yield* InvoiceStore).list(owner, {}, { limit: 10 })).data
  })

/** The only invoice, and what is wrong where there are others. */
export const theInvoice = (world: World) =>
  Effect.flatMap(invoicesOf(world), ([one, ...others]) =>
    one === undefined || others.length > 0
      ? Effect.die(new Error(`There are ${1 + others.length} invoices`))
      : Effect.succeed(one)
  )

/** What is wrong where the statement's rows are not of these types, by name. */
export const booked = ({ owner }: World, ...types: ReadonlyArray<StatementType>) =>
  Effect.gen(function* () {
    const { data } = yield* (yield* Statement).list(owner, {}, { limit: 100 })
    const found = data
      .map(({ line }) => line.type)
      .toSorted()
      .join()
    return unless(found === types.join(), `booked ${found}`)
  })

/** What is wrong with how often something was told. */
export const told = (world: World, type: string, times: number) =>
  Effect.map(events(world), (all) => {
    const count = all.filter((each) => each === type).length
    return unless(count === times, `${type} was told ${count} times`)
  })

/** What is wrong with how often the provider was asked for something. */
export const asked = ({ infrapsp }: World, call: FakeProvider.Books["calls"][number], times: number) =>
  Effect.map(infrapsp.books, ({ calls }) => {
    const count = calls.filter((each) => each === call).length
    return unless(count === times, `${call} was called ${count} times`)
  })

/** How often the provider gave money back of its own or because it was asked. */
export const refunds = ({ infrapsp }: World) =>
  Effect.map(
    infrapsp.books,
    ({ charges }) => charges.flatMap(({ reversals }) => reversals).filter(({ kind }) => kind === "refund").length
  )

/** What is wrong where the only invoice is in another status. */
export const is = (world: World, status: Invoice["status"]) =>
  Effect.map(theInvoice(world), (invoice) => unless(invoice.status === status, `the invoice is ${invoice.status}`))

/** What is wrong where a key has not one answer. */
export const oneAnswer = (...said: ReadonlyArray<Said>): ReadonlyArray<string> => {
  const bodies = new Set(said.flatMap(({ body }) => body ?? []))
  return unless(bodies.size === 1, `${bodies.size} different answers`)
}
