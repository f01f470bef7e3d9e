/**
 * The running provider: its records, and how a step of them is taken.
 */
import { Ids, type Notifications, Records } from "@salesos/simulator-kit"
import { Clock, Effect, Option, type Scope } from "effect"
import type { FileSystem, PlatformError } from "effect"
import * as Bookings from "./bookings.ts"
import * as Fees from "./fees.ts"
import * as Id from "./ids.ts"
import * as Links from "./links.ts"
import type { Change, Event, Step } from "./rows.ts"
import * as State from "./state.ts"
import * as Transactions from "./transactions.ts"
import * as Transfers from "./transfers.ts"

/** What a step gives to whoever asked for it. */
export interface Taken<A> {
  readonly step: Step
  readonly result: A
}

/** What requests, control endpoints and notifications do with the provider. */
export interface Provider {
  readonly state: State.State
  /**
   * Takes a step as things are at this moment (milliseconds since 1970), and gives its result once the state file has it;
   * none where `decide` gives none. Nothing comes between.
   */
  readonly take: <A>(decide: (now: number, ids: Ids.Ids) => Taken<A> | undefined) => Effect.Effect<Option.Option<A>>
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
  const { feeRules, links, operations, webhooks } = state.tables
  const { commit, run, written } = yield* Records.open(state.tables, stateFile)
  if (feeRules.ids.length === 0) commit({ feeRules: Fees.rules })

  /** The body that InfraPSP posts, to whom it concerns. */
  const notifications = ({ data, entityId, event, url }: Event, now: number) => {
    const urls = new Set([...(url === null ? [] : [url]), ...[...webhooks.rows()].map((each) => each.url)])
    return [...urls].map((to) => {
      const id = Id.entity(ids)
      return { id, entityId, url: to, body: { id, event, entityId, data, meta: { url: to } }, attempts: 0, dueAt: now }
    })
  }

  /** A step with what it means for the link that its transaction belongs to. */
  const followed = (step: Step, now: number): Step => {
    const id = step.links === undefined ? step.charges?.[0]?.transaction.preTransactionId : undefined
    const link = id === undefined || id === null ? undefined : links.get(id)
    return link === undefined ? step : Links.follow(link, step, now)
  }

  const apply = (step: Step, now: number): void => {
    const { events = [], ...change } = followed(step, now)
    commit({ ...change, notifications: events.flatMap((event) => notifications(event, now)) })
  }

  const due = (step: (now: number) => Step) => Effect.map(Clock.currentTimeMillis, (now) => apply(step(now), now))

  return {
    state,
    commit,
    take: (decide) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const taken = decide(now, ids)
        if (taken === undefined) return Effect.succeedNone
        apply(taken.step, now)
        return Effect.as(written, Option.some(taken.result))
      }),
    run: (notify) =>
      run({
        charges: (charge) =>
          due((now) =>
            charge.next === null || !Transactions.mayEnd(charge, charge.next.to)
              ? { charges: [{ ...charge, next: null }] }
              : Transactions.end(charge, charge.next.to, now, ids)
          ),
        links: (link) => due((now) => Links.expire(link, now)),
        payouts: (payout) =>
          due((now) => (payout.next === null ? {} : Transfers.end(payout, payout.next.to, now, ids))),
        payables: (payable) =>
          due((now) =>
            Bookings.settle(
              payable,
              operations.idsOf("payableId", payable.id).flatMap((id) => operations.get(id) ?? []),
              now
            )
          ),
        notifications: notify
      })
  }
})
