/**
 * The provider's records: what there is, by which keys it is looked up, and when it moves by itself.
 */
import { Notifications, Sandbox, Table } from "@salesos/simulator-kit"
import { Charge } from "./rows.ts"
import { Operation, Payable } from "./wire.ts"

/** Tables without rows, and the balance they give. */
export const make = () => {
  let balance = Sandbox.openingBalance
  const tables = {
    /** Two transactions may share an external id: the provider does not make it unique. */
    charges: Table.make({
      schema: Charge,
      id: ({ transaction }: Charge) => transaction.id,
      keys: { externalId: ({ transaction }: Charge) => transaction.externalId },
      dueAt: ({ next }) => next?.at ?? null
    }),
    payables: Table.make({
      schema: Payable,
      id: ({ id }: Payable) => id,
      keys: { transactionId: ({ transactionId }: Payable) => transactionId }
    }),
    operations: Table.make({
      schema: Operation,
      id: ({ id }: Operation) => id,
      keys: { payableId: ({ payableId }: Operation) => payableId },
      onPut: ({ amount }, before) => {
        balance += amount - (before?.amount ?? 0)
      }
    }),
    notifications: Notifications.table()
  }
  return { tables, balance: () => balance }
}

/** Everything the provider knows. */
export type State = ReturnType<typeof make>
