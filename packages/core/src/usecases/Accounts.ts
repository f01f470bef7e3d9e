/**
 * Which driver speaks for an attempt, by the name of its provider account.
 */
import { Effect, Option } from "effect"
import type { Owner } from "../models/Owner.ts"
import { type Driver, Drivers, type ProviderAccount } from "../ports/Provider.ts"
import { Tenants } from "../ports/Store.ts"

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
