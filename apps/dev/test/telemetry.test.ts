/** What an operator learns of the running processes: traces at a collector, and metrics for Prometheus. */
import { assert, describe, it } from "@effect/vitest"
import { basePath } from "@salesos/api"
import { Ports } from "@salesos/test-servers"
import { Effect, Option, Schema } from "effect"
import { randomUUID } from "node:crypto"
import { asInvoice, cpf, invoice, request } from "./support/Api.ts"
import * as Receiver from "./support/Receiver.ts"
import * as Simulated from "./support/Simulated.ts"
import { eventually } from "./support/Waiting.ts"
import * as World from "./support/World.ts"

const Attribute = Schema.Struct({
  key: Schema.String,
  value: Schema.Struct({ stringValue: Schema.optionalKey(Schema.String) })
})
const Traces = Schema.fromJsonString(
  Schema.Struct({
    resourceSpans: Schema.Array(
      Schema.Struct({
        scopeSpans: Schema.Array(
          Schema.Struct({
            spans: Schema.Array(
              Schema.Struct({
                traceId: Schema.String,
                name: Schema.String,
                attributes: Schema.Array(Attribute)
              })
            )
          })
        )
      })
    )
  })
)
const decodeTraces = Schema.decodeUnknownOption(Traces)

/** Spans in the bodies that a collector was sent. */
const spansOf = (received: ReadonlyArray<Receiver.Received>) =>
  received.flatMap(({ body }) =>
    Option.match(decodeTraces(body), {
      onNone: () => [],
      onSome: ({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    })
  )

/** The value of a metric with all of these labels. */
const valueOf = (text: string, name: string, labels: Readonly<Record<string, string>>): number | undefined => {
  const line = text
    .split("\n")
    .find(
      (each) =>
        each.startsWith(`${name}{`) &&
        Object.entries(labels).every(([key, value]) => each.includes(`${key}="${value}"`))
    )
  return line === undefined ? undefined : Number(line.split(" ").at(-1))
}

const minutes = 5 * 60_000

describe.concurrent("telemetry", () => {
  it.live(
    "traces a request from the handler to the provider, by the invoice's id, and nothing that nobody may read",
    () =>
      Effect.gen(function* () {
        const world = yield* World.make
        const collector = yield* Receiver.start(200)
        const http = yield* world.httpWith({
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
          OTEL_BSP_SCHEDULE_DELAY: "100"
        })
        const { id } = Option.getOrThrow(asInvoice(yield* world.api.create(randomUUID(), invoice(12398))))
        const route = `POST ${basePath}/invoices`
        const traced = yield* eventually("the trace", collector.received, (received) =>
          spansOf(received).some(({ name }) => name === route)
        )
        yield* http.stop("SIGTERM")
        const spans = spansOf(yield* collector.received)
        const trace = spans.find(({ name }) => name === route)?.traceId
        const ours = spans.filter(({ traceId }) => traceId === trace)
        assert.includeMembers(
          ours.map(({ name }) => name),
          ["Invoices.create", "provider.createCharge"]
        )
        const call = ours.find(({ name }) => name === "provider.createCharge")
        assert.include(call?.attributes.map(({ value }) => value.stringValue) ?? [], id)
        assert.isNotEmpty(traced)
        const told = (yield* collector.received).map(({ body }) => body).join("\n")
        for (const secret of [world.key, cpf, world.encryptionKey, Simulated.credentials.apiSecret, "Maria da Silva"]) {
          assert.notInclude(told, secret)
        }
      }),
    minutes
  )

  it.live(
    "counts requests by their route and calls of providers by their outcome, in both processes",
    () =>
      Effect.gen(function* () {
        const world = yield* World.make
        yield* world.http
        const metricsPort = yield* Ports.freePort
        const { id } = Option.getOrThrow(asInvoice(yield* world.api.create(randomUUID(), invoice(12398))))
        yield* world.api.get(id)
        yield* request(`${world.url}/no/such/place`)
        const fetched = (url: string) =>
          Effect.map(request(url), Option.match({ onNone: () => "", onSome: ({ text }) => text }))
        const text = yield* fetched(`${world.url}/metrics`)
        const requests = (labels: Readonly<Record<string, string>>) =>
          valueOf(text, "salesos_http_requests_total", labels)
        assert.strictEqual(requests({ method: "POST", route: `${basePath}/invoices`, status: "201" }), 1)
        assert.strictEqual(requests({ method: "GET", route: `${basePath}/invoices/:id`, status: "200" }), 1)
        assert.strictEqual(requests({ route: "none", status: "404" }), 1)
        const created = { provider: "infrapsp", call: "createCharge", outcome: "accepted" }
        assert.strictEqual(valueOf(text, "salesos_provider_calls_total", created), 1)
        assert.strictEqual(valueOf(text, "salesos_in_doubt", { of: "charge" }), 0)
        assert.match(text, /^salesos_ledger_imbalance 0$/m)
        assert.notInclude(text, id)

        yield* world.workerWith({ WORKER_METRICS_PORT: `${metricsPort}` })
        const looked = { provider: "infrapsp", call: "getCharge", outcome: "accepted" }
        yield* eventually(
          "the worker's look-up",
          fetched(`http://127.0.0.1:${metricsPort}/metrics`),
          (metrics) => (valueOf(metrics, "salesos_provider_calls_total", looked) ?? 0) > 0
        )
      }),
    minutes
  )
})
