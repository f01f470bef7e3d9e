/** The whole gateway in parts, as in production: a database, providers behind proxies, two API processes and two workers. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { hash } from "@node-rs/bcrypt"
import { ApiKey, Ids, type Owner, Provider, ProviderCalls, Settings } from "@salesos/core"
import { Memory, MemoryProviderCalls } from "@salesos/core/testing"
import * as InfraPsp from "@salesos/provider-infrapsp"
import * as SellxPay from "@salesos/provider-sellxpay"
import * as Proxy from "@salesos/provider-testkit/proxy"
import * as UsdBrl from "@salesos/provider-usdbrl"
import { Client, layer as store, Migrations, Setup, Vault } from "@salesos/store-postgres"
import { Inspection, MovableClock } from "@salesos/store-postgres/testing"
import { Ports } from "@salesos/test-servers"
import { Duration, Effect, Layer, Logger, Redacted } from "effect"
import { randomBytes } from "node:crypto"
import { mkdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Authority from "./authority.ts"
import * as Database from "./database.ts"
import * as Fleet from "./fleet.ts"
import type { Pace } from "./pace.ts"
import * as Receiver from "./receiver.ts"
import * as Simulators from "./simulators.ts"

export interface Tenant {
  readonly number: number
  readonly owner: Owner.Owner
  readonly key: string
}

const secret = (prefix: string): string => `${prefix}${randomBytes(18).toString("base64url")}`

/** The drivers as auditors use them: their calls are not among those that the gateway may make in a minute. */
const readers = Layer.effect(Provider.Drivers, Effect.all([InfraPsp.make, SellxPay.make, UsdBrl.make])).pipe(
  Layer.provide(
    Layer.merge(
      MemoryProviderCalls.accessTokens,
      Layer.succeed(ProviderCalls.Pacing, { place: () => Effect.void, pause: () => Effect.void })
    )
  )
)

/** A tenant with an account at each provider and at the authority, a key, and an endpoint for all events. */
const setUp = Effect.fnUntraced(function* (
  number: number,
  given: {
    readonly providers: string
    readonly credentials: Simulators.Credentials
    readonly authority: Authority.Authority
    readonly webhooks: string
    readonly webhookSecret: string
    readonly notificationToken: string
  }
) {
  const owner: Owner.Owner = { tenant: yield* Ids.generate("ten"), environment: "sandbox" }
  const key = secret("sk_test_")
  yield* Setup.tenant({ id: owner.tenant, name: `Chaos ${number}`, timeZone: "America/Sao_Paulo" })
  for (const provider of Simulators.providers) {
    const url = `${given.providers}${Simulators.prefixOf(number, provider)}`
    yield* Setup.providerAccount(owner, {
      name: provider,
      provider,
      credentials: Redacted.make(given.credentials[provider]),
      settings: {
        baseUrl: provider === "sellxpay" ? `${url}/api/v1` : url,
        ...(provider === "infrapsp" ? { checkoutUrl: `${url}/checkout/{id}` } : {})
      },
      notificationToken: given.notificationToken
    })
  }
  yield* Setup.providerAccount(owner, {
    name: "nfse",
    provider: "nfse",
    credentials: Redacted.make(given.authority.credentials),
    settings: given.authority.settingsOf(number),
    notificationToken: secret("")
  })
  yield* Setup.apiKey(owner, {
    id: yield* Ids.generate("key"),
    name: "chaos",
    key: Redacted.make(key),
    hash: yield* Effect.promise(() => hash(key, { cost: 4 })),
    scopes: ["payments:read", "payments:write"],
    rateLimitPerHour: ApiKey.maximumRateLimit
  })
  yield* Setup.webhookEndpoint(owner, {
    id: yield* Ids.generate("we"),
    url: given.webhooks,
    events: ["*"],
    description: null,
    secret: Redacted.make(given.webhookSecret)
  })
  return { number, owner, key } satisfies Tenant
})

/** Builds and starts everything for so many tenants, below a directory; it ends with the scope. */
export const make = Effect.fnUntraced(function* (pace: Pace, tenantCount: number, directory: string) {
  const logs = join(directory, "logs")
  mkdirSync(logs, { recursive: true })
  const database = yield* Database.make(join(directory, "database"))
  const simulators = yield* Simulators.serve(tenantCount)
  const proxy = yield* Proxy.make({ target: simulators.url, remembered: 10 })
  const authority = yield* Authority.make
  const encryptionKey = Vault.generateKey()
  const webhookSecrets = Array.from({ length: tenantCount }, () => secret("whsec_"))
  const notificationTokens = Array.from({ length: tenantCount }, () => secret(""))
  /** By how many milliseconds the database's clock was put forward, and when. */
  const passes: Array<{ readonly at: number; readonly by: number }> = []
  const now = (until: number): number =>
    Date.now() + passes.reduce((sum, { at, by }) => (at <= until ? sum + by : sum), 0)
  // Processes look at the database's clock every five seconds.
  const receiver = yield* Receiver.make(webhookSecrets, () => ({
    least: now(Date.now() - 10_000),
    most: now(Date.now())
  }))
  const client = { url: Redacted.make(database.url), applicationName: "chaos", maxConnections: 4 }
  yield* Effect.provide(
    Effect.andThen(Migrations.migrate, pace.movesClock ? MovableClock.prepare : Effect.void),
    Client.layer(client)
  )

  const context = yield* Layer.build(
    Layer.mergeAll(readers, Inspection.layer).pipe(
      Layer.provideMerge(store),
      Layer.provideMerge(NodeHttpClient.layerUndici),
      // What operators and auditors log is nobody's to read.
      Layer.provideMerge(Logger.layer([])),
      Layer.provideMerge(
        Layer.succeed(Settings.Settings, {
          callDeadline: Duration.fromInputUnsafe(pace.times.PROVIDER_CALL_DEADLINE),
          requestBudget: Duration.fromInputUnsafe(pace.times.REQUEST_BUDGET),
          lease: Duration.fromInputUnsafe(pace.times.OPERATION_LEASE),
          publicUrl: "http://127.0.0.1",
          payerTokens: Memory.payerTokens
        })
      ),
      Layer.provideMerge(Vault.Vault.layer(Redacted.make(encryptionKey))),
      Layer.provideMerge(Client.layer(client))
    )
  )
  const tenants = yield* Effect.forEach(webhookSecrets, (webhookSecret, number) =>
    setUp(number, {
      providers: proxy.url,
      credentials: simulators.credentials[number]!,
      authority,
      webhooks: receiver.urlOf(number),
      webhookSecret,
      notificationToken: notificationTokens[number]!
    })
  ).pipe(Effect.provideContext(context))
  const movable = pace.movesClock ? yield* Effect.provideContext(MovableClock.make, context) : undefined

  const ports = [yield* Ports.freePort, yield* Ports.freePort] as const
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const fleet = yield* Fleet.make({
    logs,
    env: (program) => {
      const place = program.endsWith("1") ? 1 : 0
      return {
        DATABASE_URL: database.url,
        SALESOS_ENCRYPTION_KEY: encryptionKey,
        LOG_LEVEL: "Debug",
        // Where Node keeps it by itself: processes that are killed often start sooner.
        NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"),
        ...pace.times,
        PORT: `${ports[place]}`,
        // Providers notify through the proxy, too.
        PUBLIC_URL: proxy.callback(urls[place]!)
      }
    }
  })
  yield* Effect.forEach(urls, Fleet.ready, { discard: true })
  return {
    pace,
    database,
    simulators,
    authority,
    proxy,
    /** Puts the database's clock and the authority's forward by so many seconds, where the pace does so. */
    pass: (seconds: number) =>
      movable === undefined
        ? Effect.void
        : Effect.gen(function* () {
            yield* movable.pass(Duration.seconds(seconds))
            passes.push({ at: Date.now(), by: seconds * 1000 })
            yield* authority.pass(seconds)
          }),
    receiver,
    context,
    tenants,
    fleet,
    /** The APIs' addresses. */
    urls,
    logs,
    /** What no process may write. */
    secrets: [
      encryptionKey,
      ...webhookSecrets,
      ...notificationTokens,
      ...authority.secrets,
      ...tenants.map(({ key }) => key),
      ...simulators.credentials.flatMap(({ infrapsp, sellxpay, usdbrl }) => [
        infrapsp.apiSecret,
        sellxpay.clientSecret,
        usdbrl.clientSecret
      ])
    ]
  }
})

export type World = Effect.Success<ReturnType<typeof make>>
