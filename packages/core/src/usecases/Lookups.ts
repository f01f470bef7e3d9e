/**
 * Lookups: asking the provider again about charges that are not final, by schedule or because a notification named them.
 */
import { Cause, DateTime, Effect, Option, Result } from "effect"
import type * as ChargeAttempt from "../models/ChargeAttempt.ts"
import type { Heard } from "../models/Heard.ts"
import * as Invoice from "../models/Invoice.ts"
import type { ChargeObservation } from "../models/Observation.ts"
import type { Driver, ProviderAccount } from "../ports/Provider.ts"
import { type Due, InvoiceStore, Notifications } from "../ports/Store.ts"
import * as Accounts from "./Accounts.ts"
import { unsettled } from "./Changes.ts"
import { announce } from "./Execution.ts"
import * as Hearing from "./Notifications.ts"
import * as InDoubt from "./InDoubt.ts"
import * as Observations from "./Observations.ts"
import * as ProviderOperations from "./ProviderOperations.ts"
import { withDeadline } from "./ProviderCall.ts"

/** An attempt that is due, as it is stored, and who can be asked about it. */
interface Loaded {
  readonly due: Due
  readonly invoice: Invoice.Invoice
  readonly attempt: ChargeAttempt.ChargeAttempt
  /** None when the account or its driver is no longer configured. */
  readonly via: Option.Option<{ readonly account: ProviderAccount; readonly driver: Driver }>
}

const load = Effect.fnUntraced(function* (due: Due) {
  const found = yield* (yield* InvoiceStore).get(due.owner, due.invoice)
  const attempt = Option.flatMapNullishOr(found, (invoice) => Invoice.attempt(invoice, due.attempt))
  if (Option.isNone(found) || Option.isNone(attempt)) return Option.none<Loaded>()
  const via = yield* Accounts.find(due.owner, attempt.value.account)
  return Option.some<Loaded>({ due, invoice: found.value, attempt: attempt.value, via })
})

/**
 * Asks the provider about an attempt that is due, and applies what it says. This is how a lost notification is made up
 * for, and what a received one leads to. A provider that does not answer is asked again by the schedule; and a creation that
 * nobody brought to an end, because its process died, is brought to one.
 */
export const lookUp = Effect.fn("Lookups.lookUp")(
  function* (due: Due) {
    const loaded = yield* load(due)
    if (Option.isSome(loaded)) yield* askOne(loaded.value)
  },
  (effect, due) => Effect.annotateLogs(effect, { invoice: due.invoice, attempt: due.attempt })
)

/** How many are asked about at once, unless told, where each is a question of its own. */
const atOnce = 8

/**
 * Looks up many attempts that are due: those of one account by one question where its provider lists charges, and one by one
 * what the answer leaves out. One that goes wrong keeps none of the others from it.
 */
export const lookUpAll = Effect.fn("Lookups.lookUpAll")(function* (due: ReadonlyArray<Due>, concurrency = atOnce) {
  yield* askAll(due, askOne, concurrency)
})

/** The same for attempts that a provider's statement names, also for those that were given up: they are found by reference. */
export const askAgain = Effect.fn("Lookups.askAgain")(function* (named: ReadonlyArray<Due>) {
  yield* askAll(named, (each) => (each.attempt.providerId === null ? findOne(each) : askOne(each)))
})

const askAll = Effect.fnUntraced(function* <E, R>(
  due: ReadonlyArray<Due>,
  one: (each: Loaded) => Effect.Effect<void, E, R>,
  concurrency = atOnce
) {
  const loaded = yield* Effect.forEach(due, (each) => contained(each, load(each)), { concurrency })
  const known = loaded.flatMap((each) => Option.toArray(Option.flatten(each)))
  const byAccount = Map.groupBy(known, ({ attempt, due: { owner }, via }) =>
    Option.isSome(via) && via.value.driver.readCharges !== undefined && attempt.providerId !== null
      ? JSON.stringify([owner.tenant, owner.environment, attempt.account])
      : ""
  )
  yield* Effect.forEach(
    byAccount,
    ([account, group]) =>
      Effect.gen(function* () {
        const rest = account === "" || group.length === 1 ? group : yield* askTogether(group)
        yield* Effect.forEach(rest, (each) => contained(each.due, one(each)), { concurrency, discard: true })
      }),
    { concurrency, discard: true }
  )
})

/** Asks about several attempts of one account by one question; gives those that the answer leaves out. */
const askTogether = Effect.fnUntraced(function* (group: ReadonlyArray<Loaded>) {
  const [first] = group
  const via = first === undefined ? undefined : Option.getOrUndefined(first.via)
  const read = via?.driver.readCharges
  if (first === undefined || via === undefined || read === undefined) return group
  const wanted = group.map(({ attempt: { createdAt, providerId } }) => ({ createdAt, providerId: providerId ?? "" }))
  const asking = Effect.gen(function* () {
    const ids = wanted.map(({ providerId }) => providerId)
    const heard = yield* (yield* Notifications).pending(first.due.owner, via.account.name, "charge", ids)
    const call = withDeadline("provider.readCharges", { provider: via.driver.name }, read(via.account, wanted))
    return { heard, answer: yield* Effect.result(call) }
  })
  const { answer, heard } = yield* asking
  if (Result.isFailure(answer)) {
    yield* Effect.logWarning(`The provider did not tell about ${group.length} charges: ${answer.failure.message}`)
    yield* Effect.forEach(group, ({ due }) => contained(due, askLater(due)), { discard: true })
    return []
  }
  const seen = new Map(answer.success.map((each) => [each.providerId, each]))
  const rest: Array<Loaded> = []
  for (const each of group) {
    const found = seen.get(each.attempt.providerId ?? "")
    if (found === undefined) rest.push(each)
    else yield* contained(each.due, conclude(each, Option.some(found), of(heard, found.providerId)))
  }
  return rest
})

const of = (heard: ReadonlyArray<Heard>, providerId: string): ReadonlyArray<Heard> =>
  heard.filter((each) => each.providerId === providerId)

/** Asks about one attempt by the provider's own id, if we know it. */
const askOne = Effect.fnUntraced(function* (each: Loaded) {
  const { attempt, due, via } = each
  if (attempt.providerId === null || Option.isNone(via)) return yield* conclude(each, Option.none(), [])
  const { account, driver } = via.value
  const notifications = yield* Notifications
  const heard = yield* notifications.pending(due.owner, attempt.account, "charge", [attempt.providerId])
  const answer = yield* withDeadline(
    "provider.getCharge",
    { provider: driver.name, invoice: due.invoice },
    driver.getCharge(account, attempt.providerId)
  ).pipe(Effect.result)
  if (Result.isSuccess(answer)) return yield* conclude(each, Option.some(answer.success), heard)
  yield* Effect.logWarning(`The provider did not tell about a charge: ${answer.failure.message}`)
  if (answer.failure._tag === "Rejected") yield* Hearing.fail(due.owner, heard, answer.failure.message)
  yield* conclude(each, Option.none(), [])
})

/** Asks about one attempt by our reference. */
const findOne = Effect.fnUntraced(function* (each: Loaded) {
  const { attempt, due, via } = each
  if (Option.isNone(via) || Invoice.needsResolving(each.invoice)) return yield* conclude(each, Option.none(), [])
  const answer = yield* withDeadline(
    "provider.findCharge",
    { provider: via.value.driver.name, invoice: due.invoice },
    via.value.driver.findCharge(via.value.account, attempt.reference)
  ).pipe(Effect.result)
  if (Result.isSuccess(answer)) return yield* conclude(each, answer.success, [])
  yield* Effect.logWarning(`The provider did not tell about a charge: ${answer.failure.message}`)
})

/** Applies what the provider said, if it said anything, and sees to what is to be done then. */
const conclude = Effect.fnUntraced(function* (
  { attempt, due, invoice: found }: Loaded,
  seen: Option.Option<ChargeObservation>,
  heard: ReadonlyArray<Heard>
) {
  const applied = Option.isNone(seen)
    ? Option.none()
    : yield* Observations.apply(due.owner, due.invoice, due.attempt, seen.value, heard)
  const invoice = Option.getOrElse(applied, () => found)
  if (Invoice.needsResolving(invoice)) return yield* InDoubt.resolveAlone(due.owner, due.invoice)
  const after = Invoice.attempt(invoice, due.attempt)
  if (after !== undefined && ProviderOperations.isUnfinished(after)) {
    return yield* ProviderOperations.seeTo(due.owner, due.invoice, due.attempt, Option.isSome(seen))
  }
  if (Option.isSome(seen)) return
  yield* attempt.providerId === null ? restNow(due) : askLater(due)
})

const reschedule = (by: (invoice: Invoice.Invoice, attempt: number, now: DateTime.Utc) => Invoice.Invoice) =>
  Effect.fnUntraced(function* ({ attempt, invoice, owner }: Due) {
    const store = yield* InvoiceStore
    const changed = yield* store.change(owner, invoice, null, ({ current, now }) => {
      const change = unsettled(by(current, attempt, now), now)
      return Effect.succeed({ change, result: change })
    })
    if (Option.isSome(changed)) yield* announce(invoice, changed.value)
  })

/** Nothing can be asked: it is due no longer. */
const restNow = reschedule((invoice, attempt) => Invoice.rest(invoice, attempt))

const askLater = reschedule(Invoice.askLater)

/**
 * What goes wrong with one attempt stays with it: it is said, what was heard of it has failed once more, and it is due again by
 * the schedule.
 */
const contained = <A, E, R>(due: Due, effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.map(Option.some),
    Effect.catchCause((cause) =>
      failed(due, cause).pipe(
        Effect.catchCause((again) => Effect.logError("It could not even be put off", again)),
        Effect.as(Option.none<A>())
      )
    ),
    Effect.annotateLogs({ invoice: due.invoice, attempt: due.attempt })
  )

const failed = Effect.fnUntraced(function* (due: Due, cause: Cause.Cause<unknown>) {
  yield* Effect.logError("A charge could not be looked up", cause)
  const loaded = yield* load(due)
  yield* askLater(due)
  const attempt = Option.getOrUndefined(loaded)?.attempt
  // A store that is away is nobody's fault.
  if (attempt === undefined || attempt.providerId === null || !Cause.hasDies(cause)) return
  const notifications = yield* Notifications
  const heard = yield* notifications.pending(due.owner, attempt.account, "charge", [attempt.providerId])
  yield* Hearing.fail(due.owner, heard, Cause.pretty(cause).slice(0, 500))
})
