/** What a process counts, and how the whole is doing, for Prometheus to fetch. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Vitals } from "@salesos/store-postgres"
import { Effect, Layer, Metric } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { SqlClient } from "effect/sql"
import { createServer } from "node:http"
import * as EarlyRequests from "./EarlyRequests.ts"

export const path = "/metrics"

/** The names of `Vitals` as gauges, and what is said of each. */
const gauges = {
  in_doubt: Metric.gauge("salesos_in_doubt", { description: "Perhaps done at a provider, and nobody knows" }),
  waiting_seconds: Metric.gauge("salesos_waiting_seconds", {
    description: "For how long the oldest of what is due has been due"
  }),
  dead_notifications: Metric.gauge("salesos_dead_notifications", {
    description: "Notifications that could not be applied"
  }),
  refused_accounts: Metric.gauge("salesos_refused_accounts", {
    description: "Provider accounts that their providers refuse"
  }),
  ledger_imbalance: Metric.gauge("salesos_ledger_imbalance", {
    description: "Minor units by which entries of the last ten minutes are out of balance"
  })
} as const satisfies Record<Vitals.Vital["gauge"], unknown>

/** Whoever fetches more often gets what the one before got: the database is asked at most every ten seconds. */
const freshFor = "10 seconds"

export const layer = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const sql = yield* SqlClient.SqlClient
    const refreshed = yield* Vitals.read.pipe(
      Effect.provideService(SqlClient.SqlClient, sql),
      Effect.flatMap((vitals) =>
        Effect.forEach(
          vitals,
          ({ gauge, of, value }) =>
            Metric.update(of === "" ? gauges[gauge] : Metric.withAttributes(gauges[gauge], { of }), value),
          { discard: true }
        )
      ),
      // What the process itself counted is told all the same.
      Effect.catchTag("StoreUnavailable", (error) =>
        Effect.logWarning("The database can't be asked how the whole is doing", error.cause)
      ),
      Effect.cachedWithTTL(freshFor)
    )
    yield* router.add(
      "GET",
      path,
      Effect.gen(function* () {
        yield* refreshed
        const body = yield* PrometheusMetrics.format()
        return HttpServerResponse.text(body, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
      })
    )
  })
)

/** Serves nothing but metrics: for a process that listens for nothing else. */
export const serve = (address: { readonly host: string; readonly port: number }) =>
  HttpRouter.serve(layer, { disableLogger: true }).pipe(
    Layer.provide(NodeHttpServer.layer(() => EarlyRequests.kept(createServer()), address))
  )
