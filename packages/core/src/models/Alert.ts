/** What a person should look at, by name: in the log as `alert`, and counted as `salesos_alerts_total`. `docs/reliability.md` says what to do. */
export const all = [
  "account_refused",
  "amount_differs",
  "balance_drifts",
  "delivered_late",
  "fee_differs",
  "found_after_all",
  "in_doubt",
  "insufficient_balance",
  "letter_given_up",
  "missing_in_statement",
  "notification_given_up",
  "paid_late",
  "paid_twice",
  "refund_refused",
  "returned",
  "reversed",
  "statement_differs",
  "tax_document_held",
  "tax_document_issued_unexpectedly",
  "tax_document_not_issued",
  "tax_document_of_an_invoice_that_is_over",
  "webhook_endpoint_disabled"
] as const

export type Alert = (typeof all)[number]
