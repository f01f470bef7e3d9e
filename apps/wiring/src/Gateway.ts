/** The gateway's ports with their adapters: the store, the drivers and the settings. */
import { Layer, Redacted } from "effect"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Provider, Reading, Settings, TaxIssuer } from "@salesos/core"
import * as Store from "@salesos/store-postgres"
import type { GatewayConfig } from "./Config.ts"
import * as Destinations from "./Destinations.ts"
import { drivers, issuers } from "./Drivers.ts"
import * as PayerTokens from "./PayerTokens.ts"
import * as Sandbox from "./Sandbox.ts"

/** Everything the use cases need. The database must be at the current schema; see `Migrations` in the store. */
export const layer = (config: GatewayConfig, applicationName: string) =>
  Reading.Reading.layer.pipe(
    Layer.provideMerge(Layer.effect(Provider.Drivers, drivers)),
    Layer.provideMerge(Layer.succeed(TaxIssuer.TaxIssuers, issuers)),
    Layer.provideMerge(Sandbox.layer),
    Layer.provideMerge(Store.layer),
    Layer.provideMerge(Destinations.layer),
    Layer.provideMerge(NodeHttpClient.layerUndici),
    Layer.provideMerge(
      Layer.succeed(Settings.Settings, {
        ...config.settings,
        payerTokens: PayerTokens.make(Redacted.value(config.encryptionKeys))
      })
    ),
    Layer.provideMerge(Store.Vault.Vault.layer(config.encryptionKeys)),
    // Of all that is above, and of whoever is given this: requests, the worker's loops, commands.
    Layer.provideMerge(Store.DatabaseClock.layer),
    Layer.provideMerge(
      Store.Client.layer({ url: config.databaseUrl, maxConnections: config.maxConnections, applicationName })
    )
  )
