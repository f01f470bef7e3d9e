/** A provider of one's own: the simulator on a free port, and what only its control endpoints can do. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Simulator from "@salesos/provider-infrapsp/simulator"
import { Context, Effect, type FileSystem, Layer, Option, Schema } from "effect"
import { FetchHttpClient, type HttpClient, HttpRouter, HttpServer } from "effect/http"
import { NetAddress } from "effect/net"
import { createServer } from "node:http"
import { request } from "./Api.ts"

export const credentials = { apiKey: "ipsp_test", apiSecret: "simulator-secret" }

const Charges = Schema.fromJsonString(
  Schema.Struct({
    transactions: Schema.Array(
      Schema.Struct({ id: Schema.String, status: Schema.String, externalId: Schema.NullOr(Schema.String) })
    )
  })
)
const decodeCharges = Schema.decodeUnknownEffect(Charges)

const Payables = Schema.fromJsonString(
  Schema.Array(Schema.Struct({ transactionId: Schema.String, fee: Schema.Int, paymentDate: Schema.String }))
)
const decodePayables = Schema.decodeUnknownEffect(Payables)

/** What tests ask of a simulator at an address. */
export const at = (url: string, { apiKey, apiSecret } = credentials) => {
  const call = (path: string, init?: RequestInit) =>
    Effect.map(request(`${url}${path}`, init), (answer) => Option.getOrThrow(answer).text)
  return {
    url,
    charges: call("/control/transactions").pipe(
      Effect.flatMap(decodeCharges),
      Effect.map(({ transactions }) => transactions),
      Effect.orDie
    ),
    /** Changes faults; the others stay. */
    set: (faults: Readonly<Record<string, unknown>>) =>
      Effect.asVoid(
        call("/control/faults", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(faults)
        })
      ),
    /** Takes all faults back, and lets what is held go. */
    heal: Effect.asVoid(call("/control/faults", { method: "DELETE" })),
    payables: (transactionId: string) =>
      call(`/v1/payables?transactionId=${transactionId}`, {
        headers: { authorization: `Bearer ${apiKey}.${apiSecret}` }
      }).pipe(Effect.flatMap(decodePayables), Effect.orDie)
  }
}

/** Serves simulators on a free port while the scope lives; gives the address. */
export const serve = Effect.fnUntraced(function* <E>(
  simulators: Layer.Layer<never, E, HttpRouter.HttpRouter | HttpClient.HttpClient | FileSystem.FileSystem>
) {
  const context = yield* Layer.build(
    HttpRouter.serve(simulators, { disableLogger: true, disableListenLog: true }).pipe(
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
  return `http://127.0.0.1:${address.port}`
})

/** Starts a simulator that knows nobody, and stops it with the scope. */
export const start = Effect.map(serve(Simulator.layer(credentials)), (url) => at(url))
