/**
 * Runs the simulator alone: `pnpm simulate newpay`.
 *
 * Environment: that of every simulator (`HOST`, `PORT`, 8099 by default, and `STATE_FILE`), and the key it accepts, `API_KEY`
 * (`newpay_simulator`).
 */
import { run } from "@salesos/simulator-kit/standalone"
import { Config } from "effect"
import * as Simulator from "./index.ts"

run({
  name: "NewPay",
  path: "/v1",
  port: 8099,
  settings: Config.all({ apiKey: Config.String("API_KEY").pipe(Config.withDefault("newpay_simulator")) }),
  layer: Simulator.layer
})
