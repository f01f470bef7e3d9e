/**
 * The providers' books in the auditor's words. Which operations there are is asked of the simulators' control endpoints, what each
 * has become is read by the drivers, past the proxy; whether they read it right is proven by the simulators' own balances.
 */
import { Provider, Store } from "@salesos/core"
import { Auditor } from "@salesos/core/testing"
import type { Facts } from "@salesos/core/testing/audit/facts"
import { DateTime, Effect } from "effect"
import * as Simulators from "./simulators.ts"
import type { Tenant, World } from "./world.ts"

const far = DateTime.makeUnsafe("9999-01-01T00:00:00Z")

/** What reading the books needs: drivers, and where the accounts are. */
export type Readers = Provider.Drivers | Store.Tenants

/** A tenant's accounts with their drivers, as they are reached past the proxy. */
export const accountsOf = Effect.fnUntraced(function* ({ proxy, simulators }: World, { owner }: Tenant) {
  const { accounts } = yield* (yield* Store.Tenants).profile(owner)
  const drivers = yield* Provider.Drivers
  return Simulators.providers.map((name) => {
    const account = accounts.find((each) => each.name === name)!
    const baseUrl = account.settings["baseUrl"]!.replace(proxy.url, simulators.url)
    return {
      name,
      driver: drivers.find((each) => each.name === name)!,
      account: { ...account, settings: { ...account.settings, baseUrl } }
    }
  })
})

/** Everything in the books that was made with a tenant's accounts. `store` names the references that may be there. */
export const read = Effect.fnUntraced(function* (
  world: World,
  tenant: Tenant,
  store: Pick<Facts, "invoices" | "payouts">
) {
  const { url } = world.simulators
  const attempts = store.invoices.flatMap((each) => [...each.attempts])
  const sent = [...attempts, ...store.payouts.flatMap((each) => [...each.attempts])]
  const read = yield* Effect.forEach(yield* accountsOf(world, tenant), ({ account, driver, name }) =>
    Effect.gen(function* () {
      const newest = yield* Simulators.operations(url, tenant.number, name)
      const known = new Set(newest.map(({ reference }) => reference))
      // A list shows a thousand.
      const older = yield* Effect.forEach(
        sent.filter(({ account: of, reference }) => of === name && !known.has(reference)),
        ({ reference }) => Simulators.operations(url, tenant.number, name, reference)
      )
      const rows = [...newest, ...older.flat()]
      const ofKind = (wanted: Simulators.Row["kind"]) =>
        rows.flatMap(({ id, kind, reference }) => (kind === wanted ? [{ account: name, id, reference }] : []))
      const charges = yield* Effect.forEach(
        ofKind("charge"),
        (row) => Effect.map(driver.getCharge(account, row.id), (seen) => Auditor.observedCharge(row, seen, attempts)),
        { concurrency: 4 }
      )
      const transfers = yield* Effect.forEach(
        ofKind("payout"),
        (row) =>
          Effect.map(driver.payouts!.get(account, row.id), (seen) =>
            Auditor.observedTransfer(row, seen, driver.facts.payoutFee!)
          ),
        { concurrency: 4 }
      )
      return { charges, transfers }
    })
  )
  const issued = yield* world.authority.documents(tenant.number)
  const authority: Facts["authorities"][number] = {
    account: "nfse",
    fee: 0,
    issued: issued.map(({ accessKey, canceled, reference }) => ({
      account: "nfse",
      reference,
      documentNumber: accessKey,
      accessKey,
      status: canceled ? "canceled" : "issued",
      issuedAt: far,
      canceledAt: canceled ? far : null,
      reason: null
    })),
    sent: []
  }
  return {
    charges: read.flatMap(({ charges }) => charges),
    transfers: read.flatMap(({ transfers }) => transfers),
    authorities: [authority]
  }
})

/** What each simulator says its account holds, in minor units, where it keeps a balance. */
export const balances = Effect.fnUntraced(function* (world: World, tenant: Tenant) {
  const held = yield* Effect.forEach(yield* accountsOf(world, tenant), ({ account, driver, name }) =>
    driver.readBalance === undefined
      ? Effect.succeed([])
      : Effect.map(driver.readBalance(account), (all) =>
          all.map(({ available, currency, waitingFunds }) => ({
            name: `${name} in ${currency}`,
            held: available + (waitingFunds ?? 0)
          }))
        )
  )
  return new Map(held.flat().map((each) => [each.name, each.held]))
})
