/**
 * The running provider: its tables, what moves them, and whom it tells.
 */
import { Ids, Notifications, Records, Sandbox, Table, Tokens } from "@salesos/simulator-kit"
import { Clock, Effect, type FileSystem, Option, type PlatformError, Schema, type Scope } from "effect"
import { become, effect, Entry, mayBecome } from "./transactions.ts"
import { notified } from "./shown.ts"
import { type Status, Webhook } from "./wire.ts"

/** Seconds that an access token is good for, as in `expires_in`. */
export const tokenLifetime = 1_800

/** A configured webhook; a removed one leaves its number taken. */
const StoredWebhook = Schema.Struct({ webhook: Webhook, removed: Schema.Boolean })
type StoredWebhook = typeof StoredWebhook.Type

/** What a test may switch, in memory only. */
export interface Switches {
  /** Whether payments by PIX are blocked, as an administrator of SellxPay may do. */
  cashOutBlocked: boolean
}

/** How much money there is, in centavos; `blocked` is that of payments under way. */
export interface Balance {
  readonly balance: number
  readonly blocked: number
}

const makeTables = () => {
  let balance: Balance = { balance: Sandbox.openingBalance, blocked: 0 }
  return {
    balance: () => balance,
    transactions: Table.make<Entry, "external_id">({
      schema: Entry,
      id: ({ transaction }) => transaction.id,
      keys: { external_id: ({ transaction }) => transaction.external_id },
      dueAt: ({ next }) => next?.at ?? null,
      onPut: (entry, before) => {
        const now = effect(entry.transaction)
        const then = before === undefined ? { balance: 0, blocked: 0 } : effect(before.transaction)
        balance = {
          balance: balance.balance + now.balance - then.balance,
          blocked: balance.blocked + now.blocked - then.blocked
        }
      }
    }),
    webhooks: Table.make<StoredWebhook>({ schema: StoredWebhook, id: ({ webhook }) => `${webhook.id}` }),
    tokens: Tokens.table(),
    notifications: Notifications.table()
  }
}

/** What requests and control endpoints do with the provider. What it gives back, the state file already has. */
export interface Provider {
  readonly ids: Ids.Ids
  readonly transactions: Table.Table<Entry, "external_id">
  readonly notifications: Table.Stored<Notifications.Notification>
  readonly balance: () => Balance
  readonly switches: Switches
  readonly add: (open: (now: number) => Entry) => Effect.Effect<Entry>
  /** Gives a transaction another status now; none where its status does not allow that. */
  readonly become: (entry: Entry, to: Status) => Effect.Effect<Option.Option<Entry>>
  readonly tokens: Tokens.Tokens
  readonly webhooks: {
    readonly all: () => ReadonlyArray<Webhook>
    readonly add: (webhook: Pick<Webhook, "url" | "is_active">) => Effect.Effect<Webhook>
    /** False where there is none of that id. */
    readonly remove: (id: string) => Effect.Effect<boolean>
  }
  /** Keeps a notification's new version. */
  readonly save: (notification: Notifications.Notification) => void
  /** Runs the timers forever, handing over each notification that is due. */
  readonly run: (notify: (notification: Notifications.Notification) => Effect.Effect<void>) => Effect.Effect<never>
}

/** A provider with the state of `stateFile`, or a new one that keeps nothing. */
export const make = Effect.fnUntraced(function* (
  stateFile: string | undefined
): Effect.fn.Return<Provider, PlatformError.PlatformError, FileSystem.FileSystem | Scope.Scope> {
  const ids = yield* Ids.make
  const { balance, ...tables } = makeTables()
  const records = yield* Records.open(tables, stateFile)
  const { commit, run, written } = records
  const { notifications, transactions, webhooks } = tables
  const tokens = Tokens.make(tables.tokens, records, {
    lifetime: tokenLifetime,
    draw: () => `${ids.digits(6)}|${ids.alphanumeric(40)}` // the form of the document's example
  })

  const configured = () => [...webhooks.rows()].flatMap(({ removed, webhook }) => (removed ? [] : [webhook]))

  /** "Se voce nao informar postback_url na requisicao, o postback sera enviado para a URL configurada" */
  const receivers = ({ postbackUrl }: Entry): ReadonlyArray<string> =>
    postbackUrl === null ? configured().flatMap(({ is_active, url }) => (is_active ? [url] : [])) : [postbackUrl]

  const tell = (entry: Entry, now: number) =>
    receivers(entry).map((url) => ({
      id: ids.uuid(),
      entityId: entry.transaction.id,
      url,
      body: notified(entry.transaction),
      attempts: 0,
      dueAt: now
    }))

  const becomeNow = (entry: Entry, to: Status) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      if (!mayBecome(entry.transaction, to)) return Option.none()
      const next = become(entry, to, now, ids)
      commit({ transactions: [next], notifications: tell(next, now) })
      return Option.some(next)
    })

  return {
    ids,
    transactions,
    notifications,
    balance,
    switches: { cashOutBlocked: false },
    add: Effect.fnUntraced(function* (open) {
      const now = yield* Clock.currentTimeMillis
      const entry = open(now)
      // One that is decided in the answer has changed its status too.
      commit({
        transactions: [entry],
        notifications: entry.transaction.status === "pending" ? [] : tell(entry, now)
      })
      yield* written
      return entry
    }),
    become: (entry, to) => Effect.tap(becomeNow(entry, to), () => written),
    tokens,
    webhooks: {
      all: configured,
      add: Effect.fnUntraced(function* ({ is_active, url }) {
        const now = yield* Clock.currentTimeMillis
        const webhook = { id: webhooks.ids.length + 1, url, is_active, created_at: new Date(now).toISOString() }
        commit({ webhooks: [{ webhook, removed: false }] })
        yield* written
        return webhook
      }),
      remove: Effect.fnUntraced(function* (id) {
        const stored = webhooks.get(id)
        if (stored === undefined || stored.removed) return false
        commit({ webhooks: [{ ...stored, removed: true }] })
        yield* written
        return true
      })
    },
    save: (notification) => commit({ notifications: [notification] }),
    run: (notify) =>
      run({
        transactions: (entry) => (entry.next === null ? Effect.void : Effect.asVoid(becomeNow(entry, entry.next.to))),
        tokens: tokens.expire,
        notifications: notify
      })
  }
})
