/** The real command as a real process, on a database of its own, with a provider and the other processes beside it. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Simulator from "@salesos/provider-infrapsp/simulator"
import { Client, Vault } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { Ports } from "@salesos/test-servers"
import { ConfigProvider, Console, Context, Effect, Layer, Option, Redacted, Schedule, Schema } from "effect"
import { FetchHttpClient, HttpRouter, HttpServer } from "effect/http"
import { NetAddress } from "effect/net"
import { SqlClient } from "effect/sql"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import { join } from "node:path"
import { run } from "../../src/Cli.ts"

const root = join(import.meta.dirname, "../../../..")

export const credentials = { apiKey: "ipsp_test", apiSecret: "simulator-secret-0123456789" }

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

type Env = Readonly<Record<string, string>>

/** Starts a program with nothing but these variables set. */
const open = (program: string, args: ReadonlyArray<string>, env: Env): ChildProcess =>
  spawn(process.execPath, [join(root, program), ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/", ...env },
    stdio: ["pipe", "pipe", "pipe"]
  })

const collect = (child: ChildProcess) => {
  const output = { stdout: "", stderr: "" }
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text))
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text))
  return output
}

/** A process that runs until the test is over. */
const background = (program: string, env: Env) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = open(program, [], env)
      return { child, output: collect(child), closed: once(child, "close") }
    }),
    ({ child, closed }) =>
      Effect.promise(() => {
        child.kill("SIGTERM")
        return closed
      })
  )

const Control = Schema.Struct({
  transactions: Schema.optionalKey(Schema.Array(Schema.Struct({ id: Schema.String })))
})

/** A provider of one's own, and what only its control endpoints can do. */
const provider = Effect.gen(function* () {
  const context = yield* Layer.build(
    HttpRouter.serve(Simulator.layer(credentials), { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(
        Layer.fresh(
          NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0, gracefulShutdownTimeout: "1 second" })
        )
      ),
      Layer.provide(FetchHttpClient.layer)
    )
  )
  const { address } = Context.get(context, HttpServer.HttpServer)
  if (NetAddress.isUnixPathAddress(address)) return yield* Effect.die(new Error("Expected a port"))
  const url = `http://127.0.0.1:${address.port}`
  const control = (method: string, path: string, body?: unknown) =>
    Effect.promise(async () => {
      const answer = await fetch(`${url}/control/${path}`, {
        method,
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      const text = await answer.text() // some have nothing to say
      return text === "" ? {} : Schema.decodeUnknownSync(Schema.fromJsonString(Control))(text)
    })
  return { url, control }
})

/** Tries until a condition holds; the time-out is for what never comes. */
export const eventually = <A, E, R>(what: string, effect: Effect.Effect<A, E, R>, until: (value: A) => boolean) =>
  effect.pipe(
    Effect.repeat({ until, schedule: Schedule.spaced("100 millis") }),
    Effect.timeoutOrElse({
      duration: "2 minutes",
      orElse: () => Effect.flatMap(effect, (last) => Effect.die(new Error(`${what}: ${JSON.stringify(last)}`)))
    })
  )

const unmigrated = Effect.void

/** An empty database, an encryption key, a provider, and nothing else. */
export const make = Effect.gen(function* () {
  const { url: databaseUrl } = yield* TestDatabase.make(unmigrated)
  const encryptionKey = Vault.generateKey()
  const simulator = yield* provider
  const port = yield* Ports.freePort
  const url = `http://127.0.0.1:${port}`
  const env = {
    DATABASE_URL: databaseUrl,
    SALESOS_ENCRYPTION_KEY: encryptionKey,
    PUBLIC_URL: url,
    PROVIDER_CALL_DEADLINE: "2 seconds",
    REQUEST_BUDGET: "2 seconds",
    OPERATION_LEASE: "5 seconds"
  }
  const client = yield* Layer.build(Client.layer({ url: Redacted.make(databaseUrl), applicationName: "test" }))
  /** All that any command has printed. */
  const printed: Array<Ran> = []

  /** As a process of its own. */
  const asProcess = (args: ReadonlyArray<string>, variables: Env, stdin: string) =>
    Effect.promise(async (): Promise<Ran> => {
      const child = open("apps/admin/src/main.ts", args, variables)
      const output = collect(child)
      child.stdin?.end(stdin)
      await once(child, "close")
      return { code: child.exitCode, ...output }
    })

  /** The same command line in this process, which need not start for it. */
  const inProcess = (args: ReadonlyArray<string>, variables: Env) =>
    Effect.suspend(() => {
      const output = { stdout: "", stderr: "" }
      const console = {
        ...globalThis.console,
        log: (...texts: ReadonlyArray<unknown>) => void (output.stdout += `${texts.join(" ")}\n`),
        error: (...texts: ReadonlyArray<unknown>) => void (output.stderr += `${texts.join(" ")}\n`)
      }
      return run(args).pipe(
        Effect.provideService(Console.Console, console),
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: variables })),
        Effect.orDie,
        Effect.map((code): Ran => ({ code, ...output }))
      )
    })

  /** Runs a command to its end; where it reads standard input, or the test wants it so, as a process of its own. */
  const command = (
    args: ReadonlyArray<string>,
    { asOwn = false, more = {}, stdin }: { readonly stdin?: string; readonly asOwn?: boolean; readonly more?: Env } = {}
  ) =>
    (asOwn || stdin !== undefined
      ? asProcess(args, { ...env, ...more }, stdin ?? "")
      : inProcess(args, { ...env, ...more })
    ).pipe(Effect.tap((ran) => Effect.sync(() => printed.push(ran))))

  /** Runs a command that has to succeed, and gives the JSON that it prints. */
  const json = <S extends Schema.ConstraintDecoder<unknown>>(
    schema: S,
    args: ReadonlyArray<string>,
    options: Parameters<typeof command>[1] = {}
  ) =>
    Effect.flatMap(command([...args, "--json"], options), ({ code, stderr, stdout }) =>
      code === 0
        ? Effect.orDie(Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(stdout))
        : Effect.die(new Error(`${args.join(" ")}: ${code} ${stderr} ${stdout}`))
    )

  /** A call of the API; undefined while nobody answers. */
  const call = (key: string, method: string, path: string, body?: unknown) =>
    Effect.promise(async () => {
      const answer = await fetch(`${url}/functions/v1/payments${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          "idempotency-key": crypto.randomUUID()
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      const text = await answer.text()
      return { status: answer.status, text }
    })

  /** Starts the API and waits until it is ready; with more variables than it needs. */
  const http = (more: Env = {}) =>
    Effect.gen(function* () {
      const { output } = yield* background("apps/http/src/main.ts", { ...env, PORT: String(port), ...more })
      yield* eventually(
        "the API",
        Effect.map(Effect.option(Effect.tryPromise(() => fetch(`${url}/readyz`))), (answer) => ({
          ready: Option.exists(answer, ({ status }) => status === 200),
          output
        })),
        ({ ready }) => ready
      )
    })

  return {
    run: command,
    json,
    call,
    http,
    worker: background("apps/worker/src/main.ts", { ...env, LOG_LEVEL: "Warn" }),
    simulator,
    databaseUrl,
    encryptionKey,
    printed,
    sql: Context.get(client, SqlClient.SqlClient)
  }
})

export type Salesos = Effect.Success<typeof make>

const Id = Schema.Struct({ id: Schema.String })
const Key = Schema.Struct({ id: Schema.String, key: Schema.String })

/** A migrated database with a tenant, its provider account and a key, all made by commands. */
export const setUp = Effect.fnUntraced(function* (salesos: Salesos) {
  yield* salesos.run(["migrate"], { asOwn: true })
  const { id: tenant } = yield* salesos.json(Id, ["tenants", "create", "--name", "Acme"])
  const owner = ["--tenant", tenant, "--environment", "sandbox"]
  yield* salesos.json(
    Schema.Unknown,
    [
      "accounts",
      "set",
      ...owner,
      "--provider",
      "infrapsp",
      "--name",
      "infrapsp",
      "--setting",
      `baseUrl=${salesos.simulator.url}`
    ],
    { stdin: JSON.stringify(credentials) }
  )
  const all = ["--scope", "payments:read", "--scope", "payments:write", "--scope", "payments:admin"]
  const { id: keyId, key } = yield* salesos.json(Key, ["keys", "create", ...owner, "--name", "erp", ...all])
  return { tenant, owner, key, keyId }
})

export const cpf = "52998224725"

export const invoice = (changes: Readonly<Record<string, unknown>> = {}) => ({
  customer: { country: "BR", document: cpf, name: "Maria da Silva", email: "maria@example.com" },
  amount: 12398,
  currency: "BRL",
  description: "Consulting - April/2026",
  payment_method: { type: "pix" },
  cost_center: "CC-MKT",
  ...changes
})
