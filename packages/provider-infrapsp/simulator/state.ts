/**
 * The provider's records in memory, each table indexed by id and by the one other key that lookups use.
 */
import { type Change, type Charge, type Notification, openingBalance } from "./transactions.ts"
import type { Operation, Payable } from "./wire.ts"

/** Rows by id, in the order in which they were created. */
export interface Table<Row> {
  readonly get: (id: string) => Row | undefined
  /** Inserts the row, or replaces the one of the same id where it stands. */
  readonly put: (row: Row) => void
  /** All ids, oldest first. */
  readonly ids: ReadonlyArray<string>
  /** The ids of the rows with this value of the second key, oldest first. */
  readonly idsOf: (value: string) => ReadonlyArray<string>
}

const makeTable = <Row>(id: (row: Row) => string, key: (row: Row) => string | null): Table<Row> => {
  const rows = new Map<string, Row>()
  const ids: Array<string> = []
  const byKey = new Map<string, Array<string>>()
  return {
    get: (id) => rows.get(id),
    put: (row) => {
      const rowId = id(row)
      if (!rows.has(rowId)) {
        ids.push(rowId)
        const value = key(row)
        const same = value === null ? undefined : byKey.get(value)
        if (same !== undefined) same.push(rowId)
        else if (value !== null) byKey.set(value, [rowId])
      }
      rows.set(rowId, row)
    },
    ids,
    idsOf: (value) => byKey.get(value) ?? []
  }
}

/** Everything the provider knows. */
export interface State {
  /** By id and external id. Two transactions may share an external id: the provider does not make it unique. */
  readonly charges: Table<Charge>
  /** By id and transaction. */
  readonly payables: Table<Payable>
  /** By id and payable. */
  readonly operations: Table<Operation>
  /** Notifications not delivered yet, by id. */
  readonly notifications: ReadonlyMap<string, Notification>
  /** Cents available to the merchant. */
  readonly balance: () => number
  readonly apply: (change: Change) => void
  /** The fewest changes that lead from nothing to this state. */
  readonly snapshot: () => Iterable<Change>
}

/** A state without transactions. */
export const make = (): State => {
  const charges = makeTable<Charge>(
    ({ transaction }) => transaction.id,
    ({ transaction }) => transaction.externalId
  )
  const payables = makeTable<Payable>(
    (payable) => payable.id,
    (payable) => payable.transactionId
  )
  const operations = makeTable<Operation>(
    (operation) => operation.id,
    (operation) => operation.payableId
  )
  const notifications = new Map<string, Notification>()
  let balance = openingBalance

  return {
    charges,
    payables,
    operations,
    notifications,
    balance: () => balance,
    apply: (change) => {
      if (change.charge !== undefined) charges.put(change.charge)
      if (change.payable !== undefined) payables.put(change.payable)
      if (change.operation !== undefined) {
        balance += change.operation.amount - (operations.get(change.operation.id)?.amount ?? 0)
        operations.put(change.operation)
      }
      if (change.notification !== undefined) notifications.set(change.notification.id, change.notification)
      if (change.notified !== undefined) notifications.delete(change.notified)
    },
    snapshot: function* () {
      for (const id of charges.ids) {
        const charge = charges.get(id)
        if (charge !== undefined) yield { charge }
      }
      for (const id of payables.ids) {
        const payable = payables.get(id)
        if (payable !== undefined) yield { payable }
      }
      for (const id of operations.ids) {
        const operation = operations.get(id)
        if (operation !== undefined) yield { operation }
      }
      for (const notification of notifications.values()) yield { notification }
    }
  }
}
