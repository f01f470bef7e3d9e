/**
 * The providers' own books, for the auditor: what a simulator lists of itself, each row read through its driver. Nothing of it
 * comes from our store.
 */
import { type Owner, ProviderCalls, Store, TaxIssuer } from "@salesos/core"
import { Auditor, MemoryProviderCalls } from "@salesos/core/testing"
import * as InfraPspDriver from "@salesos/provider-infrapsp"
import * as SellxPayDriver from "@salesos/provider-sellxpay"
import { Effect, Layer, Option, Schema } from "effect"
import * as BankDriver from "./bank/Driver.ts"

/** What the simulators list of themselves. */
export interface Listed {
  readonly charges: ReadonlyArray<Auditor.ListedOperation>
  readonly transfers: ReadonlyArray<Auditor.ListedOperation>
  readonly documents: ReadonlyArray<{
    readonly accessKey: string
    readonly reference: string
    readonly canceled: boolean
  }>
}

const Name = Schema.NullOr(Schema.String)
export const InfraPsp = Schema.Struct({
  transactions: Schema.Array(Schema.Struct({ id: Schema.String, externalId: Name, preTransactionId: Name }))
})
export const Links = Schema.Struct({
  preTransactions: Schema.Array(Schema.Struct({ id: Schema.String, externalId: Name }))
})
export const SellxPay = Schema.Struct({
  transactions: Schema.Array(Schema.Struct({ id: Schema.String, external_id: Name, type: Schema.String }))
})
export const Bank = Schema.Struct({
  transfers: Schema.Array(Schema.Struct({ id: Schema.String, reference: Schema.String }))
})
export const Documents = Schema.Struct({
  documents: Schema.Array(
    Schema.Struct({ accessKey: Schema.String, reference: Schema.String, canceled: Schema.Boolean })
  )
})

/** Drivers for whoever looks behind the scenes: they take no call from those whom they watch. */
const watching = Effect.all([InfraPspDriver.make, SellxPayDriver.make, BankDriver.make]).pipe(
  Effect.provide(
    Layer.merge(
      MemoryProviderCalls.accessTokens,
      Layer.succeed(ProviderCalls.Pacing, { place: () => Effect.void, pause: () => Effect.void })
    )
  )
)

/** What the auditor compares with the store. */
export const read = Effect.fnUntraced(function* (
  owner: Owner.Owner,
  listed: Listed,
  invoices: Auditor.Facts["invoices"]
) {
  const { accounts } = yield* (yield* Store.Tenants).profile(owner)
  const drivers = yield* watching
  const via = (name: string) => {
    const account = accounts.find((each) => each.name === name)
    const driver = drivers.find((each) => each.name === name)
    if (account === undefined || driver === undefined) throw new Error(`There is no account ${name}`)
    return { account, driver }
  }
  const attempts = invoices.flatMap((invoice) => [...invoice.attempts])
  const charges = yield* Effect.forEach(listed.charges, (row) => {
    const { account, driver } = via(row.account)
    // Only where a provider tells once what to pay with there is nothing left to compare ours with.
    const isShown = driver.capabilities.some(
      (each) => each.direction === "charge" && each.method === "pix" && each.features.includes("artifact_in_lookup")
    )
    return Effect.map(driver.getCharge(account, row.id), (seen) =>
      Auditor.observedCharge(row, seen, isShown ? [] : attempts)
    )
  })
  const transfers = yield* Effect.forEach(listed.transfers, (row) => {
    const { account, driver } = via(row.account)
    if (driver.payouts === undefined) return Effect.die(new Error(`${row.account} pays nobody`))
    return Effect.map(driver.payouts.get(account, row.id), (seen) =>
      Auditor.observedTransfer(row, seen, driver.facts.payoutFee!)
    )
  })
  const issuer = (yield* TaxIssuer.TaxIssuers)[0]
  const issued = accounts.find((each) => each.provider === issuer?.name)
  const documents = yield* Effect.forEach(listed.documents, ({ accessKey, canceled, reference }) =>
    Effect.gen(function* () {
      if (issuer === undefined || issued === undefined) return yield* Effect.die(new Error("Nobody issues documents"))
      const seen = Option.getOrThrow(yield* issuer.find(issued, reference))
      return {
        account: issued.name,
        reference,
        documentNumber: seen.documentNumber,
        accessKey,
        status: canceled ? ("canceled" as const) : ("issued" as const),
        issuedAt: seen.issuedAt,
        canceledAt: seen.canceledAt,
        reason: null
      }
    })
  )
  return {
    charges,
    transfers,
    authorities: issued === undefined ? [] : [{ account: issued.name, fee: 0, issued: documents, sent: [] }]
  }
})

/** What an account holds by its provider; nothing where it does not tell. */
export const balance = Effect.fnUntraced(function* (owner: Owner.Owner, name: string) {
  const { accounts } = yield* (yield* Store.Tenants).profile(owner)
  const account = accounts.find((each) => each.name === name)
  const driver = (yield* watching).find((each) => each.name === name)
  if (account === undefined || driver?.readBalance === undefined) return 0n
  const told = yield* driver.readBalance(account)
  return told.reduce((sum, { available, waitingFunds }) => sum + BigInt(available + (waitingFunds ?? 0)), 0n)
})
