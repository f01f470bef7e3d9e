/**
 * Runs the simulator alone: `node packages/provider-nfse/simulator/main.ts`.
 *
 * Environment: that of every simulator (`HOST`, `PORT`, 8443 by default, and `STATE_FILE`), and `CERTIFICATES`, a directory. What it
 * lacks there of `ca.pem`, `ca.key`, `server.pem`, `server.key` and `taxpayer.pfx` (of `TAXPAYER`, a CNPJ or CPF; password `nfse`) is
 * made.
 */
import { run } from "@salesos/simulator-kit/standalone"
import { Config } from "effect"
import { keep } from "./files.ts"
import * as Simulator from "./index.ts"

run({
  name: "Sefin Nacional",
  path: Simulator.base,
  port: 8443,
  settings: Config.map(
    Config.all({
      directory: Config.String("CERTIFICATES").pipe(Config.withDefault(".salesos/nfse")),
      document: Config.String("TAXPAYER").pipe(Config.withDefault("12345678000195"))
    }),
    ({ directory, document }) => keep(directory, { document, name: "Empresa de Demonstração Ltda", password: "nfse" })
  ),
  createServer: Simulator.createServer,
  layer: Simulator.layer
})
