/** The worker process. Stateless: as many as needed on one database. */
import { Config, Gateway, Metrics, Process } from "@salesos/app-wiring"
import { Effect, Layer, Option } from "effect"
import * as WorkerConfig from "./Config.ts"
import * as Worker from "./Worker.ts"

Process.runLayer(
  Layer.unwrap(
    Effect.gen(function* () {
      const config = yield* Config.load
      const worker = yield* WorkerConfig.load
      const { host, port } = yield* WorkerConfig.metrics
      yield* Effect.logInfo("The worker is running")
      return Layer.merge(
        Worker.layer(worker),
        Option.match(port, { onNone: () => Layer.empty, onSome: (port) => Metrics.serve({ host, port }) })
      ).pipe(Layer.provide(Gateway.layer(config, "salesos-worker")))
    })
  ),
  "salesos-worker"
)
