/** The HTTP process. Stateless: as many as needed on one database. */
import { Config, Gateway, Process } from "@salesos/app-wiring"
import { Effect, Layer } from "effect"
import { TrustedProxies } from "./ClientAddress.ts"
import * as Listen from "./Config.ts"
import { routes, serve } from "./Server.ts"

Process.runLayer(
  Layer.unwrap(
    Effect.gen(function* () {
      const config = yield* Config.load
      const listen = yield* Listen.load
      return serve(routes, listen).pipe(
        Layer.provide(Layer.succeed(TrustedProxies, listen.trustedProxies)),
        Layer.provide(Gateway.layer(config, "salesos-http"))
      )
    })
  ),
  "salesos-http"
)
