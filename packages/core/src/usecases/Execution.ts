/**
 * An execution: one process carrying out an operation on an invoice or a payout. It holds a lease, by a token that tells it apart
 * from others, and every step that it takes is written only while the lease is its own. A process may die between any two steps;
 * whoever takes the lease over goes on from what was written.
 */
import { Clock, Duration, Effect, Option } from "effect"
import type { Alert } from "../models/Alert.ts"
import * as CostCenter from "../models/CostCenter.ts"
import type { Decision, Keyed, Lease, StoredResponse } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import {
  type Change,
  type Filed,
  type Held,
  onlyState,
  type Operations,
  type StoreUnavailable
} from "../ports/Operations.ts"
import type { Driver } from "../ports/Provider.ts"
import type { TaxIssuer } from "../ports/TaxIssuer.ts"
import { Settings, type SettingsValues } from "../ports/Settings.ts"
import type { ValidationError } from "../values/FieldError.ts"
import { IdempotencyInProgress, IdempotencyKeyReused, type NotFound, OperationInProgress } from "./errors.ts"
import * as Metrics from "./Metrics.ts"

/** Who may take the next step on a resource. */
export interface Holder<A, Id extends string> {
  readonly store: Pick<Operations<A, Id, never>, "change">
  readonly owner: Owner
  readonly id: Id
  readonly lease: Lease
}

/** One execution of a request: who it is for, and until when it may take its steps. */
export interface Execution<A, Id extends string> extends Holder<A, Id> {
  readonly keyed: Keyed
  /** By the monotonic clock, taken before the lease was: it ends no sooner than `begun + settings.lease`. */
  readonly begun: bigint
  readonly settings: SettingsValues
}

/** The answer of an operation, and whether it is one that was given before. */
export interface Answer {
  readonly response: StoredResponse
  readonly replayed: boolean
}

/** What a key is answered whose operation is not to be gone on with. */
export const decided = (
  decision: Exclude<Decision, { readonly _tag: "Resume" }>
): Effect.Effect<Answer, IdempotencyInProgress | IdempotencyKeyReused> => {
  switch (decision._tag) {
    case "Reused":
      return Effect.fail(new IdempotencyKeyReused())
    case "InProgress":
      return Effect.fail(new IdempotencyInProgress({ retryAfterSeconds: decision.retryAfterSeconds }))
    case "Replay":
      return Effect.succeed({ response: decision.response, replayed: true })
  }
}

/** What an intent is answered that was not opened: nothing was recorded. */
export const unopened = (
  opened: Exclude<Decision, { readonly _tag: "Resume" }> | { readonly _tag: "UnknownCostCenter" },
  { cost_center }: Filed
): Effect.Effect<Answer, IdempotencyInProgress | IdempotencyKeyReused | ValidationError> =>
  opened._tag === "UnknownCostCenter" ? Effect.fail(CostCenter.unknown(cost_center)) : decided(opened)

/** Refuses what can't be done now, storing nothing. A key that was answered before keeps its answer all the same. */
export const refuse = <E>(
  store: { readonly recall: (owner: Owner, keyed: Keyed) => Effect.Effect<Option.Option<Decision>, StoreUnavailable> },
  owner: Owner,
  keyed: Keyed,
  failure: E
): Effect.Effect<Answer, E | IdempotencyKeyReused | StoreUnavailable> =>
  Effect.flatMap(store.recall(owner, keyed), (recalled): Effect.Effect<Answer, E | IdempotencyKeyReused> => {
    const known = Option.getOrUndefined(recalled)
    if (known?._tag === "Replay") return Effect.succeed({ response: known.response, replayed: true })
    return Effect.fail(known?._tag === "Reused" ? new IdempotencyKeyReused() : failure)
  })

/** A "not there" proves nothing until no sender can still be at it, and the provider would show what was sent. */
export const missesCountAfter = (
  settings: SettingsValues,
  { facts }: Pick<Driver, "facts"> | Pick<TaxIssuer, "facts">
): Duration.Duration => Duration.sum(Duration.sum(settings.lease, settings.callDeadline), facts.lookup.minimumAge)

/** Whether the request's time is not used up yet. */
export const hasTime = ({ begun, settings }: Pick<Execution<never, never>, "begun" | "settings">) =>
  Effect.map(Clock.monotonicTimeNanos, (now) => now - begun < Duration.toNanosUnsafe(settings.requestBudget))

/**
 * Only a lease that outlasts a call's deadline may make the call: otherwise another execution could be at it meanwhile. Fails with
 * `IdempotencyInProgress`.
 */
export const mustOutlast = Effect.fnUntraced(function* ({
  begun,
  settings
}: Pick<Execution<never, never>, "begun" | "settings">) {
  const end = begun + Duration.toNanosUnsafe(settings.lease)
  const now = yield* Clock.monotonicTimeNanos
  if (now + Duration.toNanosUnsafe(settings.callDeadline) > end) return yield* lost
})

const lost = new IdempotencyInProgress({ retryAfterSeconds: 1 })

/** Changes the resource as the holder of its lease, and gives it as it then is. One that lost it stops: `IdempotencyInProgress`. */
export const step = Effect.fnUntraced(function* <A, Id extends string, E>(
  { id, lease, owner, store }: Holder<A, Id>,
  decide: (held: Held<A>) => Effect.Effect<Change<A>, E>
) {
  const stepped = yield* store.change(owner, id, lease, (held) =>
    Effect.map(held.holdsLease ? decide(held) : Effect.succeed(onlyState(held.current)), (change) => ({
      change,
      result: { change, holdsLease: held.holdsLease }
    }))
  )
  const { change, holdsLease } = Option.getOrThrow(stepped)
  if (!holdsLease) return yield* lost
  yield* announce(id, change)
  return change.next
})

/** Gives the lease back, and changes nothing else. */
export const release = <A, Id extends string>(holder: Holder<A, Id>) =>
  step(holder, ({ current }) => Effect.succeed({ ...onlyState(current), released: true }))

/**
 * Carries out an operation under a key on what is there already, as the holder of its lease. One that comes to nothing gives the lease
 * back, and its key is free to try again.
 *
 * Fails with `NotFound` when there is no such resource, `OperationInProgress` while another operation on it has the lease, and as
 * {@link decided} does. Of these nothing is stored.
 */
export const perform = <A, Id extends string, E, R>(
  store: Pick<Operations<A, Id, never>, "begin" | "change">,
  {
    id,
    keyed,
    missing,
    owner
  }: { readonly owner: Owner; readonly keyed: Keyed; readonly id: Id; readonly missing: NotFound },
  run: (execution: Execution<A, Id>, current: A) => Effect.Effect<Answer, E, R>
) =>
  Effect.gen(function* () {
    const settings = yield* Settings
    const begun = yield* Clock.monotonicTimeNanos
    const started = yield* store.begin(owner, id, keyed, settings.lease)
    switch (started._tag) {
      case "Missing":
        return yield* missing
      case "Busy":
        return yield* new OperationInProgress({ retryAfterSeconds: started.retryAfterSeconds })
      case "Begun": {
        const execution = { store, owner, id, keyed, lease: started.lease, begun, settings }
        return yield* run(execution, started.current).pipe(Effect.onError(() => Effect.ignore(release(execution))))
      }
      default:
        return yield* decided(started)
    }
  })

/** Carries something out that has no key, as the holder of the lease, if nobody else holds it; and gives it back. */
export const alone = <A, Id extends string, R>(
  store: Pick<Operations<A, Id, never>, "begin" | "change">,
  owner: Owner,
  id: Id,
  run: (holder: Holder<A, Id>, current: A) => Effect.Effect<unknown, IdempotencyInProgress | StoreUnavailable, R>
) =>
  Effect.gen(function* () {
    const begun = yield* store.begin(owner, id, null, (yield* Settings).lease)
    if (begun._tag !== "Begun") return
    const holder = { store, owner, id, lease: begun.lease }
    yield* run(holder, begun.current).pipe(
      // A lease that is not given back runs out by itself.
      Effect.ensuring(Effect.ignore(release(holder))),
      // Somebody else is at it by now.
      Effect.catchTag("IdempotencyInProgress", () => Effect.void)
    )
  })

/**
 * Records what a provider answered, also by an execution that has lost its lease: what is true is written, whoever learned it.
 * While the lease is its own, `respond` may end the operation with an answer; null leaves it to further steps.
 */
export const record = Effect.fnUntraced(function* <A, Id extends string, E>(
  { id, keyed, lease, owner, store }: Execution<A, Id>,
  decide: (held: Held<A>) => Effect.Effect<Change<A>, E>,
  respond: (next: A) => StoredResponse | null
) {
  const recorded = yield* store.change(owner, id, lease, (held) =>
    Effect.map(decide(held), (change) => {
      const response = held.holdsLease ? respond(change.next) : null
      const ended = response === null ? change : { ...change, finished: { keyed, response } }
      return { change: ended, result: { change, response, holdsLease: held.holdsLease } }
    })
  )
  const { change, holdsLease, response } = Option.getOrThrow(recorded)
  yield* announce(id, change)
  if (!holdsLease) return yield* lost
  return { next: change.next, answer: response === null ? null : ({ response, replayed: false } satisfies Answer) }
})

/** Ends the operation while the lease is its own: its last change and its answer are written together. */
export const conclude = Effect.fnUntraced(function* <A, Id extends string, E>(
  execution: Execution<A, Id>,
  decide: (held: Held<A>) => Effect.Effect<Change<A>, E>,
  respond: (next: A) => StoredResponse
) {
  const next = yield* step(execution, (held) =>
    Effect.map(decide(held), (change) => ({
      ...change,
      finished: { keyed: execution.keyed, response: respond(change.next) }
    }))
  )
  return { response: respond(next), replayed: false } satisfies Answer
})

/**
 * Answers with the resource as it stands. An answer that can't be stored is none: whoever has the lease may give another one, and a key
 * has one answer. Fails with `IdempotencyInProgress` then.
 */
export const answer = <A, Id extends string>(execution: Execution<A, Id>, respond: (current: A) => StoredResponse) =>
  conclude(execution, ({ current }) => Effect.succeed(onlyState(current)), respond)

/** A change after which something is still in doubt. The one that marks it in `told` as lasting tells a person, and no other does. */
export const tellingOfDoubts = <A>(change: Change<A>, told: A): Change<A> =>
  told === change.next ? change : { ...change, next: told, alerts: [...(change.alerts ?? []), "in_doubt"] }

/** Something that a person should look at: in the log, with what is known of it, and counted. */
export const needsALook = Effect.fnUntraced(function* (alert: Alert, known: Readonly<Record<string, string>> = {}) {
  yield* Metrics.count(Metrics.alerts, { alert })
  yield* Effect.logWarning(`Needs a look: ${alert}`).pipe(Effect.annotateLogs({ alert, ...known }))
})

/** Says in the log what a change did, once it is done. */
export const announce = Effect.fnUntraced(
  function* <A>(_id: string, { alerts = [], events }: Change<A>) {
    for (const { id, type } of events) {
      yield* Metrics.count(Metrics.events, { type })
      yield* Effect.logInfo(type).pipe(Effect.annotateLogs({ event: id }))
    }
    for (const alert of alerts) yield* needsALook(alert)
  },
  (effect, id) => Effect.annotateLogs(effect, { resource: id })
)
