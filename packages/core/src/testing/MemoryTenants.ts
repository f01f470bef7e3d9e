/** Tenants in memory: what owners have configured, and the making of new ones. */
import { Effect, Layer, Redacted } from "effect"
import { type Environment, type Owner } from "../models/Owner.ts"
import type { ProviderAccount } from "../ports/Provider.ts"
import { Tenants } from "../ports/Store.ts"
import * as Ids from "../values/Ids.ts"
import { type Configured, keyOf, MemoryDatabase, put, sameOwner } from "./MemoryDatabase.ts"
import { TestOwners } from "./TestOwners.ts"

const nothing: Configured = {
  name: "Test",
  timeZone: "America/Sao_Paulo",
  latePayments: "accept",
  letters: true,
  accounts: []
}

/** Sets what an owner has configured, whole. */
export const configure = Effect.fnUntraced(function* (owner: Owner, profile: Configured) {
  const database = yield* MemoryDatabase
  yield* database.transaction((tables) =>
    Effect.succeed({
      tables: {
        ...tables,
        profiles: put(tables.profiles, keyOf(owner), profile),
        tokens: [
          ...tables.tokens.filter((each) => keyOf(each.owner) !== keyOf(owner)),
          ...profile.accounts.map(({ name, notificationUrl, provider }) => ({
            provider,
            token: tokenOf(notificationUrl),
            owner,
            account: name
          }))
        ]
      },
      result: undefined
    })
  )
})

const tokenOf = (notificationUrl: string): string => notificationUrl.split("/").at(-1) ?? ""

/** An account named like its provider, with credentials and a notification address that no other account has. */
export const account = (owner: Owner, provider: string): ProviderAccount => ({
  tenant: owner.tenant,
  name: provider,
  provider,
  environment: owner.environment,
  credentials: Redacted.make({ apiKey: `${provider} ${owner.tenant} ${owner.environment}` }),
  settings: {},
  notificationUrl: `https://gateway.example/notifications/${provider}/${provider}-${owner.tenant}-${owner.environment}`
})

/** Tenants over {@link MemoryDatabase}. */
export const layer: Layer.Layer<Tenants, never, MemoryDatabase> = Layer.effect(
  Tenants,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return Tenants.of({
      profile: (owner) =>
        Effect.map(database.tables, ({ profiles, refusals }) => ({
          ...(profiles.get(keyOf(owner)) ?? nothing),
          refused: refusals.flatMap(({ owner: of, refusal: { account, kind } }) =>
            sameOwner(of, owner) && kind === "credentials" ? [account] : []
          )
        }))
    })
  })
)

/** New tenants in the same database. */
export const testOwners: Layer.Layer<TestOwners, never, MemoryDatabase> = Layer.effect(
  TestOwners,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return TestOwners.of({
      fresh: (providers, latePayments = "accept") =>
        Effect.gen(function* () {
          const tenant = yield* Ids.generate("ten")
          const of = (environment: Environment): Owner => ({ tenant, environment })
          const [sandbox, live] = [of("sandbox"), of("live")]
          for (const owner of [sandbox, live]) {
            yield* configure(owner, {
              ...nothing,
              latePayments,
              accounts: providers.map((provider) => account(owner, provider))
            })
          }
          const first = providers[0]
          const notificationToken = first === undefined ? "" : tokenOf(account(sandbox, first).notificationUrl)
          return { sandbox, live, notificationToken }
        }).pipe(Effect.provideService(MemoryDatabase, database))
    })
  })
)
