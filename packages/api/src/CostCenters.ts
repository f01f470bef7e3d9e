/**
 * Cost centers: what invoices and payouts are filed under.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import { Text } from "./Fields.ts"
import { PayloadTooLarge, problem, UnsupportedMediaType } from "./Problems.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope } from "./Security.ts"
import { Validation } from "./Validation.ts"

const fields = {
  code: Text(64, { description: "What `cost_center` is set to", examples: ["CC-MKT"] }),
  name: Text(255, { examples: ["Marketing"] })
}

/** The whole list. The shape only: the rules on it are the domain's. */
export const PutCostCenters = Schema.Struct({
  cost_centers: Schema.Array(Schema.Struct(fields).annotate({ identifier: "PutCostCenter" }))
    .annotate({ description: "Each code once. With an empty list any code will do again" })
    .check(Schema.isMaxLength(5000))
}).annotate({
  identifier: "PutCostCenters",
  examples: [{ cost_centers: [{ code: "CC-MKT", name: "Marketing" }] }]
})
export type PutCostCenters = typeof PutCostCenters.Type

export const CostCenter = Schema.Struct({
  object: Schema.Literal("cost_center"),
  code: Schema.String,
  name: Schema.String
}).annotate({ identifier: "CostCenter" })
export type CostCenter = typeof CostCenter.Type

/** All of them: the list is short, and has no pages. */
export const CostCenterList = Schema.Struct({
  object: Schema.Literal("list"),
  data: Schema.Array(CostCenter).annotate({ description: "By code" }),
  has_more: Schema.Literal(false).annotate({ description: "Always false: the list has no pages" })
}).annotate({
  identifier: "CostCenterList",
  description: "The cost centers",
  examples: [{ object: "list", data: [{ object: "cost_center", code: "CC-MKT", name: "Marketing" }], has_more: false }]
})
export type CostCenterList = typeof CostCenterList.Type

export class Group extends HttpApiGroup.make("costCenters")
  .add(
    HttpApiEndpoint.put("replace", "/cost-centers", {
      query: Query.none,
      payload: PutCostCenters,
      success: CostCenterList,
      error: [problem(PayloadTooLarge), problem(UnsupportedMediaType)]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Replace the cost centers",
        description:
          "Once any are registered, an invoice or a payout that names another is refused with `unknown_cost_center`. " +
          "What is filed under a code that is gone keeps it, and is found by it. Scope `payments:admin`."
      })
    ),
    HttpApiEndpoint.get("list", "/cost-centers", { query: Query.none, success: CostCenterList }).annotateMerge(
      OpenApi.annotations({
        summary: "List the cost centers",
        description: "All that are registered, by code. Scope `payments:admin`."
      })
    )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotate(RequiredScope, "payments:admin")
  .annotateMerge(
    OpenApi.annotations({ title: "Cost centers", description: "What invoices and payouts are filed under." })
  ) {}
