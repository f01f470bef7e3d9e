/**
 * Runs the simulator alone: `pnpm simulate sellxpay`.
 *
 * Environment: that of every simulator (`HOST`, `PORT`, 8092 by default, and `STATE_FILE`), and the pair it accepts,
 * `CLIENT_ID` and `CLIENT_SECRET` (`sellxpay_simulator` and `secret`).
 */
import { run } from "@salesos/simulator-kit/standalone"
import { Config } from "effect"
import * as Simulator from "./index.ts"

run({
  name: "SellxPay",
  path: "/api/v1",
  port: 8092,
  settings: Config.all({
    clientId: Config.String("CLIENT_ID").pipe(Config.withDefault("sellxpay_simulator")),
    clientSecret: Config.String("CLIENT_SECRET").pipe(Config.withDefault("secret"))
  }),
  layer: Simulator.layer
})
