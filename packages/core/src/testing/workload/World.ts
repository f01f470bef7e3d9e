/** Where a workload happens: owners of several tenants, the books of their providers, and a clock that can be moved. */
import { type Duration, Effect, Option } from "effect"
import type { Owner } from "../../models/Owner.ts"
import type { StoreUnavailable } from "../../ports/Operations.ts"
import type { ChargeCapability, Driver } from "../../ports/Provider.ts"
import type { Providers } from "../Auditor.ts"
import * as FakePayouts from "../FakePayouts.ts"
import * as FakeProvider from "../FakeProvider.ts"
import { usd } from "../Samples.ts"
import { TestOwners } from "../TestOwners.ts"

/** The time that a store and its users live in. */
export interface Time {
  /** Moves the clock on. */
  readonly pass: (time: Duration.Input) => Effect.Effect<void>
  /** Waits for something that may itself wait for time to pass. */
  readonly patiently: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export interface Client {
  readonly owner: Owner
  /** The token of the owner's first notification address; null of owners that have been told none. */
  readonly notificationToken: string | null
}

export interface World {
  readonly clients: ReadonlyArray<Client>
  readonly providers: Required<Pick<Providers, "charges" | "transfers">>
  readonly time: Time
}

const boleto: ChargeCapability = { ...FakeProvider.pix, method: "boleto", maximumExpirySeconds: null }
const card: ChargeCapability = { ...FakeProvider.pix, method: "card", card: "link" }

/** One driver that does what both do. */
const both = (charges: Driver, transfers: Driver): Driver => ({
  ...charges,
  capabilities: [...charges.capabilities, ...transfers.capabilities],
  facts: { ...charges.facts, ...transfers.facts },
  ...(transfers.payouts === undefined ? {} : { payouts: transfers.payouts }),
  readNotification: (...given) =>
    Effect.zipWith(charges.readNotification(...given), transfers.readNotification(...given), (named, paid) =>
      Option.zipWith(named, paid, (a, b) => ({ ...a, payouts: b.payouts }))
    )
})

/**
 * Three providers: one that shows artifacts again and takes cards, one that does not and also pays (its fee deducted), and one
 * that charges in dollars and pays abroad (its fee on top).
 */
export const openProviders = Effect.gen(function* () {
  const infrapsp = yield* FakeProvider.make({ name: "infrapsp", capabilities: [FakeProvider.pix, card] })
  const sellxpay = yield* FakeProvider.make({
    name: "sellxpay",
    capabilities: [FakeProvider.pix, boleto],
    lookupsShowArtifact: false
  })
  const usdbrl = yield* FakeProvider.make({
    name: "usdbrl",
    capabilities: [{ ...FakeProvider.pix, currency: usd }],
    operates: false
  })
  const home = yield* FakePayouts.make({ name: "sellxpay", feeMode: "deducted" })
  const abroad = yield* FakePayouts.make({ name: "usdbrl", feeMode: "on_top", capabilities: [FakePayouts.abroad] })
  return {
    drivers: [infrapsp.driver, both(sellxpay.driver, home.driver), both(usdbrl.driver, abroad.driver)],
    providers: { charges: [infrapsp, sellxpay, usdbrl], transfers: [home, abroad] }
  }
})

/** Both environments of so many new tenants, each with an account at every provider; one in three gives late payments back. */
export const open = Effect.fnUntraced(function* (
  tenants: number,
  providers: Required<Pick<Providers, "charges" | "transfers">>,
  time: Time
) {
  const { fresh } = yield* TestOwners
  const names = providers.charges.map(({ driver }) => driver.name)
  const clients = yield* Effect.forEach(
    Array.from({ length: tenants }, (_, place) => (place % 3 === 1 ? "refund" : "accept")),
    (latePayments): Effect.Effect<ReadonlyArray<Client>, StoreUnavailable> =>
      Effect.map(fresh(names, latePayments), ({ live, notificationToken, sandbox }) => [
        { owner: sandbox, notificationToken },
        { owner: live, notificationToken: null }
      ])
  )
  return { clients: clients.flat(), providers, time } satisfies World
})
