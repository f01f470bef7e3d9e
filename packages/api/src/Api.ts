/**
 * The API as one value: what the server implements, the client is derived from, and the OpenAPI document shows.
 */
import { HttpApi, OpenApi } from "effect/http-api"
import * as ApiKeys from "./ApiKeys.ts"
import * as BalanceTransactions from "./BalanceTransactions.ts"
import * as Balance from "./Balance.ts"
import * as CostCenters from "./CostCenters.ts"
import { complete } from "./Documentation.ts"
import * as Events from "./Events.ts"
import { withExamples } from "./Examples.ts"
import * as Invoices from "./Invoices.ts"
import * as Payouts from "./Payouts.ts"
import * as Sandbox from "./Sandbox.ts"
import * as System from "./System.ts"
import * as TaxDocuments from "./TaxDocuments.ts"
import * as WebhookDeliveries from "./WebhookDeliveries.ts"
import * as WebhookEndpoints from "./WebhookEndpoints.ts"

const description = `A payments gateway: collect and pay out by PIX and more through several providers, and read one statement.

Amounts are integers in minor units beside a currency; times are ISO 8601 in UTC. Fields and query parameters that are
not documented are refused, so that a typo is not silently ignored. Every response carries \`Request-Id\`.

Every POST takes an \`Idempotency-Key\`: repeated with the same key and body it is carried out once, and answered again
with \`Idempotent-Replay: true\`.

Errors are RFC 9457 problems (\`application/problem+json\`), told apart by \`code\`. An address that exists but not with
the method that was used answers 405 \`method_not_allowed\`.`

export class Api extends HttpApi.make("payments")
  .add(
    Invoices.Group,
    TaxDocuments.Group,
    Payouts.Group,
    BalanceTransactions.Group,
    Balance.Group,
    WebhookEndpoints.Group,
    WebhookDeliveries.Group,
    Events.Group,
    ApiKeys.Group,
    CostCenters.Group,
    Sandbox.Group,
    System.Group
  )
  // A typo must not be silently ignored, and every failing field is named.
  .annotate(HttpApi.ParseOptions, { errors: "all", onExcessProperty: "error" })
  // Headers such as `host` are always there; answers may gain fields that an older client does not know.
  .annotate(HttpApi.HeadersParseOptions, { errors: "all" })
  .annotate(HttpApi.SuccessParseOptions, {})
  .annotate(HttpApi.ErrorParseOptions, {})
  .annotateMerge(
    OpenApi.annotations({
      title: "SalesOS Payments",
      version: "1.0.0",
      description,
      license: { name: "MIT", identifier: "MIT" },
      servers: [{ url: "/", description: "The gateway that serves this document" }],
      transform: (spec) => withExamples(complete(spec))
    })
  ) {}
