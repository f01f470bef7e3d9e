/** Tenants with a provider account and a key each. Everything of theirs follows from their number. */
import { hash } from "@node-rs/bcrypt"
import { Ids, type Owner } from "@salesos/core"
import { Setup } from "@salesos/store-postgres"
import { Effect, Redacted } from "effect"
import { credentials } from "./system.ts"

const bcryptCost = 10

/** A number as the digits of an id. */
export const idDigits = 26
export const keyDigits = 24

const padded = (number: number, length: number): string => String(number).padStart(length, "0")

/** Of tenants 1, 2, 3 …; `pgbenchScript.ts` says the same in SQL. */
export const tenantId = (number: number): string => `ten_${padded(number, idDigits)}`
export const apiKey = (number: number): string => `sk_test_${padded(number, keyDigits)}`

const create = Effect.fnUntraced(function* (number: number, simulator: string) {
  const owner: Owner.Owner = { tenant: Ids.TenantId.make(tenantId(number)), environment: "sandbox" }
  const key = apiKey(number)
  yield* Setup.tenant({ id: owner.tenant, name: `Bench ${number}`, timeZone: "America/Sao_Paulo" })
  yield* Setup.providerAccount(owner, {
    name: "infrapsp",
    provider: "infrapsp",
    credentials: Redacted.make(credentials),
    settings: { baseUrl: simulator },
    notificationToken: `bench-${number}`
  })
  yield* Setup.apiKey(owner, {
    id: Ids.ApiKeyId.make(`key_${padded(number, idDigits)}`),
    name: "bench",
    key: Redacted.make(key),
    hash: yield* Effect.promise(() => hash(key, { cost: bcryptCost })),
    scopes: ["payments:read", "payments:write"],
    rateLimitPerHour: 2 ** 31 - 1
  })
})

export const createAll = (count: number, simulator: string) =>
  Effect.forEach(
    Array.from({ length: count }, (_, index) => index + 1),
    (number) => create(number, simulator),
    { concurrency: 8, discard: true }
  )
