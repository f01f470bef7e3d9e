/**
 * Runs the simulator alone: `pnpm simulate infrapsp`.
 *
 * Environment: that of every simulator (`HOST`, `PORT`, 8091 by default, and `STATE_FILE`), and the pair it accepts,
 * `API_KEY` and `API_SECRET` (`ipsp_simulator` and `secret`).
 */
import { run } from "@salesos/simulator-kit/standalone"
import { Config } from "effect"
import * as Simulator from "./index.ts"

run({
  name: "InfraPSP",
  path: "/v1",
  port: 8091,
  settings: Config.all({
    apiKey: Config.String("API_KEY").pipe(Config.withDefault("ipsp_simulator")),
    apiSecret: Config.String("API_SECRET").pipe(Config.withDefault("secret"))
  }),
  layer: Simulator.layer
})
