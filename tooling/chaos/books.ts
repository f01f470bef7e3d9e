/**
 * The providers' books in the auditor's words. Which operations there are is asked of the simulators' control endpoints, what each
 * has become is read by the drivers, past the proxy; whether they read it right is proven by the simulators' own balances.
 */
import { ChargeAttempt, Provider, Store } from "@salesos/core"
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
  const attempts = [...store.invoices, ...store.payouts].flatMap((each) => [...each.attempts])
  const read = yield* Effect.forEach(yield* accountsOf(world, tenant), ({ account, driver, name }) =>
    Effect.gen(function* () {
      const newest = yield* Simulators.operations(url, tenant.number, name)
      const known = new Set(newest.map(({ reference }) => reference))
      // A list shows a thousand.
      const older = yield* Effect.forEach(
        attempts.filter(({ account: of, reference }) => of === name && !known.has(reference)),
        ({ reference }) => Simulators.operations(url, tenant.number, name, reference)
      )
      const rows = [...newest, ...older.flat()]
      const charges = yield* Effect.forEach(
        rows.filter(({ kind }) => kind === "charge"),
        (row) =>
          Effect.map(driver.getCharge(account, row.id), (seen): Facts["charges"][number] => {
            const attempt = store.invoices
              .flatMap((invoice) => invoice.attempts)
              .find((each) => each.account === name && each.reference === row.reference)
            // Some providers never show again what a payer needs.
            const artifact = seen.artifact ?? attempt?.artifact ?? null
            return {
              account: name,
              charge: {
                id: row.id,
                account: name,
                reference: ChargeAttempt.ProviderReference.make(row.reference),
                money: seen.money,
                method: attempt?.leg ?? "pix",
                dueDate: null,
                status: seen.status,
                copyPaste: artifact?.type === "pix" ? artifact.copyPaste : null,
                expiresAt: seen.expiresAt ?? far,
                canceledAt: seen.canceledAt ?? null,
                payments: seen.payments,
                reversals: seen.reversals ?? [],
                createdAt: attempt?.createdAt ?? far
              }
            }
          }),
        { concurrency: 4 }
      )
      const transfers = yield* Effect.forEach(
        rows.filter(({ kind }) => kind === "payout"),
        (row) =>
          Effect.map(driver.payouts!.get(account, row.id), (seen): Facts["transfers"][number] => ({
            account: name,
            feeMode: driver.facts.payoutFee ?? "deducted",
            transfer: {
              id: row.id,
              account: name,
              reference: ChargeAttempt.ProviderReference.make(row.reference),
              money: seen.money,
              status: seen.status,
              deliveries: seen.deliveries,
              returns: seen.returns,
              createdAt: far
            }
          })),
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
