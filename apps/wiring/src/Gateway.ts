/** The gateway's ports with their adapters: the store, the drivers and the settings. */
import { Layer, Redacted } from "effect"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Provider, Settings, TaxIssuer } from "@salesos/core"
import * as Store from "@salesos/store-postgres"
import type { GatewayConfig } from "./Config.ts"
import { drivers, issuers } from "./Drivers.ts"
import * as PayerTokens from "./PayerTokens.ts"

/** Everything the use cases need. The database must be at the current schema; see `Migrations` in the store. */
export const layer = (config: GatewayConfig, applicationName: string) =>
  Layer.merge(Layer.effect(Provider.Drivers, drivers), Layer.succeed(TaxIssuer.TaxIssuers, issuers)).pipe(
    Layer.provideMerge(Store.layer),
    Layer.provideMerge(NodeHttpClient.layerUndici),
    Layer.provideMerge(
      Layer.succeed(Settings.Settings, {
        ...config.settings,
        payerTokens: PayerTokens.make(Redacted.value(config.encryptionKeys))
      })
    ),
    Layer.provideMerge(Store.Vault.Vault.layer(config.encryptionKeys)),
    Layer.provideMerge(
      Store.Client.layer({ url: config.databaseUrl, maxConnections: config.maxConnections, applicationName })
    )
  )
