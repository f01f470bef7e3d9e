/**
 * Runs the simulator alone: `pnpm simulate usdbrl`.
 *
 * Environment: that of every simulator (`HOST`, `PORT`, 8093 by default, and `STATE_FILE`), the pair it accepts,
 * `CLIENT_ID` and `CLIENT_SECRET` (`usdbrl_simulator` and `secret`), and `SIGNING_SECRET` to sign callbacks with (none).
 */
import { run } from "@salesos/simulator-kit/standalone"
import { Config } from "effect"
import * as Simulator from "./index.ts"

run({
  name: "USD→BRL",
  path: "/v1",
  port: 8093,
  settings: Config.all({
    clientId: Config.String("CLIENT_ID").pipe(Config.withDefault("usdbrl_simulator")),
    clientSecret: Config.String("CLIENT_SECRET").pipe(Config.withDefault("secret")),
    signingSecret: Config.String("SIGNING_SECRET").pipe(Config.withDefault(undefined))
  }),
  layer: Simulator.layer
})
