import { assert, describe, it } from "@effect/vitest"
import { Exit, Predicate, Schema } from "effect"
import * as Api from "../src/Api.ts"
import document from "./fixtures/document.json" with { type: "json" }

type Shape = Schema.Codec<unknown, unknown> & { readonly fields: Readonly<Record<string, unknown>> }

/** The document's examples that the driver reads; of a list, its only entry. */
const examples: ReadonlyArray<readonly [name: string, example: unknown, shape: Shape]> = [
  ["find many transactions", document["find many transactions: answer"][0], Api.Transaction],
  ["find a transaction", document["find a transaction: answer"], Api.Transaction],
  ["create a transaction", document["create a transaction: answer"], Api.Transaction],
  ["create a transaction refund", document["create a transaction refund: answer"], Api.Refund],
  ["create a pre-transaction", document["create a pre-transaction: answer"], Api.PreTransaction],
  ["find many pre transactions", document["find many pre transactions: answer"], Api.PreTransaction],
  ["find a pre transaction", document["find a pre transaction: answer"], Api.PreTransaction],
  ["cancel a pre transaction", document["cancel a pre transaction: answer"], Api.PreTransaction],
  ["find a pre transaction checkout", document["find a pre transaction checkout: answer"], Api.PreTransaction],
  ["create a transaction checkout", document["create a transaction checkout: answer"], Api.PreTransaction],
  ["find many payables", document["find many payables: answer"][0], Api.Payable],
  ["find a payable by id", document["find a payable by id: answer"], Api.Payable],
  ["find many operations", document["find many operations: answer"][0], Api.Operation],
  ["find an operation by id", document["find an operation by id: answer"], Api.Operation],
  ["find many transaction chargebacks", document["find many transaction chargebacks: answer"][0], Api.Chargeback],
  ["find a transaction chargeback", document["find a transaction chargeback: answer"], Api.Chargeback],
  ["find many invoices", document["find many invoices: answer"][0], Api.Invoice],
  ["find an invoice by id", document["find an invoice by id: answer"], Api.Invoice]
]

describe("the document's example is read whole", () => {
  for (const [name, example, shape] of examples) {
    it(`${name}`, () => {
      const decoded = Schema.decodeUnknownExit(shape)(example)
      if (Exit.isFailure(decoded)) return assert.fail(String(decoded))
      // A lenient field that could not be read would be missing.
      const given = Object.keys(shape.fields).filter((key) => Predicate.hasProperty(example, key))
      assert.sameMembers(Object.keys(Object(decoded.value)), given)
      return undefined
    })
  }
})
