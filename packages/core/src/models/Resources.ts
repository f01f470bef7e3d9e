/**
 * The public JSON of each resource, made in one place for GET, the stored response of a POST and the body of an event.
 * The HTTP API's schemas are tested against it.
 */
import { DateTime, Duration } from "effect"
import { mask } from "../values/Documents.ts"
import type { InvoiceId } from "../values/Ids.ts"
import type { ApiKey } from "./ApiKey.ts"
import type { BalanceTransaction } from "./BalanceTransaction.ts"
import type { Delivery, Tried } from "./Delivery.ts"
import type { ChargeAttempt } from "./ChargeAttempt.ts"
import type { CostCenter } from "./CostCenter.ts"
import * as Invoice from "./Invoice.ts"
import type { Owner } from "./Owner.ts"
import * as Payout from "./Payout.ts"
import type { Destination } from "./PayoutRequest.ts"
import type { TaxDocument } from "./TaxDocument.ts"
import type { Endpoint } from "./Webhook.ts"

/** Where the links in a resource lead. */
export interface Links {
  /** The public address of the gateway, without a slash at its end: the base of every link and callback. */
  readonly publicUrl: string
  /** The tokens of the payers' pages. */
  readonly payerTokens: { readonly of: (invoice: InvoiceId) => string }
}

/** The page that the payer of an invoice is shown. */
export const payerPage = (invoice: InvoiceId, { payerTokens, publicUrl }: Links): string =>
  `${publicUrl}/pay/${payerTokens.of(invoice)}`

const time = (at: DateTime.Utc | null): string | null => (at === null ? null : DateTime.formatIso(at))

const artifactOf = (invoice: Invoice.Invoice, { artifact }: ChargeAttempt, links: Links) => {
  switch (artifact?.type) {
    case "pix":
      return {
        pix: {
          copy_paste: artifact.copyPaste,
          qr_code_url: `${links.publicUrl}/qr/${invoice.id}.svg`,
          end_to_end_id: invoice.endToEndId
        }
      }
    case "boleto":
      return {
        boleto: {
          barcode: artifact.barcode,
          digitable_line: artifact.digitableLine,
          due_date: artifact.dueDate,
          pdf_url: artifact.pdfUrl
        }
      }
    case "card":
      return { card: { checkout_url: artifact.checkoutUrl } }
    case "bank_transfer":
      return {
        bank_transfer: {
          bank_name: artifact.bankName,
          bank_code: artifact.bankCode,
          agency: artifact.agency,
          account: artifact.account,
          account_type: artifact.accountType,
          beneficiary: artifact.beneficiary,
          document: artifact.document
        }
      }
    case undefined:
      return {}
  }
}

/** The payment method with an artifact for each leg: both of a bolepix. */
const paymentMethod = (invoice: Invoice.Invoice, links: Links) => {
  const shown = Invoice.shown(invoice)
  return {
    type: invoice.request.payment_method.type,
    // A provider's own time counts where it tells one; a boleto is payable beyond its due date.
    expires_at: time(shown[0] === undefined ? null : (shown[0].expiresAt ?? shown[0].lapsesAt)),
    ...shown.reduce((sofar, attempt) => ({ ...sofar, ...artifactOf(invoice, attempt, links) }), {})
  }
}

const exchange = (invoice: Invoice.Invoice) => {
  const converted = Invoice.shown(invoice)[0]?.exchange ?? null
  return (
    converted && {
      rate: converted.rate,
      payer_amount: converted.payer.amount,
      payer_currency: converted.payer.currency,
      payer_fee: converted.payerFee
    }
  )
}

const taxDocumentOf = (invoice: Invoice.Invoice) => {
  const document = Invoice.document(invoice)
  return document === undefined
    ? null
    : {
        id: document.id,
        type: document.type,
        status: document.status,
        auto_issue: document.autoIssue,
        service_code: document.serviceCode
      }
}

/** A tax document as `GET /invoices/{id}/tax-documents/{doc_id}` returns it. */
export const taxDocument = (invoice: Invoice.Invoice, document: TaxDocument, links: Links) => {
  const address = `${links.publicUrl}/functions/v1/payments/invoices/${invoice.id}/tax-documents/${document.id}`
  const isThere = document.accessKey !== null
  return {
    id: document.id,
    object: "tax_document" as const,
    livemode: invoice.owner.environment === "live",
    invoice: invoice.id,
    our_number: invoice.ourNumber,
    type: document.type,
    status: document.status,
    auto_issue: document.autoIssue,
    held: document.held,
    service_code: document.serviceCode,
    iss_withheld: document.issWithheld,
    document_number: document.documentNumber,
    access_key: document.accessKey,
    xml_url: isThere ? `${address}/xml` : null,
    pdf_url: isThere ? `${address}/pdf` : null,
    issued_at: time(document.issuedAt),
    canceled_at: time(document.canceledAt),
    failure: document.failure,
    metadata: document.metadata,
    created_at: DateTime.formatIso(document.createdAt),
    updated_at: DateTime.formatIso(document.updatedAt)
  }
}

/** An invoice as `GET /invoices/{id}` returns it. */
export const invoice = (invoice: Invoice.Invoice, links: Links) => {
  const { request } = invoice
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
    payment_method: paymentMethod(invoice, links),
    checkout_url: payerPage(invoice.id, links),
    provider: Invoice.account(invoice),
    exchange: exchange(invoice),
    tax_document: taxDocumentOf(invoice),
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

/** In the order of the API, whatever a store makes of it. */
const destinationOf = (destination: Destination): Destination => {
  if (destination.type === "pix") {
    const { key, key_type, type } = destination
    return { type, key_type, key }
  }
  const { type, country, ...account } = destination
  return { type, country, ...account }
}

/** A payout as `GET /payouts/{id}` returns it. */
export const payout = (payout: Payout.Payout) => {
  const { request } = payout
  const { document, email, name, phone } = request.beneficiary
  return {
    id: payout.id,
    object: "payout" as const,
    livemode: payout.owner.environment === "live",
    our_number: payout.ourNumber,
    status: payout.status,
    amount: request.amount,
    currency: request.currency,
    purpose: request.purpose,
    beneficiary: { name, document, phone, email: email ?? null },
    destination: destinationOf(request.destination),
    provider: Payout.account(payout),
    end_to_end_id: payout.endToEndId,
    delivered_amount: Payout.deliveredAmount(payout),
    fee: Payout.fee(payout),
    failure: payout.failure,
    paid_at: time(payout.paidAt),
    canceled_at: time(payout.canceledAt),
    cost_center: request.cost_center,
    contractor_reference: request.contractor_reference ?? null,
    metadata: request.metadata ?? {},
    created_at: DateTime.formatIso(payout.createdAt),
    updated_at: DateTime.formatIso(payout.updatedAt)
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

/** The balance as `GET /balance` returns it. */
export const balance = (
  owner: Owner,
  accounts: ReadonlyArray<{
    readonly account: string
    readonly currency: string
    readonly balance: bigint
    readonly notYetAvailable: bigint
    readonly provider: { readonly available: number; readonly waitingFunds: number | null } | null
  }>
) => ({
  object: "balance" as const,
  livemode: owner.environment === "live",
  data: accounts.map(({ account, balance, currency, notYetAvailable, provider }) => ({
    account,
    currency,
    balance: Number(balance),
    not_yet_available: Number(notYetAvailable),
    available: Number(balance - notYetAvailable),
    provider_balance: provider && { available: provider.available, waiting_funds: provider.waitingFunds }
  }))
})

/** A webhook endpoint as `GET /webhook-endpoints` lists it: without its secret. */
export const webhookEndpoint = (endpoint: Endpoint) => ({
  id: endpoint.id,
  object: "webhook_endpoint" as const,
  url: endpoint.url,
  events: endpoint.events,
  description: endpoint.description,
  status: endpoint.status,
  disabled_reason: endpoint.disabledReason,
  failing_since: time(endpoint.failingSince),
  created_at: DateTime.formatIso(endpoint.createdAt)
})

/** A delivery as lists show it, and as it is answered when it is made. */
export const webhookDelivery = (delivery: Delivery) => ({
  id: delivery.id,
  object: "webhook_delivery" as const,
  endpoint: delivery.endpoint,
  event: delivery.event,
  event_type: delivery.type,
  status: delivery.status,
  tries: delivery.tries,
  next_attempt_at: time(delivery.nextAttemptAt),
  created_at: DateTime.formatIso(delivery.createdAt)
})

/** A delivery with what became of each try. */
export const webhookDeliveryWithAttempts = (delivery: Delivery, tried: ReadonlyArray<Tried>) => ({
  ...webhookDelivery(delivery),
  attempts: tried.map(({ at, duration, excerpt, number, status }) => ({
    number,
    at: DateTime.formatIso(at),
    status,
    duration_ms: Math.round(Duration.toMillis(duration)),
    response: excerpt
  }))
})

/** An API key as `GET /api-keys` lists it: without its secret. */
export const apiKey = (owner: Owner, key: ApiKey) => ({
  id: key.id,
  object: "api_key" as const,
  livemode: owner.environment === "live",
  name: key.name,
  scopes: key.scopes,
  rate_limit_per_hour: key.rateLimitPerHour,
  ip_allowlist: key.ipAllowlist,
  expires_at: time(key.expiresAt),
  revoked_at: time(key.revokedAt),
  created_at: DateTime.formatIso(key.createdAt)
})

/** A cost center as `GET /cost-centers` lists it. */
export const costCenter = ({ code, name }: CostCenter) => ({ object: "cost_center" as const, code, name })
