/**
 * Which driver speaks for an attempt, and which issuer for a tax document, by the name of their provider account.
 */
import { Effect, Option } from "effect"
import type { Owner } from "../models/Owner.ts"
import { type Driver, Drivers, type ProviderAccount } from "../ports/Provider.ts"
import { Tenants } from "../ports/Store.ts"
import { TaxIssuers } from "../ports/TaxIssuer.ts"
import type { Issuer } from "../ports/TaxRouting.ts"

/** None when the account, or its driver, is no longer configured: then nothing can be asked, and nothing is assumed. */
export const find = Effect.fnUntraced(function* (owner: Owner, name: string) {
  const drivers = yield* Drivers
  const { accounts } = yield* (yield* Tenants).profile(owner)
  const account = accounts.find((each) => each.name === name)
  const driver = drivers.find((each) => each.name === account?.provider)
  return account === undefined || driver === undefined
    ? Option.none<{ readonly account: ProviderAccount; readonly driver: Driver }>()
    : Option.some({ account, driver })
})

/** The same for who issues tax documents. */
export const findIssuer = Effect.fnUntraced(function* (owner: Owner, name: string) {
  const issuers = yield* TaxIssuers
  const { accounts } = yield* (yield* Tenants).profile(owner)
  const account = accounts.find((each) => each.name === name)
  const issuer = issuers.find((each) => each.name === account?.provider)
  return account === undefined || issuer === undefined
    ? Option.none<Issuer>()
    : Option.some<Issuer>({ account, issuer })
})
