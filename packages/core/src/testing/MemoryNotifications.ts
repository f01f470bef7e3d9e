/** Inbound notifications in memory. */
import { DateTime, Duration, Effect, Layer, Option, Order } from "effect"
import type { Heard } from "../models/Heard.ts"
import type { Owner } from "../models/Owner.ts"
import { Notifications, type Received } from "../ports/Store.ts"
import { keyOf, MemoryDatabase, put, sameOwner, type Tables } from "./MemoryDatabase.ts"
import * as MemoryHeard from "./MemoryHeard.ts"
import * as MemoryInvoiceStore from "./MemoryInvoiceStore.ts"
import * as MemoryPayoutStore from "./MemoryPayoutStore.ts"

const receive = (tables: Tables, received: Received, now: DateTime.Utc): Tables => {
  const { account, charges, dedupeKey, endToEndIds, owner, payouts } = received
  const key = keyOf(owner, account, dedupeKey)
  if (tables.notifications.has(key)) return tables
  const subject = (kind: Heard["kind"]) => (providerId: string) => ({
    account,
    notification: dedupeKey,
    kind,
    providerId,
    endToEndId: Object.hasOwn(endToEndIds, providerId) ? (endToEndIds[providerId] ?? null) : null,
    status: "pending" as const,
    failures: 0,
    message: ""
  })
  const subjects = [...new Set(charges)].map(subject("charge")).concat([...new Set(payouts)].map(subject("payout")))
  const invoicesDue = MemoryInvoiceStore.dueNow(tables, owner, account, charges, now)
  const due = MemoryPayoutStore.dueNow(invoicesDue, owner, account, payouts, now)
  return { ...due, notifications: put(tables.notifications, key, { owner, receivedAt: now, subjects }) }
}

const retry = (tables: Tables, owner: Owner, notification: string, now: DateTime.Utc) => {
  let next = tables
  let back = 0
  for (const [key, row] of tables.notifications) {
    if (!sameOwner(row.owner, owner)) continue
    const dead = row.subjects.filter((each) => each.notification === notification && each.status === "dead")
    if (dead.length === 0) continue
    back += dead.length
    const subjects = row.subjects.map((each) =>
      dead.includes(each) ? { ...each, status: "pending" as const, failures: 0, message: "" } : each
    )
    next = { ...next, notifications: put(next.notifications, key, { ...row, subjects }) }
    for (const { account, kind, providerId } of dead) {
      const { dueNow } = kind === "charge" ? MemoryInvoiceStore : MemoryPayoutStore
      next = dueNow(next, owner, account, [providerId], now)
    }
  }
  return { tables: next, result: back }
}

/** How long what was overlooked is looked for. */
const wakefulness = Duration.days(1)

const wake = (tables: Tables, age: Duration.Duration, now: DateTime.Utc) => {
  let next = tables
  let woken = 0
  for (const { owner, receivedAt, subjects } of tables.notifications.values()) {
    const waits = DateTime.distance(receivedAt, now)
    if (Duration.isLessThan(waits, age) || Duration.isGreaterThan(waits, wakefulness)) continue
    for (const { account, kind, providerId, status } of subjects) {
      if (status !== "pending") continue
      const { isAtRest, dueNow } = kind === "charge" ? MemoryInvoiceStore : MemoryPayoutStore
      if (!isAtRest(next, owner, account, providerId)) continue
      next = dueNow(next, owner, account, [providerId], now)
      woken += 1
    }
  }
  return { tables: next, result: woken }
}

const told = (tables: Tables, owner: Owner) =>
  [...tables.notifications.values()]
    .filter((row) => sameOwner(row.owner, owner))
    .flatMap(({ receivedAt, subjects }) => subjects.map((subject) => ({ ...subject, receivedAt })))

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
        ),
      pending: (owner, account, kind, providerIds) =>
        Effect.map(database.tables, (tables) =>
          told(tables, owner)
            .filter((each) => each.status === "pending" && each.account === account && each.kind === kind)
            .filter(({ providerId }) => providerIds.includes(providerId))
            .map(({ endToEndId, notification, providerId }) => ({
              account,
              notification,
              kind,
              providerId,
              endToEndId
            }))
        ),
      fail: (owner, heard, message, enough) =>
        database.transaction((tables) => {
          const dead: Array<string> = []
          const notifications = MemoryHeard.changed(tables, owner, heard, (subject) => {
            const failures = subject.failures + 1
            if (failures >= enough) dead.push(subject.notification)
            return { ...subject, failures, message, status: failures >= enough ? "dead" : "pending" }
          })
          return Effect.succeed({ tables: { ...tables, notifications }, result: dead })
        }),
      deadLetters: (owner, limit) =>
        Effect.map(database.tables, (tables) =>
          told(tables, owner)
            .filter(({ status }) => status === "dead")
            .map(({ status: _, ...letter }) => letter)
            .toSorted(Order.flip(Order.mapInput(DateTime.Order, ({ receivedAt }) => receivedAt)))
            .slice(0, limit)
        ),
      retry: (owner, notification) =>
        database.transaction((tables, now) => Effect.succeed(retry(tables, owner, notification, now))),
      wake: (age) => database.transaction((tables, now) => Effect.succeed(wake(tables, age, now))),
      purge: (age, limit) =>
        database.transaction((tables, now) => {
          const old = DateTime.subtractDuration(now, age)
          const gone = [...tables.notifications]
            .filter(([, { receivedAt }]) => DateTime.isLessThanOrEqualTo(receivedAt, old))
            .slice(0, limit)
            .map(([key]) => key)
          const notifications = new Map([...tables.notifications].filter(([key]) => !gone.includes(key)))
          return Effect.succeed({ tables: { ...tables, notifications }, result: gone.length })
        })
    })
  })
)
