/**
 * A simulator as a program of its own, which prints its address and stops on SIGINT and SIGTERM.
 *
 * Environment: `HOST` (127.0.0.1), `PORT` (0 takes a free one), `STATE_FILE` (none: it forgets), and what the provider's
 * own `settings` read.
 */
import { createServer, type Server } from "node:http"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Config, Console, Effect, type FileSystem, Layer, Option, type PlatformError } from "effect"
import { type HttpClient, HttpRouter, HttpServer } from "effect/http"

/** A simulator to run. */
export interface Program<Settings> {
  /** As people know the provider. */
  readonly name: string
  /** Where its API begins, such as `/v1`. */
  readonly path: string
  readonly port: number
  /** What it reads of the environment, such as the credentials it accepts. */
  readonly settings: Config.Config<Settings>
  /** The server that it listens with, one that speaks TLS; a plain one unless given. */
  readonly createServer?: (settings: Settings) => Server
  readonly layer: (
    settings: Settings & { readonly stateFile: string | undefined }
  ) => Layer.Layer<
    never,
    PlatformError.PlatformError,
    HttpRouter.HttpRouter | HttpClient.HttpClient | FileSystem.FileSystem
  >
}

/** Runs the simulator until the process is told to stop. */
export const run = <Settings extends object>(program: Program<Settings>): void => {
  const config = Config.all({
    host: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
    port: Config.Int("PORT").pipe(Config.withDefault(program.port)),
    stateFile: Config.option(Config.String("STATE_FILE")),
    settings: program.settings
  })
  const announce = HttpServer.addressFormattedWith((address) =>
    Console.log(
      `${program.name} simulator on ${program.createServer === undefined ? address : address.replace("http:", "https:")}${program.path}`
    )
  )
  const server = Layer.unwrap(
    Effect.map(config, ({ host, port, settings, stateFile }) =>
      Layer.effectDiscard(announce).pipe(
        Layer.provideMerge(
          HttpRouter.serve(program.layer({ ...settings, stateFile: Option.getOrUndefined(stateFile) }), {
            disableLogger: true,
            disableListenLog: true
          })
        ),
        Layer.provide(
          NodeHttpServer.layer(() => program.createServer?.(settings) ?? createServer(), {
            host,
            port,
            gracefulShutdownTimeout: "1 second"
          })
        ),
        Layer.provide(Layer.mergeAll(NodeHttpClient.layerUndici, NodeFileSystem.layer))
      )
    )
  )
  NodeRuntime.runMain(Layer.launch(server))
}
