/**
 * The running provider: its state, the journal that keeps it, and the timers that move it.
 */
import { Clock, Effect, Option, type Scope } from "effect"
import type { FileSystem, PlatformError } from "effect"
import * as Ids from "./ids.ts"
import * as Journal from "./journal.ts"
import * as State from "./state.ts"
import * as Timers from "./timers.ts"
import { type Change, type Charge, end, type Ending, mayEnd, type Notification, open } from "./transactions.ts"
import type { CreateTransaction } from "./wire.ts"

/** What requests, control endpoints and notifications do with the provider. */
export interface Provider {
  readonly state: State.State
  /** Opens a transaction and gives it once the journal has it. */
  readonly create: (request: CreateTransaction) => Effect.Effect<Charge>
  /** Ends a transaction now and gives it; none where its status does not allow that ending. */
  readonly end: (charge: Charge, ending: Ending) => Effect.Effect<Option.Option<Charge>>
  /** Applies a change, sets its timers and writes it down. */
  readonly commit: (change: Change) => void
  /** Runs the timers forever, handing over each notification that is due. */
  readonly run: (notify: (notification: Notification) => Effect.Effect<void>) => Effect.Effect<never>
}

type Due = { readonly charge: string } | { readonly notification: string }

/** A provider with the state of `stateFile`, or a new one that keeps nothing. */
export const make = Effect.fnUntraced(function* (
  stateFile: string | undefined
): Effect.fn.Return<Provider, PlatformError.PlatformError, FileSystem.FileSystem | Scope.Scope> {
  const ids = yield* Ids.make
  const state = State.make()
  const journal = stateFile === undefined ? Journal.none : yield* Journal.open(stateFile, state)
  const timers = Timers.make<Due>()

  const schedule = (change: Change): void => {
    const next = change.charge?.next
    if (change.charge !== undefined && next !== undefined && next !== null) {
      timers.schedule(next.at, { charge: change.charge.transaction.id })
    }
    if (change.notification !== undefined) {
      timers.schedule(change.notification.dueAt, { notification: change.notification.id })
    }
  }
  for (const change of state.snapshot()) schedule(change)

  const commit = (change: Change): void => {
    state.apply(change)
    journal.append(change)
    schedule(change)
  }

  const endNow = (charge: Charge, ending: Ending) =>
    Effect.map(Clock.currentTimeMillis, (now): Option.Option<Charge> => {
      if (!mayEnd(charge, ending)) return Option.none()
      const change = end(charge, ending, now, ids)
      commit(change)
      return Option.fromUndefinedOr(change.charge)
    })

  return {
    state,
    commit,
    create: Effect.fnUntraced(function* (request) {
      const now = yield* Clock.currentTimeMillis
      const charge = open(request, now, ids)
      commit({ charge })
      yield* journal.written
      return charge
    }),
    end: (charge, ending) => Effect.tap(endNow(charge, ending), () => journal.written),
    run: (notify) =>
      timers.run((due) => {
        if ("notification" in due) {
          const notification = state.notifications.get(due.notification)
          return notification === undefined ? Effect.void : notify(notification)
        }
        // A control endpoint may have ended it before its time: then nothing is left to come.
        const charge = state.charges.get(due.charge)
        return charge === undefined || charge.next === null ? Effect.void : endNow(charge, charge.next.to)
      })
  }
})
