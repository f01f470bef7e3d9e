/**
 * The running provider: its records, and what moves them.
 */
import { Ids, type Notifications, Records } from "@salesos/simulator-kit"
import { Clock, Effect, Option, type Scope } from "effect"
import type { FileSystem, PlatformError } from "effect"
import type { Change, Charge, Ending } from "./rows.ts"
import * as State from "./state.ts"
import { end, mayEnd, open } from "./transactions.ts"
import type { CreateTransaction } from "./wire.ts"

/** What requests, control endpoints and notifications do with the provider. */
export interface Provider {
  readonly state: State.State
  /** Opens a transaction and gives it once the state file has it. */
  readonly create: (request: CreateTransaction) => Effect.Effect<Charge>
  /** Ends a transaction now and gives it; none where its status does not allow that ending. */
  readonly end: (charge: Charge, ending: Ending) => Effect.Effect<Option.Option<Charge>>
  /** Applies a change, sets its timers and writes it down. */
  readonly commit: (change: Change) => void
  /** Runs the timers forever, handing over each notification that is due. */
  readonly run: (notify: Notifications.Notifications["notify"]) => Effect.Effect<never>
}

/** A provider with the state of `stateFile`, or a new one that keeps nothing. */
export const make = Effect.fnUntraced(function* (
  stateFile: string | undefined
): Effect.fn.Return<Provider, PlatformError.PlatformError, FileSystem.FileSystem | Scope.Scope> {
  const ids = yield* Ids.make
  const state = State.make()
  const { commit, run, written } = yield* Records.open(state.tables, stateFile)

  const endNow = (charge: Charge, ending: Ending) =>
    Effect.map(Clock.currentTimeMillis, (now): Option.Option<Charge> => {
      if (!mayEnd(charge, ending)) return Option.none()
      const change = end(charge, ending, now, ids)
      commit(change)
      return Option.fromUndefinedOr(change.charges?.[0])
    })

  return {
    state,
    commit,
    create: Effect.fnUntraced(function* (request) {
      const now = yield* Clock.currentTimeMillis
      const charge = open(request, now, ids)
      commit({ charges: [charge] })
      yield* written
      return charge
    }),
    end: (charge, ending) => Effect.tap(endNow(charge, ending), () => written),
    run: (notify) =>
      run({
        charges: (charge) => (charge.next === null ? Effect.void : Effect.asVoid(endNow(charge, charge.next.to))),
        notifications: notify
      })
  }
})
