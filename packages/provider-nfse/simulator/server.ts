/** The simulator on a server that speaks TLS and asks its callers for a certificate. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { NetAddress } from "effect/net"
import type { Server } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { Pair } from "./certificates.ts"
import * as Simulator from "./sefin.ts"

/** A server for {@link Simulator.layer}. It lets callers without a certificate in, so that they are told what is missing. */
export const createServer = ({ authority, own }: { readonly authority: string; readonly own: Pair }): Server =>
  createTlsServer({
    key: own.key,
    cert: own.certificate,
    ca: authority,
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"]
  })

export interface Serving extends Simulator.Options {
  readonly host?: string
  /** A free one unless told. */
  readonly port?: number
}

/** Serves a simulator until the scope closes, and gives its base URL and that of its control endpoints. */
export const serve = Effect.fnUntraced(function* (options: Serving) {
  const { host = "127.0.0.1", port = 0 } = options
  const context = yield* Layer.build(
    HttpRouter.serve(Simulator.layer(options), { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(
        Layer.fresh(
          NodeHttpServer.layer(() => createServer(options), { host, port, gracefulShutdownTimeout: "1 second" })
        )
      ),
      Layer.provide(NodeFileSystem.layer)
    )
  )
  const { address } = Context.get(context, HttpServer.HttpServer)
  const url = NetAddress.isUnixPathAddress(address) ? "" : `https://${host}:${address.port}`
  return { url: `${url}${Simulator.base}`, control: `${url}/control` }
})
