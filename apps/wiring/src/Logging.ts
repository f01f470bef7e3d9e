/** Logs: one JSON object a line for machines, or text for people. Set by `LOG_FORMAT` and `LOG_LEVEL`. */
import { Config, Effect, Layer, Logger, References } from "effect"
import { read } from "./Config.ts"

const config = Config.all({
  format: Config.Literals(["json", "pretty"], "LOG_FORMAT").pipe(
    Config.withDefault(process.stdout.isTTY ? "pretty" : "json")
  ),
  level: Config.LogLevel("LOG_LEVEL").pipe(Config.withDefault("Info"))
})

export const layer = Layer.unwrap(
  Effect.map(read(config), ({ format, level }) =>
    Layer.mergeAll(
      Logger.layer([format === "json" ? Logger.consoleJson : Logger.consolePretty()]),
      Layer.succeed(References.MinimumLogLevel, level)
    )
  )
)
