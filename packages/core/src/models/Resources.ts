/**
 * The public JSON of each resource, made in one place for GET, the stored response of a POST and the body of an event.
 * The HTTP API's schemas are tested against it.
 */
import { DateTime } from "effect"
import { mask } from "../values/Documents.ts"
import type { BalanceTransaction } from "./BalanceTransaction.ts"
import type { ChargeAttempt } from "./ChargeAttempt.ts"
import * as Invoice from "./Invoice.ts"
import type { Endpoint } from "./Webhook.ts"

/** Where the links in a resource lead: the public address of the gateway, without a slash at its end. */
export interface Links {
  readonly publicUrl: string
}

const time = (at: DateTime.Utc | null): string | null => (at === null ? null : DateTime.formatIso(at))

const artifact = (invoice: Invoice.Invoice, shown: ChargeAttempt | undefined, links: Links) => {
  switch (shown?.artifact?.type) {
    case "pix":
      return {
        pix: {
          copy_paste: shown.artifact.copyPaste,
          qr_code_url: `${links.publicUrl}/qr/${invoice.id}.svg`,
          end_to_end_id: invoice.endToEndId
        }
      }
    case undefined:
      return {}
  }
}

/** An invoice as `GET /invoices/{id}` returns it. */
export const invoice = (invoice: Invoice.Invoice, links: Links) => {
  const { request } = invoice
  const shown = Invoice.shown(invoice)
  const { country, document, email, name } = request.customer
  return {
    id: invoice.id,
    object: "invoice" as const,
    livemode: invoice.owner.environment === "live",
    our_number: invoice.ourNumber,
    status: invoice.status,
    confirmed: invoice.confirmed,
    amount: request.amount,
    currency: request.currency,
    description: request.description,
    customer: { country, document: document ?? null, name, email },
    payment_method: {
      type: request.payment_method.type,
      expires_at: time(shown?.expiresAt ?? null),
      ...artifact(invoice, shown, links)
    },
    checkout_url: null,
    provider: Invoice.account(invoice),
    exchange: null,
    tax_document: null,
    amount_paid: invoice.amountPaid,
    amount_reversed: invoice.amountReversed,
    late_payment: invoice.latePayment,
    payer:
      invoice.payer === null
        ? null
        : {
            name: invoice.payer.name,
            document: invoice.payer.document === null ? null : mask(invoice.payer.document)
          },
    failure: invoice.failure,
    paid_at: time(invoice.paidAt),
    canceled_at: time(invoice.canceledAt),
    cost_center: request.cost_center,
    contractor_reference: request.contractor_reference ?? null,
    metadata: request.metadata ?? {},
    created_at: DateTime.formatIso(invoice.createdAt),
    updated_at: DateTime.formatIso(invoice.updatedAt)
  }
}

/** A statement row as `GET /balance-transactions/{id}` returns it. */
export const balanceTransaction = (row: BalanceTransaction) => ({
  id: row.id,
  object: "balance_transaction" as const,
  livemode: row.owner.environment === "live",
  type: row.line.type,
  amount: row.line.amount,
  currency: row.line.currency,
  fee: row.line.fee,
  net: row.line.net,
  available_on: row.availableOn,
  source: row.source,
  account: row.account,
  our_number: row.ourNumber,
  cost_center: row.costCenter,
  contractor_reference: row.contractorReference,
  metadata: row.metadata,
  created_at: DateTime.formatIso(row.createdAt)
})

/** A webhook endpoint as `GET /webhook-endpoints` lists it: without its secret. */
export const webhookEndpoint = (endpoint: Endpoint) => ({
  id: endpoint.id,
  object: "webhook_endpoint" as const,
  url: endpoint.url,
  events: endpoint.events,
  description: endpoint.description,
  status: endpoint.status,
  created_at: DateTime.formatIso(endpoint.createdAt)
})
