/** The worker process. Stateless: as many as needed on one database. */
import { Config, Gateway, Process } from "@salesos/app-wiring"
import { Effect, Layer } from "effect"
import * as WorkerConfig from "./Config.ts"
import * as Worker from "./Worker.ts"

Process.runLayer(
  Layer.unwrap(
    Effect.gen(function* () {
      const config = yield* Config.load
      const worker = yield* WorkerConfig.load
      yield* Effect.logInfo("The worker is running")
      return Worker.layer(worker).pipe(Layer.provide(Gateway.layer(config, "salesos-worker")))
    })
  )
)
