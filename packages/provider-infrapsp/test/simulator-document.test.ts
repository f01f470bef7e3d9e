import { assert, describe, it } from "@effect/vitest"
import { Exit, Schema } from "effect"
import * as Money from "../simulator/wire/money.ts"
import * as Links from "../simulator/wire/preTransactions.ts"
import * as Transactions from "../simulator/wire/transactions.ts"
import document from "./fixtures/document.json" with { type: "json" }

/** Each of the document's examples that the simulator speaks, with what it has to be. */
const examples: ReadonlyArray<readonly [name: string, example: unknown, schema: Schema.Codec<unknown, unknown>]> = [
  ["create a transaction: request", document["create a transaction: request"], Transactions.CreateTransaction],
  ["create a transaction: answer", document["create a transaction: answer"], Transactions.Transaction],
  ["find many transactions", document["find many transactions: answer"], Schema.Array(Transactions.Transaction)],
  ["find a transaction", document["find a transaction: answer"], Transactions.Transaction],
  ["create a transaction refund", document["create a transaction refund: answer"], Transactions.Refund],
  ["create a pre-transaction: request", document["create a pre-transaction: request"], Links.CreatePreTransaction],
  ["create a pre-transaction: answer", document["create a pre-transaction: answer"], Links.PreTransaction],
  ["find many pre transactions", document["find many pre transactions: answer"], Links.PreTransaction],
  ["find a pre transaction", document["find a pre transaction: answer"], Links.PreTransaction],
  ["cancel a pre transaction", document["cancel a pre transaction: answer"], Links.PreTransaction],
  ["find a pre transaction checkout", document["find a pre transaction checkout: answer"], Links.Checkout],
  ["create a transaction checkout: request", document["create a transaction checkout: request"], Links.CreateCheckout],
  ["create a transaction checkout: answer", document["create a transaction checkout: answer"], Links.Checkout],
  ["find many payables", document["find many payables: answer"], Schema.Array(Money.Payable)],
  ["find a payable by id", document["find a payable by id: answer"], Money.Payable],
  ["find many operations", document["find many operations: answer"], Schema.Array(Money.Operation)],
  ["find an operation by id", document["find an operation by id: answer"], Money.Operation],
  [
    "find many transaction chargebacks",
    document["find many transaction chargebacks: answer"],
    Schema.Array(Money.Chargeback)
  ],
  ["find a transaction chargeback", document["find a transaction chargeback: answer"], Money.Chargeback],
  ["create a transfer: request", document["create a transfer: request"], Money.CreateTransfer],
  ["create a transfer: answer", document["create a transfer: answer"], Money.Transfer],
  ["find many transfers", document["find many transfers: answer"], Schema.Array(Money.Transfer)],
  ["find a transfer", document["find a transfer: answer"], Money.Transfer],
  ["find many fee rule", document["find many fee rule: answer"], Money.FeeRule],
  ["find many invoices", document["find many invoices: answer"], Schema.Array(Money.Invoice)],
  ["find an invoice by id", document["find an invoice by id: answer"], Money.Invoice]
]

describe("the document's examples have the simulator's shapes", () => {
  for (const [name, example, schema] of examples) {
    it(`${name}`, () => {
      const decoded = Schema.decodeUnknownExit(schema, { errors: "all" })(example)
      assert.isTrue(Exit.isSuccess(decoded), String(decoded))
    })
  }
})
