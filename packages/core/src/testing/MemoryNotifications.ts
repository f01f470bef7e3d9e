/** Inbound notifications in memory. */
import { DateTime, Effect, Layer, Option } from "effect"
import { Notifications, type Received } from "../ports/Store.ts"
import { keyOf, MemoryDatabase, sameOwner, type Tables } from "./MemoryDatabase.ts"
import { reschedule } from "./MemoryInvoiceStore.ts"

const named = (tables: Tables, { account, charges, owner }: Received) =>
  [...tables.invoices.values()].flatMap(({ invoice }) =>
    sameOwner(invoice.owner, owner)
      ? invoice.attempts
          .filter((each) => each.account === account && each.providerId !== null && charges.includes(each.providerId))
          .map(({ number }) => ({ owner, invoice: invoice.id, attempt: number }))
      : []
  )

const receive = (tables: Tables, received: Received, now: DateTime.Utc): Tables => {
  const key = keyOf(received.owner, received.account, received.dedupeKey)
  if (tables.notifications.has(key)) return tables
  // Also one that was over: money may come late, and this may be how we hear of it.
  const due = reschedule(tables, named(tables, received), (before) =>
    before === null ? now : DateTime.min(before, now)
  )
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
