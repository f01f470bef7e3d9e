/**
 * The running provider: its records, and what moves them.
 */
import { Ids, Notifications, Records, Table, Tokens } from "@salesos/simulator-kit"
import { Clock, Effect, type FileSystem, Option, type PlatformError, Schema, type Scope } from "effect"
import { callback, defaultExchange, end, type Ending, Exchange, mayEnd, open, Payment } from "./payments.ts"
import type { CreatePayment } from "./wire.ts"

/** The one row that says what payments are converted at. */
const Settings = Schema.Struct({ id: Schema.Literal("settings"), exchange: Exchange })
type Settings = typeof Settings.Type

/** Seconds that an access token is good for. */
export const tokenLifetime = 3_600

const makeTables = () => ({
  /** Two payments may share a transaction id: the provider does not say that it makes it unique. */
  payments: Table.make<Payment, "transactionId">({
    schema: Payment,
    id: ({ id }) => id,
    keys: { transactionId: ({ transactionId }) => transactionId },
    dueAt: ({ next }) => next?.at ?? null
  }),
  settings: Table.make<Settings>({ schema: Settings, id: ({ id }) => id }),
  tokens: Tokens.table(),
  notifications: Notifications.table()
})

/** What requests and control endpoints do with the provider. What it gives back, the state file already has. */
export interface Provider {
  readonly ids: Ids.Ids
  readonly payments: Table.Table<Payment, "transactionId">
  readonly notifications: Table.Stored<Notifications.Notification>
  readonly tokens: Tokens.Tokens
  readonly create: (request: CreatePayment) => Effect.Effect<Payment>
  /** Ends a payment now and gives it; none where its status does not allow that ending. */
  readonly end: (payment: Payment, ending: Ending) => Effect.Effect<Option.Option<Payment>>
  /** Changes what new payments are converted at. */
  readonly setExchange: (change: Partial<Exchange>) => Effect.Effect<Exchange>
  /** Keeps a callback's new version. */
  readonly save: (notification: Notifications.Notification) => void
  /** Runs the timers forever, handing over each callback that is due. */
  readonly run: (notify: Notifications.Notifications["notify"]) => Effect.Effect<never>
}

/** A provider with the state of `stateFile`, or a new one that keeps nothing. */
export const make = Effect.fnUntraced(function* (
  stateFile: string | undefined
): Effect.fn.Return<Provider, PlatformError.PlatformError, FileSystem.FileSystem | Scope.Scope> {
  const ids = yield* Ids.make
  const tables = makeTables()
  const { notifications, payments, settings } = tables
  const { commit, run, written } = yield* Records.open(tables, stateFile)
  const tokens = Tokens.make(
    tables.tokens,
    { commit, written },
    { lifetime: tokenLifetime, draw: () => ids.alphanumeric(64) }
  )

  const exchange = () => settings.get("settings")?.exchange ?? defaultExchange

  const endNow = (payment: Payment, ending: Ending) =>
    Effect.map(Clock.currentTimeMillis, (now): Option.Option<Payment> => {
      if (!mayEnd(payment, ending)) return Option.none()
      const ended = end(payment, ending, now)
      commit({ payments: [ended], notifications: [callback(ended, now, ids)] })
      return Option.some(ended)
    })

  return {
    ids,
    payments,
    notifications,
    tokens,
    create: Effect.fnUntraced(function* (request) {
      const payment = open(request, exchange(), yield* Clock.currentTimeMillis, ids)
      commit({ payments: [payment] })
      yield* written
      return payment
    }),
    end: (payment, ending) => Effect.tap(endNow(payment, ending), () => written),
    setExchange: (change) =>
      Effect.suspend(() => {
        const next = { ...exchange(), ...change }
        commit({ settings: [{ id: "settings", exchange: next }] })
        return Effect.as(written, next)
      }),
    save: (notification) => commit({ notifications: [notification] }),
    run: (notify) =>
      run({
        payments: (payment) => (payment.next === null ? Effect.void : Effect.asVoid(endNow(payment, payment.next.to))),
        tokens: tokens.expire,
        notifications: notify
      })
  }
})
