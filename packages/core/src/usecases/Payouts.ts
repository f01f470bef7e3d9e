/**
 * Creating and reading payouts.
 *
 * A creation has three steps, and may die between any two of them: one transaction records the intent (number, attempt, key), the
 * provider is called outside any transaction, and another transaction records what it answered. What may have been sent is never
 * sent again: a payout in doubt is processing, and a lookup finds out.
 */
import { Clock, DateTime, type Duration, Effect, Option, Predicate, Result, Schedule, Schema } from "effect"
import type { Keyed, Lease, StoredResponse } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import * as Payout from "../models/Payout.ts"
import type { PayoutAttempt } from "../models/PayoutAttempt.ts"
import type { PayoutRequest } from "../models/PayoutRequest.ts"
import * as Resources from "../models/Resources.ts"
import type { Kind } from "../ports/AccountRefusals.ts"
import { onlyState, type Page } from "../ports/Operations.ts"
import * as PayoutRouting from "../ports/PayoutRouting.ts"
import { Drivers, type Rejected, type Unavailable } from "../ports/Provider.ts"
import { Settings } from "../ports/Settings.ts"
import { type PayoutFilter, PayoutStore, Tenants } from "../ports/Store.ts"
import * as Ids from "../values/Ids.ts"
import { PayoutId } from "../values/Ids.ts"
import * as AccountAdmission from "./AccountAdmission.ts"
import { mayHelpLater } from "./AccountAdmission.ts"
import { mustExist } from "./cursors.ts"
import { NotFound, ProviderError } from "./errors.ts"
import * as Execution from "./Execution.ts"
import * as PayoutInDoubt from "./PayoutInDoubt.ts"
import { changeBy } from "./PayoutObservations.ts"
import { withDeadline } from "./ProviderCall.ts"

type Creation = Execution.Execution<Payout.Payout, PayoutId>

/**
 * Creates a payout and sends it. Answers 201 with the payout as soon as a provider has accepted it, whatever has become of it
 * since; and also when it is not known whether one has: then it is processing.
 *
 * Fails, storing nothing, with `ValidationError`, `ProviderNotConfigured`, `IdempotencyKeyReused` or `IdempotencyInProgress`; and
 * with `ProviderError` when it was certainly not sent, or was rejected: the payout is then listed as failed (`not_created`), and
 * the same key tries again under the same number.
 */
export const create = Effect.fn("Payouts.create")(function* (owner: Owner, keyed: Keyed, request: PayoutRequest) {
  const { accounts, timeZone } = yield* (yield* Tenants).profile(owner)
  const store = yield* PayoutStore
  const routed = PayoutRouting.payout(request, yield* Drivers, accounts)
  if (Result.isFailure(routed)) return yield* Execution.refuse(store, owner, keyed, routed.failure)
  const candidates = routed.success
  const first = candidates[0]!
  const settings = yield* Settings
  const begun = yield* Clock.monotonicTimeNanos
  const createdAt = yield* DateTime.now
  const opened = yield* store.open({
    owner,
    keyed,
    id: yield* Ids.generate("po", createdAt),
    request,
    account: first.account.name,
    feeMode: first.feeMode,
    createdAt,
    timeZone,
    lease: settings.lease,
    missesCountAfter: Execution.missesCountAfter(settings, first.driver)
  })
  const execute = ({ id }: Payout.Payout, lease: Lease): Creation => ({
    store,
    owner,
    keyed,
    id,
    lease,
    begun,
    settings
  })
  switch (opened._tag) {
    case "Created":
      return yield* pay(execute(opened.current, opened.lease), opened.current, candidates)
    case "Resumed":
      return yield* resume(execute(opened.current, opened.lease), opened.current, candidates)
    default:
      return yield* Execution.unopened(opened, request)
  }
}, Effect.uninterruptible) // a caller that goes away must not stop a transfer half way

/** One payout. Fails with `NotFound`, also for another owner's. */
export const get = Effect.fn("Payouts.get")(function* (owner: Owner, id: PayoutId) {
  const found = yield* (yield* PayoutStore).get(owner, id)
  return yield* Option.match(found, {
    onNone: () => Effect.fail(new NotFound({ message: "No such payout" })),
    onSome: Effect.succeed
  })
})

const isPayoutId = Schema.is(PayoutId)

/** Payouts of an owner, newest first. Fails with `ValidationError` where the page begins at a row that is not there. */
export const list = Effect.fn("Payouts.list")(function* (owner: Owner, filter: PayoutFilter, page: Page) {
  const store = yield* PayoutStore
  yield* mustExist(page, isPayoutId, (id) => store.get(owner, id))
  return yield* store.list(owner, filter, page)
})

const created = (payout: Payout.Payout): StoredResponse => ({
  status: 201,
  body: JSON.stringify(Resources.payout(payout))
})

/** What was recorded is the answer, whatever has become of the payout. */
const answerOf = (recorded: {
  readonly next: Payout.Payout
  readonly answer: Execution.Answer | null
}): Execution.Answer => recorded.answer ?? { response: created(recorded.next), replayed: false }

/** Goes on with a creation that ended without success, or whose execution died: only what nobody has for sure is sent anew. */
const resume = Effect.fnUntraced(function* (
  execution: Creation,
  found: Payout.Payout,
  candidates: ReadonlyArray<PayoutRouting.Candidate>
) {
  yield* PayoutInDoubt.resolve(execution, found)
  const renewed = yield* prepare(execution, candidates[0]!)
  return Payout.unresolved(renewed).some(({ status }) => status === "sent")
    ? yield* pay(execution, renewed, candidates)
    : yield* Execution.answer(execution, created)
})

/**
 * Sends the attempt that was recorded last. When it surely came to nothing the next candidate's is recorded in the same
 * transaction and sent, until one is accepted, one is in doubt, or none is left.
 */
const pay = Effect.fnUntraced(
  function* (execution: Creation, recorded: Payout.Payout, candidates: ReadonlyArray<PayoutRouting.Candidate>) {
    let payout = recorded
    for (const [place, candidate] of candidates.entries()) {
      const attempt = payout.attempts.at(-1)!
      const outcome = yield* Effect.result(send(execution, payout, attempt, candidate))
      if (Result.isSuccess(outcome)) {
        const { number } = attempt
        return answerOf(yield* Execution.record(execution, (held) => changeBy(held, number, outcome.success), created))
      }
      const failure = outcome.failure
      switch (failure._tag) {
        case "Unknown":
          return yield* inDoubt(execution, attempt, candidate.driver.facts.lookup.minimumAge)
        case "Rejected":
        case "Unavailable": {
          const following = (yield* Execution.hasTime(execution)) ? candidates[place + 1] : undefined
          if (following === undefined) return yield* giveUp(execution, attempt, failure)
          const next = yield* prepare(execution, following, { number: attempt.number, failure })
          if (next.attempts.length === payout.attempts.length) return yield* Execution.answer(execution, created)
          payout = next
          break
        }
        default:
          return yield* failure
      }
    }
    return yield* Effect.die("A payout is created with at least one candidate")
  },
  (effect, execution) => Effect.annotateLogs(effect, { payout: execution.id })
)

const backoff = Schedule.exponential("200 millis")

/** What an account may be refused for that concerns payouts. */
const kinds = ["credentials", "payouts"] as const satisfies ReadonlyArray<Kind>

const send = Effect.fnUntraced(function* (
  execution: Creation,
  payout: Payout.Payout,
  { reference }: PayoutAttempt,
  { account, driver, payouts }: PayoutRouting.Candidate
) {
  const { beneficiary, destination, purpose } = payout.request
  const order = {
    reference,
    ourNumber: payout.ourNumber,
    money: Payout.asked(payout),
    beneficiary,
    destination,
    purpose
  }
  const call = withDeadline(
    "provider.createPayout",
    { provider: driver.name, payout: execution.id, reference },
    // Surely not sent: the same attempt may be sent again, a little later.
    Effect.retry(payouts.create(account, order), { while: mayHelpLater, schedule: backoff, times: 2 })
  )
  return yield* AccountAdmission.using(
    { owner: execution.owner, account: account.name, kinds, suspected: true },
    Effect.andThen(Execution.mustOutlast(execution), call)
  ).pipe(
    Effect.tapError((failure) =>
      Effect.logWarning(`Payout not sent: ${failure._tag}`).pipe(
        Effect.annotateLogs({
          provider: driver.name,
          reference,
          ...(Predicate.hasProperty(failure, "message") ? { reason: failure.message } : {})
        })
      )
    )
  )
})

/**
 * Records the attempt that is sent next, and that the one before it surely came to nothing, in one transaction. Nothing is added
 * where that is not so, or the world has moved on.
 */
const prepare = Effect.fnUntraced(function* (
  execution: Creation,
  { account, driver, feeMode }: PayoutRouting.Candidate,
  rejected?: { readonly number: number; readonly failure: Rejected | Unavailable }
) {
  const quiet = Execution.missesCountAfter(execution.settings, driver)
  return yield* Execution.step(execution, ({ current, now }) => {
    const given = rejected === undefined ? current : Payout.reject(current, rejected.number, now)
    const sending = { account: account.name, feeMode, missesCountFrom: DateTime.addDuration(now, quiet) }
    const alerts = rejected === undefined ? [] : alertsOf(rejected.failure)
    return Effect.succeed({ ...onlyState(Payout.send(given, sending, now)), alerts })
  })
})

const alertsOf = (failure: Rejected | Unavailable): ReadonlyArray<Payout.Alert> =>
  failure._tag === "Rejected" && failure.code === "insufficient_balance" ? ["insufficient_balance"] : []

/** It is not known whether the transfer was made. A "not there" counts when the provider would show it: the call is over. */
const inDoubt = Effect.fnUntraced(function* (
  execution: Creation,
  { number }: PayoutAttempt,
  minimumAge: Duration.Duration
) {
  const doubted = yield* Execution.record(
    execution,
    ({ current, now }) =>
      Effect.succeed(onlyState(Payout.doubt(current, number, DateTime.addDuration(now, minimumAge), now))),
    created
  )
  return answerOf(doubted)
})

/** The last attempt surely came to nothing, and nothing is under way. */
const giveUp = Effect.fnUntraced(function* (
  execution: Creation,
  { number }: PayoutAttempt,
  failure: Rejected | Unavailable
) {
  const given = yield* Execution.step(execution, ({ current, now }) => {
    const next = Payout.notCreated(Payout.reject(current, number, now), now)
    // Whoever still has something to answer keeps the lease for it.
    return Effect.succeed({ ...onlyState(next), alerts: alertsOf(failure), released: Payout.awaitsSending(next) })
  })
  if (!Payout.awaitsSending(given)) return yield* Execution.answer(execution, created)
  const code = failure._tag === "Rejected" ? failure.code : undefined
  return yield* new ProviderError({ message: failure.message, inDoubt: false, ...(code === undefined ? {} : { code }) })
})
