/** The system under test: the HTTP process and the provider's simulator, each its own process as in production. */
import { Vault } from "@salesos/store-postgres"
import { Ports } from "@salesos/test-servers"
import { Effect } from "effect"
import { resolve } from "node:path"
import type { Database } from "./database.ts"
import * as Processes from "./processes.ts"

/** The credentials that the simulator takes. */
export const credentials = { apiKey: "ipsp_bench", apiSecret: "bench-secret" } as const

/** Seals what the bench sets up, and opens it in the HTTP process. */
export const encryptionKey = Vault.generateKey()

export const results = resolve(import.meta.dirname, "results")
export const profileName = "p1.cpuprofile.tmp"

/** Starts a simulator that knows no charge yet and keeps its charges in memory. */
export const simulator = (port: number) =>
  Processes.serve(
    {
      name: "The simulator",
      args: ["packages/provider-infrapsp/simulator/main.ts"],
      env: { PORT: String(port), API_KEY: credentials.apiKey, API_SECRET: credentials.apiSecret }
    },
    `http://127.0.0.1:${port}/v1/balance`
  )

/** Starts the API on a database. Gives its port. */
export const http = Effect.fnUntraced(function* (database: Database, pool: number, profile: boolean) {
  const port = yield* Ports.freePort
  const address = `http://127.0.0.1:${port}`
  const running = yield* Processes.serve(
    {
      name: "The HTTP process",
      args: [
        "--max-semi-space-size=16",
        ...(profile ? ["--cpu-prof", `--cpu-prof-dir=${results}`, `--cpu-prof-name=${profileName}`] : []),
        "apps/http/src/main.ts"
      ],
      env: {
        DATABASE_URL: database.url,
        DATABASE_CONNECTIONS: String(pool),
        SALESOS_ENCRYPTION_KEY: encryptionKey,
        PORT: String(port),
        PUBLIC_URL: address,
        LOG_LEVEL: "Warn"
      }
    },
    `${address}/readyz`
  )
  return { port, lastLines: running.lastLines }
})
