/**
 * Cost centers: what a tenant files its invoices and payouts under. While it has registered none, any code will do.
 */
import { Schema, SchemaIssue } from "effect"
import * as FieldError from "../values/FieldError.ts"
import { Text } from "../values/Text.ts"

export const CostCenter = Schema.Struct({ code: Text(64), name: Text(255) })
export type CostCenter = typeof CostCenter.Type

const maximum = 5000

/** The whole list, which replaces the one before it. */
export const CostCentersRequest = Schema.Struct({
  cost_centers: Schema.Array(CostCenter).check(
    Schema.isMaxLength(maximum, { message: `Expected at most ${maximum} cost centers`, code: "invalid_length" }),
    Schema.makeFilter(
      (all) => {
        const first = new Map<string, number>()
        return all.flatMap(({ code }, place) => {
          if (!first.has(code)) {
            first.set(code, place)
            return []
          }
          return [
            { path: [place, "code"], issue: new SchemaIssue.InvalidValue({ message: "Expected each code once" }) }
          ]
        })
      },
      { code: "duplicate" }
    )
  )
})
export type CostCentersRequest = typeof CostCentersRequest.Type

/** Reads a list from unknown input. Fails with `ValidationError`, every failing field listed by its path. */
export const decode = FieldError.decode(CostCentersRequest)

/** What a request is answered that names a cost center which is not registered. */
export const unknown = (code: string): FieldError.ValidationError =>
  new FieldError.ValidationError({
    errors: [
      {
        field: "cost_center",
        code: "unknown_cost_center",
        message: `Expected a registered cost center; there is no ${JSON.stringify(code)}`
      }
    ]
  })
