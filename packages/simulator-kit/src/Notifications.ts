/**
 * Notifications to an address that a client gave: sent by a few workers, tried again with a growing delay until one is
 * accepted. They are a table of their own, so that what was not delivered before a restart is delivered after it.
 */
import { Clock, Effect, Queue, Schema, type Scope } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import type { Faults } from "./Faults.ts"
import type { Stored } from "./Table.ts"

/** A notification. */
export const Notification = Schema.Struct({
  id: Schema.String,
  /** What it is about, for those who look. */
  entityId: Schema.String,
  url: Schema.String,
  /** Any JSON: what was true when it was written, not when it is sent. */
  body: Schema.Unknown,
  /** How many tries have failed. */
  attempts: Schema.Int,
  /** When it is sent (again), in milliseconds since 1970; null once there is nothing left to try. */
  dueAt: Schema.NullOr(Schema.Int)
})
export type Notification = typeof Notification.Type

/** A table that forgets a notification once it is delivered or given up. */
export const table = (): Stored<Notification> => {
  const rows = new Map<string, Notification>()
  return {
    get: (id) => rows.get(id),
    id: ({ id }) => id,
    put: (row) => {
      if (row.dueAt === null) rows.delete(row.id)
      else rows.set(row.id, row)
    },
    rows: () => rows.values(),
    dueAt: ({ dueAt }) => dueAt,
    decode: Schema.decodeUnknownExit(Notification)
  }
}

/** How a provider notifies. */
export interface Options {
  /** Milliseconds to wait after the first, second, … try that failed; there is no try after the last. */
  readonly retries: ReadonlyArray<number>
  /** Whether a receiver's status means that it has it; any 2xx by default. */
  readonly accepted?: (status: number) => boolean
  /** Headers of one try, such as a signature of `body` (the exact text) at `now` (milliseconds). */
  readonly headers?: (body: string, now: number) => Readonly<Record<string, string>>
}

const timeout = "10 seconds"
const workers = 16
const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** Notifications under way. */
export interface Notifications {
  /** Sends a notification that is due. */
  readonly notify: (notification: Notification) => Effect.Effect<void>
  /** Sends the one that was waiting for the next, for when notifications are no longer to be reordered. */
  readonly flush: Effect.Effect<void>
}

/** Starts the workers, which stop with the scope; `save` commits the new version of a notification. */
export const make = Effect.fnUntraced(function* (
  faults: Faults,
  save: (notification: Notification) => void,
  options: Options
): Effect.fn.Return<Notifications, never, HttpClient.HttpClient | Scope.Scope> {
  const { accepted = isSuccess, headers, retries } = options
  const client = yield* HttpClient.HttpClient
  /** Each entry is sent by one worker, in its order. */
  const queue = yield* Queue.unbounded<ReadonlyArray<Notification>>()
  let held: ReadonlyArray<Notification> = []

  /** Whether the receiver accepted it in time. The answer's body is read to free its connection. */
  const post = Effect.fnUntraced(function* (notification: Notification) {
    const body = JSON.stringify(notification.body)
    return yield* HttpClientRequest.post(notification.url).pipe(
      HttpClientRequest.bodyText(body, "application/json"),
      HttpClientRequest.setHeaders(headers?.(body, yield* Clock.currentTimeMillis) ?? {}),
      client.execute,
      Effect.flatMap((response) => Effect.as(Effect.ignore(response.arrayBuffer), accepted(response.status))),
      Effect.timeout(timeout),
      Effect.catchCause(() => Effect.succeed(false))
    )
  })

  const send = (notification: Notification) =>
    Effect.suspend(() => {
      const { dropNotifications, duplicateNotifications } = faults.current()
      if (dropNotifications === true) return Effect.succeed(true)
      return duplicateNotifications === true
        ? Effect.andThen(post(notification), post(notification))
        : post(notification)
    })

  const deliver = Effect.fnUntraced(function* (notification: Notification) {
    const delivered = yield* send(notification)
    const delay = retries[notification.attempts]
    if (delivered || delay === undefined) return save({ ...notification, dueAt: null })
    const now = yield* Clock.currentTimeMillis
    save({ ...notification, attempts: notification.attempts + 1, dueAt: now + delay })
  })

  for (let i = 0; i < workers; i++) {
    yield* Queue.take(queue).pipe(
      Effect.flatMap(Effect.forEach(deliver, { discard: true })),
      Effect.forever,
      Effect.forkScoped
    )
  }

  const flush = Effect.suspend(() => {
    const waiting = held
    held = []
    return Effect.asVoid(Queue.offer(queue, waiting))
  })
  return {
    notify: (notification) =>
      Effect.suspend(() => {
        const waits = held.length === 0 && faults.current().reorderNotifications === true
        held = [notification, ...held]
        return waits ? Effect.void : flush
      }),
    flush
  }
})
