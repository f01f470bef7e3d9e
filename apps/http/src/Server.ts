/** The API's routes, and the server that serves them. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Api } from "@salesos/api"
import { EarlyRequests, Metrics } from "@salesos/app-wiring"
import { Settings } from "@salesos/core"
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApiBuilder, HttpApiScalar } from "effect/http-api"
import { createServer } from "node:http"
import * as ApiKeys from "./ApiKeys.ts"
import * as Authentication from "./Authentication.ts"
import * as Balance from "./Balance.ts"
import * as BalanceTransactions from "./BalanceTransactions.ts"
import * as Events from "./Events.ts"
import * as CostCenters from "./CostCenters.ts"
import * as Invoices from "./Invoices.ts"
import * as Notifications from "./Notifications.ts"
import * as Outer from "./Outer.ts"
import * as PayerPages from "./PayerPages.ts"
import * as Payouts from "./Payouts.ts"
import * as ProblemPages from "./ProblemPages.ts"
import * as QrCode from "./QrCode.ts"
import * as Sandbox from "./Sandbox.ts"
import * as System from "./System.ts"
import * as TaxDocuments from "./TaxDocuments.ts"
import * as Telemetry from "./Telemetry.ts"
import * as Unreadable from "./Unreadable.ts"
import * as Validation from "./Validation.ts"
import * as WebhookDeliveries from "./WebhookDeliveries.ts"
import * as WebhookEndpoints from "./WebhookEndpoints.ts"

/** Every route of the gateway; needs the gateway's ports. */
export const routes = Layer.mergeAll(
  HttpApiBuilder.layer(Api, { openapiPath: Outer.openApiPath }).pipe(
    Layer.provide([ApiKeys.layer, CostCenters.layer]),
    Layer.provide([
      Invoices.layer,
      TaxDocuments.layer,
      Payouts.layer,
      BalanceTransactions.layer,
      Balance.layer,
      WebhookEndpoints.layer,
      WebhookDeliveries.layer,
      Events.layer,
      Sandbox.layer,
      System.layer
    ]),
    Layer.provide([Validation.layer, Authentication.layer])
  ),
  HttpApiScalar.layer(Api, {
    path: Outer.referencePath,
    // Nothing is fetched from elsewhere, and nothing on it leads to somebody else's service.
    scalar: {
      authentication: { preferredSecurityScheme: "bearer" },
      customCss: ".api-reference-toolbar, .open-api-client-button { display: none !important }",
      favicon: "data:,",
      withDefaultFonts: false
    }
  }),
  Metrics.layer,
  Notifications.layer,
  PayerPages.layer,
  QrCode.layer,
  ProblemPages.layer,
  Outer.layer
)

/** Serves routes. On a stop it takes nothing new, and what runs may finish. */
export const serve = <E, R>(
  all: Layer.Layer<never, E, R>,
  { host, port }: { readonly host: string; readonly port: number }
) =>
  HttpRouter.serve(all, { disableLogger: true }).pipe(
    Layer.provide(Telemetry.layer),
    Layer.provide(
      Layer.unwrap(
        Effect.map(Settings.Settings, ({ publicUrl }) =>
          NodeHttpServer.layer(
            () => EarlyRequests.kept(Unreadable.answered(createServer({ requestTimeout: 60_000 }), publicUrl)),
            { host, port, gracefulShutdownTimeout: "50 seconds" }
          )
        )
      )
    )
  )
