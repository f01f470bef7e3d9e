/**
 * Creating and reading invoices.
 *
 * A creation has three steps, and may die between any two of them: one transaction records the intent (number, attempt,
 * key), the provider is called outside any transaction, and another transaction records what it answered. The same key
 * sent again goes on from there.
 */
import { Clock, DateTime, Duration, Effect, Option, Result, Schedule } from "effect"
import type { ProviderReference } from "../models/ChargeAttempt.ts"
import type { Keyed, Lease, StoredResponse } from "../models/Idempotency.ts"
import * as Expiry from "../models/Expiry.ts"
import * as Invoice from "../models/Invoice.ts"
import type { InvoiceRequest } from "../models/InvoiceRequest.ts"
import type { ChargeObservation } from "../models/Observation.ts"
import type { Owner } from "../models/Owner.ts"
import * as Resources from "../models/Resources.ts"
import { Drivers, Rejected, type Unavailable } from "../ports/Provider.ts"
import * as Routing from "../ports/Routing.ts"
import { Settings, type SettingsValues } from "../ports/Settings.ts"
import { TaxIssuers } from "../ports/TaxIssuer.ts"
import * as TaxRouting from "../ports/TaxRouting.ts"
import { type Change, type Held, onlyState, type Page } from "../ports/Operations.ts"
import { type InvoiceFilter, InvoiceStore, Tenants } from "../ports/Store.ts"
import type { ValidationError } from "../values/FieldError.ts"
import * as Ids from "../values/Ids.ts"
import type { InvoiceId } from "../values/Ids.ts"
import { IdempotencyInProgress, IdempotencyKeyReused, NotFound, ProviderError } from "./errors.ts"
import * as InDoubt from "./InDoubt.ts"
import { announce, changeBy } from "./Observations.ts"
import { withDeadline } from "./ProviderCall.ts"

/** The answer of a creation, and whether it is one that was given before. */
export interface Answer {
  readonly response: StoredResponse
  readonly replayed: boolean
}

/**
 * Creates an invoice and its charge. Answers 201 with the invoice as soon as a provider has accepted the charge, whatever
 * has become of it since.
 *
 * Fails, storing nothing, with `ValidationError`, `ProviderNotConfigured`, `IdempotencyKeyReused` or
 * `IdempotencyInProgress`; and with `ProviderError` when no provider did it, or none is known to have: the invoice is then
 * listed as failed (`not_created`) or unconfirmed, and the same key tries again under the same number.
 */
export const create = Effect.fn("Invoices.create")(function* (owner: Owner, keyed: Keyed, request: InvoiceRequest) {
  const profile = yield* (yield* Tenants).profile(owner)
  const { accounts, timeZone } = profile
  const routed = Routing.charge(request, yield* Drivers, accounts)
  if (Result.isFailure(routed)) return yield* refuse(owner, keyed, routed.failure)
  const routes = routed.success
  const issued = TaxRouting.issuer(request.tax_document?.type, yield* TaxIssuers, accounts)
  if (Result.isFailure(issued)) return yield* refuse(owner, keyed, issued.failure)
  const store = yield* InvoiceStore
  const settings = yield* Settings
  const begun = yield* Clock.monotonicTimeNanos
  const first = routes[0]!.candidates[0]!
  const createdAt = yield* DateTime.now
  const opened = yield* store.open({
    owner,
    keyed,
    id: yield* Ids.generate("inv"),
    request,
    account: first.account.name,
    leg: first.capability.method,
    lapsesAt: termsOf(request, first, createdAt).lapsesAt,
    document: request.tax_document === undefined ? null : yield* Ids.generate("td"),
    createdAt,
    timeZone,
    lease: settings.lease,
    missesCountAfter: missesCountAfter(settings, first)
  })
  const execute = (invoice: Invoice.Invoice, lease: Lease): Execution => ({
    owner,
    keyed,
    id: invoice.id,
    lease,
    begun,
    settings,
    latePayments: profile.latePayments
  })
  switch (opened._tag) {
    case "Reused":
      return yield* new IdempotencyKeyReused()
    case "InProgress":
      return yield* new IdempotencyInProgress({ retryAfterSeconds: opened.retryAfterSeconds })
    case "Replay":
      return { response: opened.response, replayed: true } satisfies Answer
    case "Created":
      return yield* collect(execute(opened.current, opened.lease), opened.current, routes)
    case "Resumed":
      return yield* resume(execute(opened.current, opened.lease), opened.current, routes)
  }
}, Effect.uninterruptible) // a caller that goes away must not stop a charge half way

/** Nobody can collect it now. A key that was answered before keeps its answer all the same. */
const refuse = Effect.fnUntraced(function* (
  owner: Owner,
  keyed: Keyed,
  failure: Routing.ProviderNotConfigured | ValidationError
) {
  const known = Option.getOrUndefined(yield* (yield* InvoiceStore).recall(owner, keyed))
  if (known?._tag === "Replay") return { response: known.response, replayed: true } satisfies Answer
  return yield* known?._tag === "Reused" ? new IdempotencyKeyReused() : failure
})

/** One invoice. Fails with `NotFound`, also for another owner's. */
export const get = Effect.fn("Invoices.get")(function* (owner: Owner, id: InvoiceId) {
  const found = yield* (yield* InvoiceStore).get(owner, id)
  return yield* Option.match(found, {
    onNone: () => Effect.fail(new NotFound({ message: "No such invoice" })),
    onSome: Effect.succeed
  })
})

/** Invoices of an owner, newest first. */
export const list = Effect.fn("Invoices.list")(function* (owner: Owner, filter: InvoiceFilter, page: Page) {
  return yield* (yield* InvoiceStore).list(owner, filter, page)
})

/** One execution of a creation: who it is for, and the right to take its steps. */
interface Execution {
  readonly owner: Owner
  readonly keyed: Keyed
  readonly id: InvoiceId
  readonly lease: Lease
  /** By the monotonic clock, taken before the lease was: it ends no sooner than `begun + settings.lease`. */
  readonly begun: bigint
  readonly settings: SettingsValues
  readonly latePayments: Invoice.LatePayments
}

/** How long a candidate is asked to keep a charge payable. */
const termsOf = (request: InvoiceRequest, { capability }: Routing.Candidate, from: DateTime.Utc): Expiry.Terms =>
  Expiry.terms(request, capability.method, capability.maximumExpirySeconds, from)

/** A "not there" proves nothing until no sender can still be at it, and the provider would show the charge. */
const missesCountAfter = (settings: SettingsValues, { driver }: Routing.Candidate): Duration.Duration =>
  Duration.sum(Duration.sum(settings.lease, settings.callDeadline), driver.facts.lookup.minimumAge)

/** Goes on with a creation that ended without success, or whose execution died: first find out, then perhaps send anew. */
const resume = Effect.fnUntraced(function* (
  execution: Execution,
  found: Invoice.Invoice,
  routes: ReadonlyArray<Routing.Route>
) {
  const invoice = yield* InDoubt.resolve(execution.owner, found, execution.lease)
  if (Invoice.unresolved(invoice).length > 0) return yield* giveUpInDoubt(execution)
  const next = firstOfMissing(invoice, routes)
  if (!Invoice.awaitsCharge(invoice) || next === undefined) return yield* answer(execution)
  const renewed = yield* record(execution, invoice, next)
  return renewed === null ? yield* answer(execution) : yield* collect(execution, renewed, routes)
})

/** The first candidate of the first leg that no provider has accepted. */
const firstOfMissing = (
  invoice: Invoice.Invoice,
  routes: ReadonlyArray<Routing.Route>
): Routing.Candidate | undefined => routes.find(({ leg }) => Invoice.missingLegs(invoice).includes(leg))?.candidates[0]

/**
 * Sends the attempt that was recorded last. When it comes to nothing the next candidate's is recorded in the same
 * transaction and sent, until one is accepted, one is in doubt, or none is left; then the next leg's, until none is missing.
 */
const collect = Effect.fnUntraced(
  function* (execution: Execution, recorded: Invoice.Invoice, routes: ReadonlyArray<Routing.Route>) {
    let invoice = recorded
    for (;;) {
      const { account, leg, number, reference } = invoice.attempts.at(-1)!
      const route = routes.find((each) => each.leg === leg)
      const candidate = route?.candidates.find((each) => each.account.name === account)
      if (route === undefined || candidate === undefined) return yield* Effect.die("An attempt is sent to a candidate")
      yield* mustOutlast(execution)
      const outcome = yield* send(execution, invoice, reference, candidate).pipe(
        Effect.catchTag("Unknown", () => giveUpInDoubt(execution, number, candidate.driver.facts.lookup.minimumAge)),
        Effect.catchTag(["Rejected", "Unavailable"], Effect.succeed)
      )
      const accepted = "_tag" in outcome ? null : yield* accept(execution, number, outcome)
      if (accepted?.response !== undefined) return { response: accepted.response, replayed: false } satisfies Answer
      const isOfUse = accepted !== null && Invoice.missingLegs(accepted.invoice).every((each) => each !== leg)
      const following = isOfUse ? firstOfMissing(accepted.invoice, routes) : Routing.after(route, account)[0]
      const refusal = "_tag" in outcome ? outcome : unusable
      if (following === undefined || !(yield* hasTime(execution))) return yield* giveUp(execution, number, refusal)
      const next = yield* record(execution, invoice, following, isOfUse ? undefined : number)
      if (next === null) return yield* answer(execution)
      invoice = next
    }
  },
  (effect, execution) => Effect.annotateLogs(effect, { invoice: execution.id })
)

const unusable = new Rejected({ message: "The provider's answer has no valid payment data" })

const backoff = Schedule.exponential("200 millis")

const send = Effect.fnUntraced(function* (
  execution: Execution,
  invoice: Invoice.Invoice,
  reference: ProviderReference,
  { account, capability, driver }: Routing.Candidate
) {
  const { request } = invoice
  const { card_token, installments, return_url } = request.payment_method
  const { dueDate, expiresIn } = termsOf(request, { account, capability, driver }, yield* DateTime.now)
  const call = driver.createCharge(account, {
    reference,
    ourNumber: invoice.ourNumber,
    money: Invoice.money(invoice),
    method: capability.method,
    description: request.description,
    customer: request.customer,
    expiresIn,
    ...(dueDate === undefined ? {} : { dueDate }),
    ...(return_url === undefined ? {} : { returnUrl: return_url }),
    ...(card_token === undefined ? {} : { cardToken: card_token }),
    ...(installments === undefined ? {} : { installments })
  })
  return yield* withDeadline(
    "provider.createCharge",
    { provider: driver.name, invoice: execution.id, reference },
    // Surely not sent: the same attempt may be sent again, a little later.
    Effect.retry(call, { while: (error) => error._tag === "Unavailable", schedule: backoff, times: 2 })
  ).pipe(
    Effect.tapError((failure) =>
      Effect.logWarning(`Charge not created: ${failure._tag}`).pipe(
        Effect.annotateLogs({ provider: driver.name, reference, reason: failure.message })
      )
    )
  )
})

/**
 * The provider's answer carried its id: the charge exists, whatever its status, and is recorded even by an execution
 * that has lost its lease. With the answer to the request when nothing more is to be done: all legs are there, or the
 * world moved on.
 */
const accept = Effect.fnUntraced(function* (execution: Execution, number: number, seen: ChargeObservation) {
  const store = yield* InvoiceStore
  const recorded = yield* store.change(execution.owner, execution.id, execution.lease, (held) =>
    Effect.gen(function* () {
      // The answer to the call itself: what it does not bring will not come.
      const current = Invoice.doubt(held.current, number, held.now, held.now)
      const change: Change<Invoice.Invoice> = yield* changeBy(
        { ...held, current },
        number,
        seen,
        execution.latePayments
      )
      const response =
        held.holdsLease && !Invoice.awaitsCharge(change.next) ? created(change.next, execution.settings) : undefined
      const finished = response === undefined ? {} : { finished: { keyed: execution.keyed, response } }
      return { change: { ...change, ...finished }, result: { change, response, holdsLease: held.holdsLease } }
    }).pipe(Effect.provideService(Settings, execution.settings))
  )
  const { change, holdsLease, response } = Option.getOrThrow(recorded)
  yield* announce(change)
  if (!holdsLease) return yield* new IdempotencyInProgress({ retryAfterSeconds: 1 })
  return { invoice: change.next, response }
})

const hasTime = ({ begun, settings }: Execution) =>
  Effect.map(Clock.monotonicTimeNanos, (now) => now - begun < Duration.toNanosUnsafe(settings.requestBudget))

/**
 * Records the attempt that is sent next, and that the one before it came to nothing, in one transaction. Null when the
 * invoice has been paid or canceled meanwhile: then nothing more is sent.
 */
const record = Effect.fnUntraced(function* (
  execution: Execution,
  known: Invoice.Invoice,
  candidate: Routing.Candidate,
  rejected?: number
) {
  const quiet = missesCountAfter(execution.settings, candidate)
  const { lapsesAt } = termsOf(known.request, candidate, yield* DateTime.now)
  const invoice = yield* step(execution, ({ current, now }) => {
    const given = rejected === undefined ? current : Invoice.reject(current, rejected, now)
    return Invoice.awaitsCharge(given)
      ? Invoice.send(
          given,
          {
            leg: candidate.capability.method,
            account: candidate.account.name,
            lapsesAt,
            missesCountFrom: DateTime.addDuration(now, quiet)
          },
          now
        )
      : given
  })
  // Only the holder of the lease adds attempts.
  return invoice.attempts.length > known.attempts.length ? invoice : null
})

/** Only a lease that outlasts the call's deadline may send: otherwise another execution could be at it meanwhile. */
const mustOutlast = Effect.fnUntraced(function* ({ begun, settings }: Execution) {
  const end = begun + Duration.toNanosUnsafe(settings.lease)
  const now = yield* Clock.monotonicTimeNanos
  if (now + Duration.toNanosUnsafe(settings.callDeadline) > end)
    return yield* new IdempotencyInProgress({ retryAfterSeconds: 1 })
})

/** Changes the invoice as the holder of its lease; an execution that lost it stops here. */
const step = Effect.fnUntraced(function* (
  execution: Execution,
  decide: (held: Held<Invoice.Invoice>) => Invoice.Invoice,
  ends?: Partial<Change<Invoice.Invoice>>
) {
  const store = yield* InvoiceStore
  const stepped = yield* store.change(execution.owner, execution.id, execution.lease, (held) => {
    const invoice = held.holdsLease ? decide(held) : held.current
    return Effect.succeed({
      change: { ...onlyState(invoice), ...(held.holdsLease ? ends : {}) },
      result: { invoice, holdsLease: held.holdsLease }
    })
  })
  const { holdsLease, invoice } = Option.getOrThrow(stepped)
  if (!holdsLease) return yield* new IdempotencyInProgress({ retryAfterSeconds: 1 })
  return invoice
})

/** The last attempt came to nothing, and nothing is under way any more. */
const giveUp = Effect.fnUntraced(function* (execution: Execution, number: number, failure: Rejected | Unavailable) {
  const given = yield* step(
    execution,
    ({ current: invoice, now }) => Invoice.notCreated(Invoice.reject(invoice, number, now), now),
    { released: true }
  )
  if (!Invoice.awaitsCharge(given)) return yield* answer(execution)
  const code = failure._tag === "Rejected" ? failure.code : undefined
  return yield* new ProviderError({ message: failure.message, inDoubt: false, ...(code === undefined ? {} : { code }) })
})

/** It is not known whether the charge exists. Said as it is: the same key finds out first. */
const giveUpInDoubt = Effect.fnUntraced(function* (
  execution: Execution,
  number?: number,
  minimumAge?: Duration.Duration
) {
  yield* step(
    execution,
    ({ current: invoice, now }) =>
      number === undefined || minimumAge === undefined
        ? invoice
        : // The call is over, so that only the driver's own delay is left to wait for.
          Invoice.doubt(invoice, number, DateTime.addDuration(now, minimumAge), now),
    { released: true }
  )
  return yield* new ProviderError({
    message:
      "The provider's answer was lost, and it is not known yet whether the charge exists. Retry with the same Idempotency-Key",
    inDoubt: true
  })
})

/** The world moved on meanwhile: the resource as it stands is the answer. */
const answer = Effect.fnUntraced(function* (execution: Execution) {
  const store = yield* InvoiceStore
  const answered = yield* store.change(
    execution.owner,
    execution.id,
    execution.lease,
    ({ current: invoice, holdsLease }) => {
      const response = created(invoice, execution.settings)
      const finished = holdsLease ? { finished: { keyed: execution.keyed, response } } : {}
      return Effect.succeed({ change: { ...onlyState(invoice), ...finished }, result: response })
    }
  )
  return { response: Option.getOrThrow(answered), replayed: false } satisfies Answer
})

const created = (invoice: Invoice.Invoice, settings: SettingsValues): StoredResponse => ({
  status: 201,
  body: JSON.stringify(Resources.invoice(invoice, settings))
})
