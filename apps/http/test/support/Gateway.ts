/**
 * The API as it runs in production, over real HTTP on a real database, each tenant with a provider of its own.
 */
import { hash } from "@node-rs/bcrypt"
import { basePath, Invoices, Payouts, type Security } from "@salesos/api"
import { Gateway as Wired } from "@salesos/app-wiring"
import { Ids, Lookups, type Owner, PayoutLookups, Settings, Store, TaxIssuer, TaxSending } from "@salesos/core"
import { FakeIssuer } from "@salesos/core/testing"
import { Migrations, Setup, Vault } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { Ports } from "@salesos/test-servers"
import { Context, Duration, Effect, Layer, Logger, Redacted, References, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { randomBytes } from "node:crypto"
import { routes, serve } from "../../src/index.ts"
import * as Http from "./Http.ts"
import * as Simulated from "./Simulated.ts"

/** Every scope there is. */
export const scopes: ReadonlyArray<Security.Scope> = ["payments:read", "payments:write", "payments:admin"]

/** Short enough that a test can wait for a call to be given up and for a lease to run out. */
const impatient = {
  callDeadline: Duration.seconds(2),
  requestBudget: Duration.seconds(2),
  lease: Duration.seconds(5)
}

/** As cheap as bcrypt gets. */
const bcryptCost = 4

export interface Call extends Omit<Http.Options, "body"> {
  /** Sent as it is. */
  readonly raw?: string | Uint8Array
  /** Sent as JSON. */
  readonly body?: unknown
  /** Null sends none; the default is the tenant's own, with all scopes. */
  readonly key?: string | null
  /** Null sends none; the default is a new one for every POST. */
  readonly idempotencyKey?: string | null
}

export const newKey = (): string => randomBytes(12).toString("hex")

/** Any call of the API. `path` is below the base path, or whole with a dot before it. */
const caller =
  (url: string, own: string) =>
  (method: string, path: string, { body, headers, idempotencyKey, key = own, raw, ...options }: Call = {}) => {
    const once = idempotencyKey === undefined && method === "POST" ? newKey() : (idempotencyKey ?? null)
    return Http.send(path.startsWith(".") ? `${url}${path.slice(1)}` : `${url}${basePath}${path}`, {
      ...options,
      method,
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
      headers: {
        ...(raw !== undefined || body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(once === null ? {} : { "idempotency-key": once }),
        ...headers
      }
    })
  }

const decodeInvoice = Schema.decodeUnknownEffect(Invoices.Invoice, { onExcessProperty: "error" })

/** An answer as an invoice that is shaped exactly as the API says. */
export const asInvoice = (answer: Http.Answer) =>
  Effect.orDie(
    answer.status < 300
      ? decodeInvoice(Http.json(answer))
      : Effect.die(new Error(`Expected an invoice, got ${answer.status}: ${answer.text}`))
  )

const decodePayout = Schema.decodeUnknownEffect(Payouts.Payout, { onExcessProperty: "error" })

/** An answer as a payout that is shaped exactly as the API says. */
export const asPayout = (answer: Http.Answer) =>
  Effect.orDie(
    answer.status < 300
      ? decodePayout(Http.json(answer))
      : Effect.die(new Error(`Expected a payout, got ${answer.status}: ${answer.text}`))
  )

const decodeKey = Schema.decodeUnknownEffect(Schema.Struct({ id: Schema.String, key: Schema.String }))

const Row = Schema.Array(Schema.Struct({ name: Schema.String, count: Schema.Int }))
const decodeRows = Schema.decodeUnknownEffect(Row)

/** Tries until a condition holds; the time-out is for what never comes. */
export const eventually = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  until: (value: A) => boolean,
  { timeout = "20 seconds" as Duration.Input, what = "condition" } = {}
) =>
  effect.pipe(
    Effect.repeat({ until, schedule: Schedule.spaced("30 millis") }),
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () =>
        Effect.flatMap(effect, (last) => Effect.die(new Error(`${what} never held: ${JSON.stringify(last)}`)))
    })
  )

/** What the issuer of tax documents does not issue. */
const unknownService: NonNullable<FakeIssuer.Options["check"]> = ({ serviceCode }) =>
  serviceCode === "99.99"
    ? [{ field: "tax_document.service_code", code: "unknown_service", message: "Expected a service of LC 116" }]
    : []

/** The same for all servers, of which several may serve one database. */
const encryptionKeys = Redacted.make(Vault.generateKey())

/** Starts the API on a database and stops it with the scope. */
const start = Effect.fnUntraced(function* (databaseUrl: string, times = Settings.defaults) {
  const port = yield* Ports.freePort
  const url = `http://127.0.0.1:${port}`
  const logs: Array<string> = []
  const keep = Layer.mergeAll(
    Logger.layer([Logger.map(Logger.formatJson, (line) => void logs.push(line))]),
    Layer.succeed(References.MinimumLogLevel, "Trace")
  )
  const taxes = yield* FakeIssuer.make({ check: unknownService })
  const wired = yield* Layer.build(
    Wired.layer(
      {
        databaseUrl: Redacted.make(databaseUrl),
        maxConnections: 10,
        encryptionKeys,
        settings: { ...times, publicUrl: url }
      },
      "test"
    ).pipe(Layer.provideMerge(keep))
  )
  const context = Context.add(wired, TaxIssuer.TaxIssuers, [taxes.issuer])
  const ports = Layer.succeedContext(context)
  yield* Layer.build(serve(routes, { host: "127.0.0.1", port }).pipe(Layer.provide(ports)))
  const sql = Context.get(context, SqlClient.SqlClient)
  const provided = Effect.provideContext(context)

  /** The tables, but for those that tell of requests whatever becomes of them. */
  const tables = `information_schema.tables
    where table_schema = 'public' and table_name not like 'audit%' and table_name <> 'api_key_usage'`

  /** How many rows each table has. */
  const rows = sql
    .unsafe(
      `select table_name as name, (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I', table_name),
        false, true, '')))[1]::text::int as count
      from ${tables} order by 1`
    )
    .pipe(
      Effect.flatMap(decodeRows),
      Effect.map((all) => Object.fromEntries(all.map(({ count, name }) => [name, count]))),
      Effect.orDie
    )

  /** A digest of all that each table holds. */
  const contents = sql.unsafe<{ readonly name: string }>(`select table_name as name from ${tables} order by 1`).pipe(
    Effect.flatMap((all) =>
      Effect.forEach(all, ({ name }) =>
        Effect.map(
          sql<{ readonly digest: string }>`
            select coalesce(md5(string_agg(r::text, '|' order by r::text)), '') as digest from ${sql(name)} r`,
          ([row]) => [name, row?.digest] as const
        )
      )
    ),
    Effect.map((all): Readonly<Record<string, string | undefined>> => Object.fromEntries(all)),
    Effect.orDie
  )

  /** When the provider is to be asked again about an invoice's only charge. */
  const dueAt = (id: string) =>
    sql<{ readonly due_at: Date | null }>`select due_at from charge_attempt where invoice = ${id}`.pipe(
      Effect.map(([row]) => row?.due_at?.getTime() ?? null),
      Effect.orDie
    )

  const addKey = Effect.fnUntraced(function* (
    owner: Owner.Owner,
    granted: ReadonlyArray<Security.Scope> = scopes,
    key = `sk_${owner.environment === "live" ? "live" : "test"}_${randomBytes(18).toString("base64url")}`
  ) {
    const id = yield* Ids.generate("key")
    const hashed = yield* Effect.promise(() => hash(key, { cost: bcryptCost }))
    yield* Setup.apiKey(owner, { id, name: "test", key: Redacted.make(key), hash: hashed, scopes: granted })
    return { id, key }
  })

  /** What an owner has, with a provider at an address, and perhaps where its simulator is told what to do. */
  const world = Effect.fnUntraced(function* (
    owner: Owner.Owner,
    settings: { readonly baseUrl: string; readonly controlUrl?: string; readonly checkoutUrl?: string }
  ) {
    const notificationToken = randomBytes(18).toString("base64url")
    yield* Setup.providerAccount(owner, {
      name: "infrapsp",
      provider: "infrapsp",
      credentials: Redacted.make(Simulated.credentials),
      settings,
      notificationToken
    })
    /** Gives the owner an account at the issuer of tax documents. Before its first request: accounts are remembered. */
    const issues = provided(
      Setup.providerAccount(owner, {
        name: "nfse",
        provider: "nfse",
        credentials: Redacted.make({ certificate: owner.tenant + owner.environment }),
        settings: { documentFee: "50" },
        notificationToken: randomBytes(18).toString("base64url")
      }).pipe(Effect.orDie)
    )
    const { id: keyId, key } = yield* addKey(owner)
    const call = caller(url, key)
    const get = (id: string) => Effect.flatMap(call("GET", `/invoices/${id}`), asInvoice)
    return {
      owner,
      issues,
      notificationPath: `./notifications/infrapsp/${notificationToken}`,
      key,
      keyId,
      /** Another key of the same owner. */
      keyWith: (granted: ReadonlyArray<Security.Scope>) => provided(Effect.orDie(addKey(owner, granted))),
      /** A key with limits, made by the API itself. */
      limitedKey: Effect.fnUntraced(function* (limits: Readonly<Record<string, unknown>>) {
        const answer = yield* call("POST", "/api-keys", { body: { name: "limited", scopes, ...limits } })
        return yield* Effect.orDie(decodeKey(Http.json(answer)))
      }),
      call,
      /** A call that has to succeed, as JSON. */
      read: (path: string) =>
        Effect.flatMap(call("GET", path), (answer) =>
          answer.status === 200
            ? Effect.succeed(Http.json(answer))
            : Effect.die(new Error(`GET ${path}: ${answer.status} ${answer.text}`))
        ),
      create: (body: unknown, options: Call = {}) => call("POST", "/invoices", { ...options, body }),
      /** Creates what has to be accepted. */
      created: (body: unknown, options: Call = {}) =>
        Effect.flatMap(call("POST", "/invoices", { ...options, body }), asInvoice),
      get,
      payout: (id: string) => Effect.flatMap(call("GET", `/payouts/${id}`), asPayout),
      /** Gives the owner an account at SellxPay, under the provider's name. */
      withSellxPay: (given: { readonly url: string; readonly controlUrl: string }) =>
        provided(
          Effect.orDie(
            Setup.providerAccount(owner, {
              name: "sellxpay",
              provider: "sellxpay",
              credentials: Redacted.make(Simulated.sellxPayCredentials),
              settings: { baseUrl: `${given.url}/api/v1`, controlUrl: given.controlUrl },
              notificationToken: randomBytes(18).toString("base64url")
            })
          )
        ),
      /** Plays the worker until an invoice is as expected. */
      lookedUp: (id: string, until: (invoice: Invoices.Invoice) => boolean) =>
        eventually(Effect.andThen(lookUpDue, get(id)), until, { what: `invoice ${id}` })
    }
  })

  /** Asks the providers about every charge that is due, of whatever tenant. */
  const lookUpDue = provided(
    Effect.gen(function* () {
      const store = yield* Store.InvoiceStore
      const due = yield* store.takeDue(100, Duration.seconds(30))
      yield* Effect.forEach(due, Lookups.lookUp, { concurrency: "unbounded", discard: true })
      const payouts = yield* (yield* Store.PayoutStore).takeDue(100, Duration.seconds(30))
      yield* Effect.forEach(payouts, PayoutLookups.lookUp, { concurrency: "unbounded", discard: true })
    }).pipe(Effect.orDie)
  )

  /** Sees to every tax document that is due, of whatever tenant. */
  const issueDue = provided(
    Effect.gen(function* () {
      const store = yield* Store.TaxStore
      const due = yield* store.takeDue(100, Duration.seconds(30))
      yield* Effect.forEach(due, TaxSending.seeTo, { concurrency: "unbounded", discard: true })
    }).pipe(Effect.orDie)
  )

  return {
    url,
    databaseUrl,
    sql,
    rows,
    contents,
    logs,
    lookUpDue,
    issueDue,
    /** The issuer of tax documents, for owners with an account there. */
    taxes,
    dueAt,
    /** A call without a key. */
    call: caller(url, ""),
    /** A new tenant. */
    tenant: provided(
      Effect.gen(function* () {
        const id = yield* Ids.generate("ten")
        yield* Setup.tenant({ id, name: "Test", timeZone: "America/Sao_Paulo" })
        return id
      }).pipe(Effect.orDie)
    ),
    /** What an owner has, with a provider at an address. */
    world: (owner: Owner.Owner, settings: Parameters<typeof world>[1]) => provided(Effect.orDie(world(owner, settings)))
  }
})

export class Gateway extends Context.Service<Gateway, Effect.Success<ReturnType<typeof start>>>()(
  "@salesos/app-http/test/Gateway"
) {
  static readonly #fresh = (times?: typeof Settings.defaults) =>
    Layer.effect(
      this,
      TestDatabase.make(Migrations.migrate).pipe(
        Effect.flatMap(({ url }) => start(url, times)),
        Effect.orDie
      )
    )
  /** On a fresh database. */
  static readonly layer = this.#fresh()
  /** The same, with a provider's call given up after two seconds: for providers that never answer. */
  static readonly impatient = this.#fresh(impatient)
  /** On a database that is the test's business. */
  static readonly on = (databaseUrl: string) => Layer.effect(Gateway, Effect.orDie(start(databaseUrl)))
}

/** A new tenant's side of an environment, with a provider of its own. */
export const tenant = Effect.fnUntraced(function* (environment: Owner.Environment = "sandbox", id?: Ids.TenantId) {
  const gateway = yield* Gateway
  const simulator = yield* Simulated.start()
  const owner = { tenant: id ?? (yield* gateway.tenant), environment }
  const { controlUrl, url: baseUrl } = simulator
  return {
    gateway,
    simulator,
    ...(yield* gateway.world(owner, { baseUrl, controlUrl, checkoutUrl: `${baseUrl}/checkout/{id}` }))
  }
})

/** The same with an account at SellxPay, which pays. */
export const paying = Effect.fnUntraced(function* (environment: Owner.Environment = "sandbox", id?: Ids.TenantId) {
  const sellxpay = yield* Simulated.startSellxPay()
  const world = yield* tenant(environment, id)
  yield* world.withSellxPay(sellxpay)
  const payOut = (body: unknown, options: Call = {}) => world.call("POST", "/payouts", { ...options, body })
  return {
    ...world,
    sellxpay,
    payOut,
    /** Creates a payout that has to be accepted. */
    paidOut: (body: unknown, options: Call = {}) => Effect.flatMap(payOut(body, options), asPayout),
    /** Plays the worker until a payout is as expected. */
    payoutLookedUp: (id: string, until: (payout: Payouts.Payout) => boolean) =>
      eventually(Effect.andThen(world.gateway.lookUpDue, world.payout(id)), until, { what: `payout ${id}` })
  }
})
