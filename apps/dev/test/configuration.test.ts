import { assert, describe, it } from "@effect/vitest"
import { Config as Wiring } from "@salesos/app-wiring"
import { Config as Worker } from "@salesos/app-worker"
import { Vault } from "@salesos/store-postgres"
import { ConfigProvider, Effect } from "effect"
import * as Dev from "../src/Config.ts"
import * as Child from "./support/Child.ts"

const key = Vault.generateKey()
const right = { DATABASE_URL: "postgres://salesos:hunter2@127.0.0.1:1/salesos", SALESOS_ENCRYPTION_KEY: key }

const loads = {
  gateway: Effect.asVoid(Wiring.load),
  worker: Effect.asVoid(Worker.load),
  start: Effect.asVoid(Dev.load)
}

/** What reads the variable, the variable, and its value: null where it is missing. */
const wrong: ReadonlyArray<readonly [keyof typeof loads, string, string | null]> = [
  ["gateway", "DATABASE_URL", null],
  ["gateway", "DATABASE_URL", "mysql://salesos:hunter2@db/salesos"],
  ["gateway", "DATABASE_URL", "postgres://salesos:hunter2@db:port/salesos"],
  ["gateway", "SALESOS_ENCRYPTION_KEY", null],
  ["gateway", "SALESOS_ENCRYPTION_KEY", "dG9vIHNob3J0"],
  ["gateway", "SALESOS_ENCRYPTION_KEY", `${key},dG9vIHNob3J0`],
  ["gateway", "PUBLIC_URL", "payments.example"],
  ["gateway", "PUBLIC_URL", "https://payments.example/"],
  ["gateway", "OPERATION_LEASE", "20 seconds"],
  ["gateway", "OPERATION_LEASE", "for ever"],
  ["gateway", "PROVIDER_CALL_DEADLINE", "soon"],
  ["gateway", "REQUEST_BUDGET", "plenty"],
  ["gateway", "DATABASE_CONNECTIONS", "many"],
  ["gateway", "DATABASE_CONNECTIONS", "-5"],
  ["worker", "WORKER_CONCURRENCY", "many"],
  ["worker", "WORKER_POLL_INTERVAL", "often"],
  ["start", "SALESOS_DEMO_API_KEY", "sk_live_0123456789abcdef"],
  ["start", "SALESOS_DEMO_API_KEY", "sk_test_short"],
  ["start", "PORT", "eighty"],
  ["start", "PORT", "65536"],
  ["start", "SALESOS_PG_PORT", "postgres"],
  ["start", "NFSE_SIMULATOR_PORT", "https"],
  ["worker", "SMTP_URL", "mail.example.com:587"],
  ["worker", "SMTP_URL", "smtp://mail.example.com/?pool=true"],
  ["worker", "MAIL_FROM", "Acme <payments@acme.example>"]
]

describe("configuration", () => {
  it.live.each(wrong)(
    "$1=$2 stops the start with a message that names the variable, and not its value",
    ([which, name, value]) =>
      Effect.gen(function* () {
        const env = Object.fromEntries(Object.entries({ ...right, [name]: value }).filter(([, each]) => each !== null))
        const provider = ConfigProvider.fromEnv({ env })
        const { _tag, message } = yield* Effect.flip(
          loads[which].pipe(Effect.provideService(ConfigProvider.ConfigProvider, provider))
        )
        assert.strictEqual(_tag, "BadConfiguration")
        assert.match(message, new RegExp(`^${name}: [^\\n]+$`))
        if (value !== null) assert.notInclude(message, value)
      })
  )

  it.live("that has a mail server needs an address that letters are from", () =>
    Effect.gen(function* () {
      const load = (env: Readonly<Record<string, string>>) =>
        loads.worker.pipe(
          Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: { ...right, ...env } }))
        )
      const smtp = { SMTP_URL: "smtps://acme:p%40ss@mail.example.com:465" }
      assert.match((yield* Effect.flip(load(smtp))).message, /^MAIL_FROM: /)
      yield* load({ ...smtp, MAIL_FROM: "payments@acme.example" })
      yield* load({ SMTP_URL: "", MAIL_FROM: "", MAIL_OUTBOX: "" }) // as in .env.example
    })
  )

  it.live("that is right is taken", () =>
    Effect.gen(function* () {
      const env = { ...right, SALESOS_ENCRYPTION_KEY: `${Vault.generateKey()}, ${key}`, OPERATION_LEASE: "90 seconds" }
      const { settings } = yield* Wiring.load.pipe(
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
      )
      assert.strictEqual(settings.publicUrl, "http://127.0.0.1:8080")
    })
  )
})

const minutes = 5 * 60_000

describe("the API as a process", () => {
  const runs: ReadonlyArray<readonly [string, Readonly<Record<string, string>>]> = [
    ["DATABASE_URL", { SALESOS_ENCRYPTION_KEY: key }],
    ["DATABASE_URL", { ...right, DATABASE_URL: "mysql://salesos:hunter2@db/salesos" }],
    ["SALESOS_ENCRYPTION_KEY", { DATABASE_URL: right.DATABASE_URL }],
    ["LOG_LEVEL", { ...right, LOG_LEVEL: "Loud" }]
  ]
  it.live(
    "ends with 1 and one line on what is missing or wrong",
    () =>
      Effect.gen(function* () {
        const ended = yield* Effect.forEach(runs, ([, env]) => Child.run("http", env), { concurrency: 2 })
        for (const [index, [name, env]] of runs.entries()) {
          const { code, output } = ended[index] ?? assert.fail("It did not run")
          assert.strictEqual(code, 1, output)
          assert.match(output, new RegExp(`^${name}: [^\\n]+\\n$`), JSON.stringify(Object.keys(env)))
          assert.notInclude(output, "hunter2")
          assert.notInclude(output, key)
        }
      }),
    minutes
  )

  it.live(
    "ends with 1 when it cannot reach its database, without telling the password",
    () =>
      Effect.gen(function* () {
        const { code, output } = yield* Child.run("http", right)
        assert.strictEqual(code, 1)
        assert.include(output, "DATABASE_URL")
        assert.notInclude(output, "hunter2")
        assert.notInclude(output, key)
      }),
    minutes
  )
})
