/**
 * Notifications to a transaction's `notifyUrl` ("url that we will notify any transaction updates"): sent by a few
 * workers, tried again with a growing delay until one is answered with 2xx.
 */
import { Clock, Effect, Queue, type Scope } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import type { Faults } from "./faults.ts"
import type { Provider } from "./provider.ts"
import type { Notification } from "./transactions.ts"

/** Milliseconds to wait after the first, second, … try that failed; there is no try after the last. */
const retries = [5_000, 30_000, 120_000, 600_000]
const timeout = "10 seconds"
const workers = 16

/** The body that InfraPSP posts. */
const body = (notification: Notification) => ({
  id: notification.id,
  event: "transaction",
  entityId: notification.entityId,
  data: notification.data,
  meta: { url: notification.url }
})

/** Starts the workers and gives what hands them a notification. They stop with the scope. */
export const make = Effect.fnUntraced(function* (
  provider: Provider,
  faults: Faults
): Effect.fn.Return<(notification: Notification) => Effect.Effect<void>, never, HttpClient.HttpClient | Scope.Scope> {
  const client = yield* HttpClient.HttpClient
  const queue = yield* Queue.unbounded<Notification>()

  /** Whether the receiver answered 2xx in time. The answer's body is read to free its connection. */
  const post = (notification: Notification) =>
    HttpClientRequest.post(notification.url).pipe(
      HttpClientRequest.bodyJsonUnsafe(body(notification)),
      client.execute,
      Effect.flatMap((response) =>
        Effect.as(Effect.ignore(response.arrayBuffer), response.status >= 200 && response.status < 300)
      ),
      Effect.timeout(timeout),
      Effect.catchCause(() => Effect.succeed(false))
    )

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
    if (delivered || delay === undefined) return provider.commit({ notified: notification.id })
    const now = yield* Clock.currentTimeMillis
    provider.commit({
      notification: { ...notification, attempts: notification.attempts + 1, dueAt: now + delay }
    })
  })

  for (let i = 0; i < workers; i++) {
    yield* Queue.take(queue).pipe(Effect.flatMap(deliver), Effect.forever, Effect.forkScoped)
  }
  return (notification) => Effect.asVoid(Queue.offer(queue, notification))
})
