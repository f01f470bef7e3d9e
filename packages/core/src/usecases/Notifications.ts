/**
 * Inbound notifications. Whether or not a provider signs them, they are only hints: one is kept, what it names becomes due,
 * and the provider itself is asked. A forged, repeated or late one changes nothing.
 */
import { Duration, Effect, Option } from "effect"
import type { Heard } from "../models/Heard.ts"
import type { Owner } from "../models/Owner.ts"
import { Notifications } from "../ports/Store.ts"
import * as Accounts from "./Accounts.ts"
import { NotFound } from "./errors.ts"
import { needsALook } from "./Execution.ts"

/** Keeps what came in at a notification address. Fails with `NotFound` when the address is nobody's. */
export const receive = Effect.fn("Notifications.receive")(function* (
  provider: string,
  token: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: Uint8Array
) {
  const notifications = yield* Notifications
  const address = yield* notifications.accountOf(provider, token)
  if (Option.isNone(address)) return yield* new NotFound({ message: "No such address" })
  const { account, owner } = address.value
  const via = yield* Accounts.find(owner, account)
  if (Option.isNone(via)) return yield* new NotFound({ message: "No such address" })
  const notification = yield* via.value.driver.readNotification(via.value.account, headers, body)
  if (Option.isNone(notification)) {
    return yield* Effect.logWarning("A notification names nothing").pipe(Effect.annotateLogs({ provider, account }))
  }
  const { charges, dedupeKey, endToEndIds = {}, payouts } = notification.value
  yield* notifications.receive({ owner, account, dedupeKey, charges, payouts, endToEndIds, body })
})

/** After so many failures a notification is a dead letter. What it names is asked about all the same, by schedule. */
const enough = 5

/** What was to be done about these failed once more, for this reason. Of what is given up by it a person is told. */
export const fail = Effect.fn("Notifications.fail")(function* (
  owner: Owner,
  heard: ReadonlyArray<Heard>,
  reason: string
) {
  const dead = yield* (yield* Notifications).fail(owner, heard, reason, enough)
  for (const notification of dead) {
    const account = heard.find((each) => each.notification === notification)?.account ?? ""
    yield* needsALook("notification_given_up", { ...owner, account, notification })
  }
})

/** Puts the dead letters of a notification back for another go. Fails with `NotFound` when it has none. */
export const retry = Effect.fn("Notifications.retry")(function* (owner: Owner, notification: string) {
  const back = yield* (yield* Notifications).retry(owner, notification)
  if (back === 0) return yield* new NotFound({ message: "No such dead letter" })
})

/** Longer than any transaction that may not have seen the other takes. */
const overlooked = Duration.seconds(10)

/**
 * Has the provider asked about what a notification names that came at the very moment at which its charge or payout was first
 * recorded: neither saw the other, so nothing is due. For workers, now and then.
 */
export const wake = Effect.fn("Notifications.wake")(function* () {
  const woken = yield* (yield* Notifications).wake(overlooked)
  if (woken > 0) yield* Effect.logInfo("Notifications were overlooked").pipe(Effect.annotateLogs({ woken }))
})

/** The newest notifications of an owner of which nothing came, for a person to look at; a hundred at most. */
export const deadLetters = Effect.fn("Notifications.deadLetters")(function* (owner: Owner) {
  return yield* (yield* Notifications).deadLetters(owner, 100)
})
