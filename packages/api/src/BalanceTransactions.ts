/**
 * Balance transactions: the statement, one row for everything that moved a provider account's balance.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import { Currency, Day, Id, LiveMode, Metadata, PathId, Time } from "./Fields.ts"
import { NotFound, problem } from "./Problems.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope } from "./Security.ts"
import { Validation } from "./Validation.ts"

export const Type = Schema.Literals(["charge", "payout", "fee", "adjustment"])

/** A row of the statement. `net = amount − fee` always, and the sum of `net` is what the account's balance moved by. */
export const BalanceTransaction = Schema.Struct({
  id: Id("btxn"),
  object: Schema.Literal("balance_transaction"),
  livemode: LiveMode,
  type: Type,
  amount: Schema.Int.annotate({ description: "In minor units, signed: positive is money in" }),
  currency: Currency,
  fee: Schema.Int.annotate({ description: "Never negative" }),
  net: Schema.Int.annotate({ description: "`amount` − `fee`" }),
  available_on: Schema.NullOr(Day).annotate({ description: "The day the funds settle, once it is known" }),
  source: Schema.Struct({
    resource: Schema.Literals(["invoice", "payout", "provider_line"]),
    id: Schema.String.annotate({ examples: ["inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"] })
  }).annotate({ identifier: "BalanceTransactionSource", description: "What moved the money" }),
  account: Schema.String.annotate({ description: "The provider account's name" }),
  our_number: Schema.NullOr(Schema.String),
  cost_center: Schema.NullOr(Schema.String),
  contractor_reference: Schema.NullOr(Schema.String),
  metadata: Metadata,
  created_at: Time
}).annotate({
  identifier: "BalanceTransaction",
  description: "The balance transaction",
  examples: [
    {
      id: "btxn_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
      object: "balance_transaction",
      livemode: false,
      type: "charge",
      amount: 12310,
      currency: "BRL",
      fee: 99,
      net: 12211,
      available_on: "2026-11-22",
      source: { resource: "invoice", id: "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P" },
      account: "infrapsp",
      our_number: "INV-2026-000001",
      cost_center: "CC-MKT",
      contractor_reference: "CT-2026-9",
      metadata: { order: "77" },
      created_at: "2026-11-21T20:03:00.000Z"
    }
  ]
})
export type BalanceTransaction = typeof BalanceTransaction.Type

export const BalanceTransactionList = Query.Page(BalanceTransaction).annotate({
  identifier: "BalanceTransactionList",
  description: "The balance transactions"
})
export type BalanceTransactionList = typeof BalanceTransactionList.Type

/** The whole statement as CSV: {@link BalanceTransactionQuery} says how. */
export const BalanceTransactionCsv = HttpApiSchema.StreamUint8Array({ contentType: "text/csv" })

/** The query of `GET /balance-transactions`. */
export const BalanceTransactionQuery = Query.list("btxn", {
  account: Query.filter("The provider account's name", "infrapsp"),
  type: Schema.optionalKey(Type),
  cost_center: Query.filter("The cost center of the source", "CC-MKT"),
  our_number: Query.filter("The number of the source", "INV-2026-000001"),
  contractor_reference: Query.filter("Your own reference of the source", "CT-2026-9"),
  currency: Query.filter("An ISO 4217 code in capitals", "BRL", 3),
  ...Query.created,
  csv: Schema.optionalKey(
    Schema.Literals(["pt-BR"]).annotate({
      description: "With `Accept: text/csv`: semicolons between the fields and a comma in the amounts"
    })
  )
})
export type BalanceTransactionQuery = typeof BalanceTransactionQuery.Type

export class Group extends HttpApiGroup.make("balanceTransactions")
  .add(
    HttpApiEndpoint.get("list", "/balance-transactions", {
      query: BalanceTransactionQuery,
      success: [BalanceTransactionList, BalanceTransactionCsv]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "List balance transactions",
        description:
          "The statement, newest first, in pages that stay stable while rows are being added. All filters must match. " +
          "With `Accept: text/csv` the answer is the whole filtered statement as a file, without pages: amounts are " +
          "decimal numbers in units of their currency, and a text that a spreadsheet would take for a formula begins " +
          "with an apostrophe. Scope `payments:read`."
      })
    ),
    HttpApiEndpoint.get("get", "/balance-transactions/:id", {
      params: { id: PathId("btxn") },
      query: Query.none,
      success: BalanceTransaction,
      error: problem(NotFound)
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Get a balance transaction",
        description: "One row of the statement. Rows never change. Scope `payments:read`."
      })
    )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotate(RequiredScope, "payments:read")
  .annotateMerge(
    OpenApi.annotations({
      title: "Balance transactions",
      description: "The statement: one row for everything that moved a provider account's balance."
    })
  ) {}
