/**
 * Runs the simulator alone: `node packages/provider-infrapsp/simulator/main.ts`.
 *
 * Environment: `HOST` (127.0.0.1), `PORT` (8091; 0 takes a free one), `STATE_FILE` (none: it forgets), `API_KEY` and
 * `API_SECRET` (`ipsp_simulator` and `secret`). It prints its address, and stops on SIGINT and SIGTERM.
 */
import { createServer } from "node:http"
import { NodeHttpClient, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer, Option } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import * as Simulator from "./index.ts"

const config = Config.all({
  host: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
  port: Config.Int("PORT").pipe(Config.withDefault(8091)),
  stateFile: Config.option(Config.String("STATE_FILE")),
  apiKey: Config.String("API_KEY").pipe(Config.withDefault("ipsp_simulator")),
  apiSecret: Config.String("API_SECRET").pipe(Config.withDefault("secret"))
})

const announce = HttpServer.addressFormattedWith((address) => Console.log(`InfraPSP simulator on ${address}/v1`))

const server = Layer.unwrap(
  Effect.map(config, ({ apiKey, apiSecret, host, port, stateFile }) =>
    Layer.effectDiscard(announce).pipe(
      Layer.provideMerge(
        HttpRouter.serve(Simulator.layer({ apiKey, apiSecret, stateFile: Option.getOrUndefined(stateFile) }), {
          disableLogger: true,
          disableListenLog: true
        })
      ),
      Layer.provide(NodeHttpServer.layer(createServer, { host, port, gracefulShutdownTimeout: "1 second" })),
      Layer.provide(NodeHttpClient.layerUndici)
    )
  )
)

NodeRuntime.runMain(Layer.launch(server))
