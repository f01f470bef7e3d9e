/**
 * Traces and metrics to an OpenTelemetry collector, where the standard variables name one (`OTEL_EXPORTER_OTLP_ENDPOINT` and its
 * kin). Without one no span is made: nobody would read it, and making them is a good part of a request's work.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Config, ConfigProvider, Effect, Layer, Option, References } from "effect"
import { OtlpMetrics, OtlpSerialization, OtlpTracer } from "effect/observability"
import { read } from "./Config.ts"

const isSet = (name: string) => Effect.map(read(Config.option(Config.NonEmptyString(name))), Option.isSome)

const tracing = Effect.zipWith(
  isSet("OTEL_EXPORTER_OTLP_ENDPOINT"),
  isSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
  (all, traces) => all || traces
)

/** A collector that is named is meant to be used, unless the variables say otherwise: so the standard has it. */
const defaults = ConfigProvider.layerAdd(
  ConfigProvider.fromUnknown({ OTEL_TRACES_EXPORTER: "otlp", OTEL_METRICS_EXPORTER: "otlp" })
)

/** `serviceName` is what the process is called there, unless `OTEL_SERVICE_NAME` says otherwise. */
export const layer = (serviceName: string) =>
  Layer.unwrap(
    Effect.map(tracing, (isWanted) => {
      const exported = Layer.mergeAll(
        OtlpTracer.layerFromConfig({ resource: { serviceName } }),
        OtlpMetrics.layerFromConfig({ resource: { serviceName } })
      ).pipe(Layer.provide([OtlpSerialization.layerJson, NodeHttpClient.layerUndici, defaults]))
      return Layer.merge(Layer.succeed(References.TracerEnabled, isWanted), exported)
    })
  )
