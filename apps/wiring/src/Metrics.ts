/** What a process counts, for Prometheus to fetch. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Layer } from "effect"
import { HttpRouter } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { createServer } from "node:http"
import * as EarlyRequests from "./EarlyRequests.ts"

export const path = "/metrics"

export const layer = PrometheusMetrics.layerHttp({ path })

/** Serves nothing but metrics: for a process that listens for nothing else. */
export const serve = (address: { readonly host: string; readonly port: number }) =>
  HttpRouter.serve(layer, { disableLogger: true }).pipe(
    Layer.provide(NodeHttpServer.layer(() => EarlyRequests.kept(createServer()), address))
  )
