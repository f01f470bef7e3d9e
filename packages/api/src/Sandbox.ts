/**
 * What the sandbox can be asked to do that in the real world others do: pay, let expire, dispute, give back.
 */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import { PathId } from "./Fields.ts"
import * as Idempotency from "./Idempotency.ts"
import { Invoice } from "./Invoices.ts"
import { Payout } from "./Payouts.ts"
import { problem, ProviderNotConfigured } from "./Problems.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope } from "./Security.ts"
import { Validation } from "./Validation.ts"

const error = [...Idempotency.actionProblems, problem(ProviderNotConfigured)] as const

const told =
  "It is done at the provider account's simulator, and the answer shows what came of it. An account without a simulator is " +
  "answered 501, a live key 404. No body is needed. Scope `payments:write`."

const described = (summary: string, description: string) =>
  OpenApi.annotations({ summary, description: `${description} ${told}` })

const invoice = { params: { id: PathId("inv") }, success: Idempotency.done(Invoice) }
const common = { headers: Idempotency.headers, query: Query.none, error }

export class Group extends HttpApiGroup.make("sandbox")
  .add(
    HttpApiEndpoint.post("pay", "/sandbox/invoices/:id/pay", { ...common, ...invoice }).annotateMerge(
      described("Pay an invoice", "Pays an open invoice as its payer would.")
    ),
    HttpApiEndpoint.post("expire", "/sandbox/invoices/:id/expire", { ...common, ...invoice }).annotateMerge(
      described("Let an invoice expire", "Ends the charges of an open invoice before their time, unpaid.")
    ),
    HttpApiEndpoint.post("chargeback", "/sandbox/invoices/:id/chargeback", { ...common, ...invoice }).annotateMerge(
      described("Charge an invoice back", "Takes the payment of a paid invoice back, as a payer's bank would.")
    ),
    HttpApiEndpoint.post("return", "/sandbox/payouts/:id/return", {
      ...common,
      params: { id: PathId("po") },
      success: Idempotency.done(Payout)
    }).annotateMerge(
      described("Return a payout", "Gives the money of a paid payout back, as the beneficiary's bank would.")
    )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotate(RequiredScope, "payments:write")
  .annotateMerge(
    OpenApi.annotations({ title: "Sandbox", description: "What others do in the real world. For test keys only." })
  ) {}
