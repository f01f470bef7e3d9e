/**
 * The provider's records: what there is, by which keys it is looked up, and when it moves by itself.
 */
import { Notifications, Sandbox, Table } from "@salesos/simulator-kit"
import { Charge, Link, Payout, Webhook } from "./rows.ts"
import { Chargeback, FeeRule, Invoice, Operation, Payable } from "./wire/money.ts"

const byId = ({ id }: { readonly id: string }): string => id

/** What an operation adds to a part of the balance. */
const part = (status: Operation["status"], row: Operation | undefined): number =>
  row?.status === status ? row.amount : 0

/** Tables without rows, and the balance they give. */
export const make = () => {
  const balance = { available: Sandbox.openingBalance, waitingFunds: 0, underWay: 0 }
  const tables = {
    /** Two transactions may share an external id: the provider does not make it unique. */
    charges: Table.make({
      schema: Charge,
      id: ({ transaction }: Charge) => transaction.id,
      keys: {
        externalId: ({ transaction }: Charge) => transaction.externalId,
        preTransactionId: ({ transaction }: Charge) => transaction.preTransactionId
      },
      dueAt: ({ next }) => next?.at ?? null
    }),
    links: Table.make({
      schema: Link,
      id: ({ preTransaction }: Link) => preTransaction.id,
      keys: { externalId: ({ preTransaction }: Link) => preTransaction.externalId },
      dueAt: ({ preTransaction }) =>
        preTransaction.status === "active" ? Date.parse(preTransaction.expirationDate) : null
    }),
    payables: Table.make({
      schema: Payable,
      id: byId,
      keys: { transactionId: ({ transactionId }: Payable) => transactionId },
      dueAt: ({ paymentDate, status }) => (status === "waiting_funds" ? Date.parse(paymentDate) : null)
    }),
    operations: Table.make({
      schema: Operation,
      id: byId,
      keys: { payableId: ({ payableId }: Operation) => payableId },
      onPut: (row, before) => {
        balance.available += part("available", row) - part("available", before)
        balance.waitingFunds += part("waiting_funds", row) - part("waiting_funds", before)
      }
    }),
    chargebacks: Table.make({
      schema: Chargeback,
      id: byId,
      keys: { transactionId: ({ transactionId }: Chargeback) => transactionId }
    }),
    payouts: Table.make({
      schema: Payout,
      id: ({ transfer }: Payout) => transfer.id,
      dueAt: ({ next }) => next?.at ?? null,
      onPut: (row, before) => {
        balance.underWay += reserved(row) - reserved(before)
      }
    }),
    invoices: Table.make({ schema: Invoice, id: byId }),
    feeRules: Table.make({ schema: FeeRule, id: byId }),
    webhooks: Table.make({ schema: Webhook, id: byId }),
    notifications: Notifications.table()
  }
  return {
    tables,
    /** In cents: to dispose of, to come, and bound in transfers that are under way. */
    balance: (): { readonly available: number; readonly waitingFunds: number; readonly underWay: number } => balance
  }
}

const reserved = (row: Payout | undefined): number => (row === undefined || row.next === null ? 0 : row.transfer.amount)

/** Everything the provider knows. */
export type State = ReturnType<typeof make>
