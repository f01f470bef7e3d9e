/**
 * Collecting an invoice: its attempts are recorded, sent and answered one after another, leg by leg, until a payer can pay all
 * of it or nobody is left to ask.
 */
import { DateTime, type Duration, Effect, Schedule } from "effect"
import type { ProviderReference } from "../models/ChargeAttempt.ts"
import * as Expiry from "../models/Expiry.ts"
import type { StoredResponse } from "../models/Idempotency.ts"
import * as Invoice from "../models/Invoice.ts"
import type { InvoiceRequest } from "../models/InvoiceRequest.ts"
import type { ChargeObservation } from "../models/Observation.ts"
import * as Resources from "../models/Resources.ts"
import type { Kind } from "../ports/AccountRefusals.ts"
import { onlyState } from "../ports/Operations.ts"
import { Rejected, type Unavailable } from "../ports/Provider.ts"
import * as Routing from "../ports/Routing.ts"
import { Settings, type SettingsValues } from "../ports/Settings.ts"
import type { InvoiceId } from "../values/Ids.ts"
import * as AccountAdmission from "./AccountAdmission.ts"
import { mayHelpLater } from "./AccountAdmission.ts"
import { ProviderError } from "./errors.ts"
import { answer, type Execution, hasTime, missesCountAfter, mustOutlast, record, step } from "./Execution.ts"
import * as InDoubt from "./InDoubt.ts"
import { changeBy } from "./Observations.ts"
import { withDeadline } from "./ProviderCall.ts"

/** One execution of a creation, and who may collect each leg. */
export interface Collection extends Execution<Invoice.Invoice, InvoiceId> {
  readonly latePayments: Invoice.LatePayments
  /** The accounts that their providers refuse, as far as is known. */
  readonly refused: ReadonlyArray<string>
  readonly routes: ReadonlyArray<Routing.Route>
}

/** How long a candidate is asked to keep a charge payable. */
export const termsOf = (request: InvoiceRequest, { capability }: Routing.Candidate, from: DateTime.Utc): Expiry.Terms =>
  Expiry.terms(request, capability.method, capability.maximumExpirySeconds, from)

/** Goes on with a creation that ended without success, or whose execution died: first find out, then perhaps send anew. */
export const resume = Effect.fnUntraced(function* (collection: Collection, found: Invoice.Invoice) {
  const { lease, owner, routes, settings } = collection
  const invoice = yield* InDoubt.resolve(owner, found, lease)
  if (Invoice.unresolved(invoice).length > 0) return yield* giveUpInDoubt(collection)
  const next = firstOfMissing(invoice, routes)
  if (!Invoice.awaitsCharge(invoice) || next === undefined) return yield* answer(collection, created(settings))
  const renewed = yield* recordNext(collection, invoice, next)
  return renewed === null ? yield* answer(collection, created(settings)) : yield* collect(collection, renewed)
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
export const collect = Effect.fnUntraced(
  function* (collection: Collection, recorded: Invoice.Invoice) {
    const { routes, settings } = collection
    let invoice = recorded
    for (;;) {
      const { account, leg, number, reference } = invoice.attempts.at(-1)!
      const route = routes.find((each) => each.leg === leg)
      const candidate = route?.candidates.find((each) => each.account.name === account)
      if (route === undefined || candidate === undefined) return yield* Effect.die("An attempt is sent to a candidate")
      yield* mustOutlast(collection)
      const outcome = yield* send(collection, invoice, reference, candidate).pipe(
        Effect.catchTag("Unknown", () => giveUpInDoubt(collection, number, candidate.driver.facts.lookup.minimumAge)),
        Effect.catchTag(["Rejected", "Unavailable"], Effect.succeed)
      )
      const accepted = "_tag" in outcome ? null : yield* accept(collection, number, outcome)
      if (accepted !== null && accepted.answer !== null) return accepted.answer
      const isOfUse = accepted !== null && !Invoice.missingLegs(accepted.next).includes(leg)
      const following = isOfUse ? firstOfMissing(accepted.next, routes) : Routing.after(route, account)[0]
      const refusal = "_tag" in outcome ? outcome : unusable
      if (following === undefined || !(yield* hasTime(collection))) return yield* giveUp(collection, number, refusal)
      const next = yield* recordNext(collection, invoice, following, isOfUse ? undefined : number)
      if (next === null) return yield* answer(collection, created(settings))
      invoice = next
    }
  },
  (effect, { id }) => Effect.annotateLogs(effect, { invoice: id })
)

const unusable = new Rejected({ message: "The provider's answer has no valid payment data" })

const backoff = Schedule.exponential("200 millis")

/** What an account may be refused for that concerns charges. */
const kinds = ["credentials"] as const satisfies ReadonlyArray<Kind>

/** Sends an attempt that is recorded; it stays payable as long as its candidate keeps a charge so, unless told. */
export const send = Effect.fnUntraced(function* (
  { id, owner, refused }: Pick<Collection, "id" | "owner" | "refused">,
  invoice: Invoice.Invoice,
  reference: ProviderReference,
  { account, capability, driver }: Routing.Candidate,
  seconds?: number
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
    expiresIn: seconds ?? expiresIn,
    ...(dueDate === undefined ? {} : { dueDate }),
    ...(return_url === undefined ? {} : { returnUrl: return_url }),
    ...(card_token === undefined ? {} : { cardToken: card_token }),
    ...(installments === undefined ? {} : { installments })
  })
  const use = { owner, account: account.name, kinds, suspected: refused.includes(account.name) }
  return yield* AccountAdmission.using(
    use,
    withDeadline(
      "provider.createCharge",
      { provider: driver.name, invoice: id, reference },
      // Surely not sent: the same attempt may be sent again, a little later.
      Effect.retry(call, { while: mayHelpLater, schedule: backoff, times: 2 })
    )
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
const accept = (collection: Collection, number: number, seen: ChargeObservation) =>
  record(
    collection,
    (held) => {
      // The answer to the call itself: what it does not bring will not come.
      const current = Invoice.doubt(held.current, number, held.now, held.now)
      return changeBy({ ...held, current }, number, seen, collection.latePayments).pipe(
        Effect.provideService(Settings, collection.settings)
      )
    },
    (next) => (Invoice.awaitsCharge(next) ? null : created(collection.settings)(next))
  )

/**
 * Records the attempt that is sent next, and that the one before it came to nothing, in one transaction. Null when the
 * invoice has been paid or canceled meanwhile: then nothing more is sent.
 */
const recordNext = Effect.fnUntraced(function* (
  collection: Collection,
  known: Invoice.Invoice,
  candidate: Routing.Candidate,
  rejected?: number
) {
  const quiet = missesCountAfter(collection.settings, candidate.driver)
  const { lapsesAt } = termsOf(known.request, candidate, yield* DateTime.now)
  const leg = candidate.capability.method
  const account = candidate.account.name
  const invoice = yield* step(collection, ({ current, now }) => {
    const given = rejected === undefined ? current : Invoice.reject(current, rejected, now)
    const sending = { leg, account, lapsesAt, missesCountFrom: DateTime.addDuration(now, quiet) }
    return Effect.succeed(onlyState(Invoice.awaitsCharge(given) ? Invoice.send(given, sending, now) : given))
  })
  // Only the holder of the lease adds attempts.
  return invoice.attempts.length > known.attempts.length ? invoice : null
})

/** The last attempt came to nothing, and nothing is under way any more. */
const giveUp = Effect.fnUntraced(function* (collection: Collection, number: number, failure: Rejected | Unavailable) {
  const given = yield* step(collection, ({ current, now }) => {
    const next = Invoice.notCreated(Invoice.reject(current, number, now), now)
    // Whoever still has something to answer keeps the lease for it.
    return Effect.succeed({ ...onlyState(next), released: Invoice.awaitsCharge(next) })
  })
  if (!Invoice.awaitsCharge(given)) return yield* answer(collection, created(collection.settings))
  const code = failure._tag === "Rejected" ? failure.code : undefined
  return yield* new ProviderError({ message: failure.message, inDoubt: false, ...(code === undefined ? {} : { code }) })
})

/** It is not known whether the charge exists. Said as it is: the same key finds out first. */
const giveUpInDoubt = Effect.fnUntraced(function* (
  collection: Collection,
  number?: number,
  minimumAge?: Duration.Duration
) {
  yield* step(collection, ({ current, now }) => {
    // The call is over, so that only the driver's own delay is left to wait for.
    const doubted =
      number === undefined || minimumAge === undefined
        ? current
        : Invoice.doubt(current, number, DateTime.addDuration(now, minimumAge), now)
    return Effect.succeed({ ...onlyState(doubted), released: true })
  })
  return yield* new ProviderError({
    message:
      "The provider's answer was lost, and it is not known yet whether the charge exists. Retry with the same Idempotency-Key",
    inDoubt: true
  })
})

const created =
  (settings: SettingsValues) =>
  (invoice: Invoice.Invoice): StoredResponse => ({
    status: 201,
    body: JSON.stringify(Resources.invoice(invoice, settings))
  })
