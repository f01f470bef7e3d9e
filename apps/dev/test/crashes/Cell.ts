/**
 * What one death is tried in: a database, a tenant, simulators and a receiver of webhooks of its own, so that nothing but the
 * death can be why something is wrong afterwards.
 */
import { hash } from "@node-rs/bcrypt"
import { Gateway } from "@salesos/app-wiring"
import { AccountLines, Ids, type Invoice, Settings } from "@salesos/core"
import { Auditor } from "@salesos/core/testing"
import * as InfraPsp from "@salesos/provider-infrapsp/simulator"
import * as Nfse from "@salesos/provider-nfse/simulator"
import * as SellxPay from "@salesos/provider-sellxpay/simulator"
import { Client, Migrations, Setup, Vault } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { Inspection, MovableClock } from "@salesos/store-postgres/testing"
import { Ports } from "@salesos/test-servers"
import { Duration, Effect, Layer, Option, Redacted, Schema } from "effect"
import { randomBytes, randomUUID } from "node:crypto"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Agent, request as requestTls } from "node:https"
import { fiscalProfile, taxpayer } from "../../src/Demo.ts"
import { client, request } from "../support/Api.ts"
import * as Child from "../support/Child.ts"
import * as Receiver from "../support/Receiver.ts"
import * as Simulated from "../support/Simulated.ts"
import { eventually } from "../support/Waiting.ts"
import * as Bank from "./bank/Driver.ts"
import * as BankSimulator from "./bank/Simulator.ts"
import * as Books from "./Books.ts"

/** As in a deployment, but seconds: the lease is what keeps a killed process's request from being carried on at once. */
const times = { PROVIDER_CALL_DEADLINE: "5 seconds", REQUEST_BUDGET: "3 seconds", OPERATION_LEASE: "10 seconds" }

const sellxpay = { clientId: "sellxpay-test", clientSecret: "simulator-secret" }

const bank = { apiKey: "bank-test" }

const key = `sk_test_${randomBytes(18).toString("base64url")}`
const keyHash = hash(key, { cost: 4 })
/** Certificates take long to make, and tell nobody apart. */
const kept = mkdtempSync(join(tmpdir(), "salesos-crashes-"))
process.once("exit", () => rmSync(kept, { recursive: true, force: true }))
const certificates = Nfse.keep(join(kept, "nfse"), taxpayer)

/** Asks a simulator that speaks TLS with an authority of its own; `POST` where there is a body. */
const requestOverTls = (url: string, body?: unknown) =>
  Effect.promise(
    () =>
      new Promise<string>((resolve, reject) => {
        const method = body === undefined ? "GET" : "POST"
        requestTls(url, { method, agent: new Agent({ ca: certificates.authority }) }, (answer) => {
          let text = ""
          answer.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")))
          answer.once("end", () => resolve(text))
        })
          .once("error", reject)
          .end(body === undefined ? "" : JSON.stringify(body))
      })
  )

const decoded = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, text: string) =>
  Effect.orDie(Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text))

export interface Options {
  /** Whether there is a tax authority, which takes long to set up. */
  readonly issuesDocuments?: boolean
  /** Whether the tenant's payers get letters, which are read from what others are at. */
  readonly letters?: boolean
  /** What the tenant wants of money that comes late. */
  readonly latePayments?: Invoice.LatePayments
}

export const make = Effect.fnUntraced(function* ({
  issuesDocuments = false,
  latePayments = "accept",
  letters = false
}: Options) {
  const { url: databaseUrl } = yield* TestDatabase.make(Migrations.migrate)
  // Connections that are opened before go on by the other clock.
  yield* Effect.provide(
    MovableClock.prepare,
    Client.layer({ url: Redacted.make(databaseUrl), applicationName: "test", maxConnections: 1 })
  )
  const base = yield* Simulated.serve(
    Layer.mergeAll(
      InfraPsp.layer({ ...Simulated.credentials, prefix: "/infrapsp" }),
      SellxPay.layer({ ...sellxpay, prefix: "/sellxpay", callsPerMinute: 10_000 }),
      BankSimulator.layer({ ...bank, prefix: "/bank" })
    )
  )
  const authority = issuesDocuments
    ? yield* Nfse.serve({ authority: certificates.authority, own: certificates.own })
    : undefined
  const receiver = yield* Receiver.start(200)
  const port = yield* Ports.freePort
  const url = `http://127.0.0.1:${port}`
  const encryptionKey = Vault.generateKey()
  const context = yield* Layer.build(
    Layer.provideMerge(
      Layer.merge(Inspection.layer, Bank.added),
      Gateway.layer(
        {
          databaseUrl: Redacted.make(databaseUrl),
          maxConnections: 2,
          encryptionKeys: Redacted.make(encryptionKey),
          settings: { ...Settings.defaults, publicUrl: url }
        },
        "test"
      )
    )
  )
  const owner = { tenant: yield* Ids.generate("ten"), environment: "sandbox" as const }
  const account = (name: string, credentials: Readonly<Record<string, string>>, settings: Record<string, string>) =>
    Effect.provideContext(
      Setup.providerAccount(owner, {
        name,
        provider: name,
        credentials: Redacted.make(credentials),
        settings,
        notificationToken: randomBytes(18).toString("base64url")
      }),
      context
    )
  const { pass } = yield* Effect.gen(function* () {
    yield* Setup.tenant({ id: owner.tenant, name: "Test", timeZone: "America/Sao_Paulo", latePayments, letters })
    yield* Setup.apiKey(owner, {
      id: yield* Ids.generate("key"),
      name: "test",
      key: Redacted.make(key),
      hash: yield* Effect.promise(() => keyHash),
      scopes: ["payments:read", "payments:write", "payments:admin"]
    })
    yield* Setup.webhookEndpoint(owner, {
      id: yield* Ids.generate("we"),
      url: receiver.url,
      events: ["*"],
      description: null,
      secret: Redacted.make(`whsec_${randomBytes(24).toString("base64")}`)
    })
    return yield* MovableClock.make
  }).pipe(Effect.provideContext(context))
  yield* account("infrapsp", Simulated.credentials, {
    baseUrl: `${base}/infrapsp`,
    checkoutUrl: `${base}/infrapsp/checkout/{id}`
  })
  yield* account("sellxpay", sellxpay, { baseUrl: `${base}/sellxpay/api/v1` })
  yield* account("bank", bank, { baseUrl: `${base}/bank` })
  if (authority !== undefined) {
    const { pfx, password } = certificates.taxpayer
    yield* account("nfse", { pfx, password }, { ...fiscalProfile, baseUrl: authority.url, ca: certificates.authority })
  }

  const control = (path: string, body?: unknown) =>
    request(`${base}/${path}`, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }).pipe(
      Effect.flatMap((answer) => {
        const { status, text } = Option.getOrThrow(answer)
        return status === 200 ? Effect.succeed(text) : Effect.die(new Error(`${path}: ${status} ${text}`))
      })
    )
  /** What the providers' simulators list of themselves. */
  const listed = Effect.gen(function* () {
    const infra = yield* decoded(Books.InfraPsp, yield* control("infrapsp/control/transactions"))
    const links = yield* decoded(Books.Links, yield* control("infrapsp/control/pre-transactions"))
    const sellx = yield* decoded(Books.SellxPay, yield* control("sellxpay/control/transactions"))
    const { transfers } = yield* decoded(Books.Bank, yield* control("bank/control/transfers"))
    const rowsOf = (type: string): ReadonlyArray<Auditor.ListedOperation> =>
      sellx.transactions.flatMap((each) =>
        each.type === type ? [{ account: "sellxpay", id: each.id, reference: each.external_id ?? "" }] : []
      )
    const documents =
      authority === undefined
        ? []
        : (yield* decoded(Books.Documents, yield* requestOverTls(`${authority.control}/documents`))).documents
    return {
      charges: [
        ...infra.transactions.filter(({ preTransactionId }) => preTransactionId === null),
        ...links.preTransactions
      ]
        .map(({ externalId, id }): Auditor.ListedOperation => ({
          account: "infrapsp",
          id,
          reference: externalId ?? ""
        }))
        .concat(rowsOf("deposit")),
      transfers: [...rowsOf("withdraw"), ...transfers.map((each) => ({ ...each, account: "bank" }))],
      documents
    } satisfies Books.Listed
  })

  const names = ["infrapsp", "sellxpay"] as const
  const balances = Effect.forEach(names, (name) => Books.balance(owner, name))
  const opening = yield* Effect.provideContext(balances, context)
  /** What the providers' balances moved by, against Σ net of what we booked. */
  const drift = Effect.gen(function* () {
    const now = yield* balances
    const lines = yield* AccountLines.AccountLines
    return (yield* Effect.forEach(names, (name, place) =>
      Effect.map(lines.balances(owner, name), (sums) => {
        const ours = sums.reduce((sum, { net }) => sum + net, 0n)
        const theirs = (now[place] ?? 0n) - (opening[place] ?? 0n)
        return ours === theirs ? [] : [`${name}: its balance moved by ${theirs}, we booked ${ours}`]
      })
    )).flat()
  })

  const outbox = join(kept, randomUUID())
  const env = {
    DATABASE_URL: databaseUrl,
    DATABASE_CONNECTIONS: "4",
    SALESOS_ENCRYPTION_KEY: encryptionKey,
    LOG_LEVEL: "Warn",
    NODE_COMPILE_CACHE: join(kept, "compiled"),
    PUBLIC_URL: url,
    MAIL_OUTBOX: outbox,
    ...times
  }
  return {
    owner,
    context,
    control,
    /** Time passes in the database, for the processes that follow it, and for the authority: it refuses what is dated ahead of it. */
    pass: (time: Duration.Input) => {
      const seconds = Duration.toSeconds(Duration.fromInputUnsafe(time))
      const there = authority === undefined ? Effect.void : requestOverTls(`${authority.control}/time`, { seconds })
      return Effect.andThen(there, pass(time))
    },
    receiver,
    listed,
    api: client(url, key),
    facts: Effect.gen(function* () {
      const store = yield* Auditor.ofStore(owner)
      const books = yield* Books.read(owner, yield* listed, store.invoices)
      return { ...store, ...books }
    }).pipe(Effect.provideContext(context)),
    /** The names of the letters that were written, each with its event's id. */
    letters: Effect.sync(() => (existsSync(outbox) ? readdirSync(outbox) : [])),
    drift: Effect.provideContext(drift, context),
    /** Starts a process; one that listens is waited for. */
    start: Effect.fnUntraced(function* (role: string, variables: Readonly<Record<string, string>> = {}) {
      const listens = role === "http" || role === "both"
      const child = yield* Child.start("watched", { ...env, ROLE: role, PORT: `${port}`, ...variables })
      if (!listens) return child
      yield* eventually(
        "readiness",
        Effect.map(
          request(`${url}/readyz`),
          (answer) => child.hasEnded() || Option.exists(answer, ({ status }) => status === 200)
        ),
        (ready) => ready,
        "5 minutes"
      )
      return child.hasEnded() ? yield* Effect.die(new Error(child.output())) : child
    }),
    /** A file for the places that a process passes, and what is in it. */
    placesFile: join(kept, randomUUID()),
    passed: (file: string): ReadonlyArray<string> =>
      existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []
  }
})

export type Cell = Effect.Success<ReturnType<typeof make>>
