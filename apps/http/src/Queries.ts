/** Query parameters as the ports' filters and pages. */
import {
  type BalanceTransactions,
  type Events,
  type Invoices,
  type Payouts,
  Query,
  type WebhookDeliveries
} from "@salesos/api"
import { Ids, type Store, type Webhooks } from "@salesos/core"

/** The keys that have a value, so that an absent parameter is an absent filter. */
const given = <A extends object>(filter: A) => {
  const entries = Object.entries(filter).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof A]?: Exclude<A[K], undefined> } // the entries are the filter's own
}

export const page = (query: {
  readonly limit?: number
  readonly starting_after?: string
  readonly ending_before?: string
}) => ({
  limit: query.limit ?? Query.defaultLimit,
  ...given({ startingAfter: query.starting_after, endingBefore: query.ending_before })
})

const common = (query: Invoices.InvoiceQuery | Payouts.PayoutQuery | BalanceTransactions.BalanceTransactionQuery) => ({
  costCenter: query.cost_center,
  ourNumber: query.our_number,
  contractorReference: query.contractor_reference,
  createdFrom: query["created[gte]"],
  createdTo: query["created[lte]"]
})

export const invoiceFilter = (query: Invoices.InvoiceQuery): Store.InvoiceFilter =>
  given({ ...common(query), status: query.status, method: query["payment_method.type"], provider: query.provider })

export const payoutFilter = (query: Payouts.PayoutQuery): Store.PayoutFilter =>
  given({ ...common(query), status: query.status, provider: query.provider })

export const statementFilter = (query: BalanceTransactions.BalanceTransactionQuery): Store.StatementFilter =>
  given({ ...common(query), account: query.account, type: query.type, currency: query.currency })

export const deliveryFilter = ({ endpoint, event, status }: WebhookDeliveries.WebhookDeliveryQuery) =>
  given({
    endpoint: endpoint === undefined ? undefined : Ids.WebhookEndpointId.make(endpoint),
    status,
    event: event === undefined ? undefined : Ids.EventId.make(event)
  }) satisfies Webhooks.DeliveryFilter

export const eventFilter = ({ resource, type }: Events.EventQuery) =>
  given({ resource, type }) satisfies Webhooks.EventFilter
