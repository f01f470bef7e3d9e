/**
 * What use cases count, for whoever runs them. Names and labels are those of Prometheus; a label holds one of few values, never an
 * id. An application exports them by `effect/observability`.
 */
import { Metric } from "effect"

/** How calls of providers ended: labels `provider`, `call` (`createCharge`) and `outcome` (`accepted`, `rejected`, …). */
export const providerCalls = Metric.counter("salesos_provider_calls_total", {
  description: "Calls of providers by outcome",
  incremental: true
})

/** How long calls of providers took, in seconds: labels `provider` and `call`. */
export const providerSeconds = Metric.histogram("salesos_provider_call_seconds", {
  description: "Time that calls of providers took, in seconds",
  boundaries: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15]
})

/** What was told to tenants: label `type` (`invoice.paid`). */
export const events = Metric.counter("salesos_events_total", {
  description: "Events told to tenants by type",
  incremental: true
})

/** What a person should look at: label `alert` (`paid_twice`). */
export const alerts = Metric.counter("salesos_alerts_total", {
  description: "Things that a person should look at",
  incremental: true
})

/** Counts one of something. */
export const count = (metric: Metric.Counter<number>, labels: Readonly<Record<string, string>>) =>
  Metric.update(Metric.withAttributes(metric, labels), 1)
