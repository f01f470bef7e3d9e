/** Inbound notifications in memory. */
import { type DateTime, Effect, Layer, Option } from "effect"
import { Notifications, type Received } from "../ports/Store.ts"
import { keyOf, MemoryDatabase, type Tables } from "./MemoryDatabase.ts"
import * as MemoryInvoiceStore from "./MemoryInvoiceStore.ts"
import * as MemoryPayoutStore from "./MemoryPayoutStore.ts"

const receive = (tables: Tables, received: Received, now: DateTime.Utc): Tables => {
  const { account, charges, dedupeKey, owner, payouts } = received
  const key = keyOf(owner, account, dedupeKey)
  if (tables.notifications.has(key)) return tables
  const invoicesDue = MemoryInvoiceStore.dueNow(tables, owner, account, charges, now)
  const due = MemoryPayoutStore.dueNow(invoicesDue, owner, account, payouts, now)
  return { ...due, notifications: new Set([...tables.notifications, key]) }
}

/** Inbound notifications over {@link MemoryDatabase}. */
export const layer: Layer.Layer<Notifications, never, MemoryDatabase> = Layer.effect(
  Notifications,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return Notifications.of({
      accountOf: (provider, token) =>
        Effect.map(database.tables, ({ tokens }) =>
          Option.map(
            Option.fromNullishOr(tokens.find((each) => each.provider === provider && each.token === token)),
            ({ account, owner }) => ({ owner, account })
          )
        ),
      receive: (received) =>
        database.transaction((tables, now) =>
          Effect.succeed({ tables: receive(tables, received, now), result: undefined })
        )
    })
  })
)
