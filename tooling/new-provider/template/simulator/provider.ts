/** The running provider: its records, and what moves them. */
import { Ids, Notifications, Records, Table } from "@salesos/simulator-kit"
import { Clock, Effect, type FileSystem, Option, type PlatformError, type Scope } from "effect"
import { Charge, end, type Ending, mayEnd, notification, open } from "./charges.ts"
import type { CreateCharge } from "./wire.ts"

/** What requests and control endpoints do with the provider. What it gives back, the state file already has. */
export interface Provider {
  readonly charges: Table.Table<Charge, "externalId">
  readonly notifications: Table.Stored<Notifications.Notification>
  readonly create: (request: CreateCharge) => Effect.Effect<Charge>
  /** Ends a charge now and gives it; none where its status does not allow that. */
  readonly end: (charge: Charge, ending: Ending) => Effect.Effect<Option.Option<Charge>>
  /** Keeps a notification's new version. */
  readonly save: (notification: Notifications.Notification) => void
  /** Runs the timers forever, handing over each notification that is due. */
  readonly run: (notify: Notifications.Notifications["notify"]) => Effect.Effect<never>
}

/** A provider with the state of `stateFile`, or a new one that keeps nothing. */
export const make = Effect.fnUntraced(function* (
  stateFile: string | undefined
): Effect.fn.Return<Provider, PlatformError.PlatformError, FileSystem.FileSystem | Scope.Scope> {
  const ids = yield* Ids.make
  const charges = Table.make<Charge, "externalId">({
    schema: Charge,
    id: ({ id }) => id,
    keys: { externalId: ({ externalId }) => externalId },
    dueAt: ({ next }) => next?.at ?? null
  })
  const notifications = Notifications.table()
  const { commit, run, written } = yield* Records.open({ charges, notifications }, stateFile)

  const endNow = (charge: Charge, ending: Ending) =>
    Effect.map(Clock.currentTimeMillis, (now): Option.Option<Charge> => {
      if (!mayEnd(charge)) return Option.none()
      const ended = end(charge, ending, now)
      commit({ charges: [ended], notifications: [notification(ended, now, ids)] })
      return Option.some(ended)
    })

  return {
    charges,
    notifications,
    create: Effect.fnUntraced(function* (request) {
      const charge = open(request, yield* Clock.currentTimeMillis, ids)
      commit({ charges: [charge] })
      yield* written
      return charge
    }),
    end: (charge, ending) => Effect.tap(endNow(charge, ending), () => written),
    save: (changed) => commit({ notifications: [changed] }),
    run: (notify) =>
      run({
        charges: (charge) => (charge.next === null ? Effect.void : Effect.asVoid(endNow(charge, charge.next.to))),
        notifications: notify
      })
  }
})
