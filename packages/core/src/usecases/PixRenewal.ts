/**
 * The PIX of a bolepix that ran out before its boleto is made anew when somebody reads the invoice, and never by timer: nobody
 * needs a code that nobody looks at. Whoever reads gets what is there, new or not.
 */
import { Clock, DateTime, Duration, Effect, Fiber, Option, Result } from "effect"
import * as Invoice from "../models/Invoice.ts"
import type { ChargeObservation } from "../models/Observation.ts"
import { type Held, onlyState } from "../ports/Operations.ts"
import { Drivers } from "../ports/Provider.ts"
import * as Routing from "../ports/Routing.ts"
import { Settings } from "../ports/Settings.ts"
import { InvoiceStore, Tenants } from "../ports/Store.ts"
import type { InvoiceId } from "../values/Ids.ts"
import * as Collection from "./Collection.ts"
import { announce, hasTime, type Holder, missesCountAfter, mustOutlast, release, step } from "./Execution.ts"
import { changeBy } from "./Observations.ts"

/** How long a reader waits. What the provider answers later is recorded all the same, and shown to who reads next. */
const patience = Duration.seconds(5)

/** A code that can't be paid for so long is not worth making. */
const worthwhile = Duration.minutes(1)

/**
 * The invoice with a new PIX where it needs one and a provider makes one in time. Of several readers at once one asks for it;
 * the others get what is there, and so does everybody while something else is done about the invoice, or when it can't be had.
 */
export const renewed = Effect.fn("PixRenewal.renewed")(function* (invoice: Invoice.Invoice) {
  if (!Invoice.needsNewPix(invoice)) return invoice
  const { id, owner } = invoice
  const store = yield* InvoiceStore
  const making = yield* renew(invoice).pipe(
    Effect.catchCause((cause) => Effect.logWarning("A PIX that ran out was not made anew", cause)),
    Effect.annotateLogs({ invoice: id }),
    Effect.forkDetach // a reader that goes away must not stop a charge half way
  )
  yield* Effect.timeoutOption(Fiber.await(making), patience)
  const now = yield* Effect.orElseSucceed(store.get(owner, id), () => Option.none<Invoice.Invoice>())
  return Option.getOrElse(now, () => invoice)
})

const renew = Effect.fnUntraced(function* ({ id, owner }: Invoice.Invoice) {
  const store = yield* InvoiceStore
  const { lease } = yield* Settings
  const at = yield* Clock.monotonicTimeNanos
  const begun = yield* store.begin(owner, id, null, lease)
  if (begun._tag !== "Begun") return
  const holder = { store, owner, id, lease: begun.lease }
  const giveBack = release(holder)
  // Where that fails the lease runs out by itself.
  yield* collect(holder, begun.current, at).pipe(Effect.ensuring(Effect.ignore(giveBack)))
})

/** Asks one candidate after another, until one may have made it or the time is up. */
const collect = Effect.fnUntraced(function* (
  holder: Holder<Invoice.Invoice, InvoiceId>,
  found: Invoice.Invoice,
  begun: bigint
) {
  const settings = yield* Settings
  const { accounts, latePayments, refused } = yield* (yield* Tenants).profile(holder.owner)
  const routed = Routing.charge(found.request, yield* Drivers, accounts)
  const routes = Result.getOrElse(routed, () => [])
  let known = found
  for (const candidate of routes.find(({ leg }) => leg === "pix")?.candidates ?? []) {
    if (!(yield* hasTime({ begun, settings }))) return
    yield* mustOutlast({ begun, settings })
    const { lapsesAt } = termsOf(known, candidate, yield* DateTime.now)
    const seconds = Math.floor(Duration.toSeconds(DateTime.distance(yield* DateTime.now, lapsesAt)))
    if (seconds < Duration.toSeconds(worthwhile)) return
    const quiet = missesCountAfter(settings, candidate.driver)
    const recorded = yield* step(holder, ({ current, now }) => {
      const missesCountFrom = DateTime.addDuration(now, quiet)
      const sending = { leg: "pix" as const, account: candidate.account.name, lapsesAt, missesCountFrom }
      return Effect.succeed(onlyState(Invoice.needsNewPix(current) ? Invoice.send(current, sending, now) : current))
    })
    const attempt = recorded.attempts.at(-1)
    // Paid or canceled meanwhile, or another has one.
    if (attempt === undefined || recorded.attempts.length === known.attempts.length) return
    const { number, reference } = attempt
    const answer = yield* Effect.result(
      Collection.send({ ...holder, refused }, recorded, reference, candidate, seconds)
    )
    if (Result.isSuccess(answer)) return yield* accept(holder, number, answer.success, latePayments)
    const { failure } = answer
    known = yield* step(holder, ({ current, now }) => {
      const countsFrom = DateTime.addDuration(now, candidate.driver.facts.lookup.minimumAge)
      const next =
        failure._tag === "Unknown"
          ? Invoice.doubt(current, number, countsFrom, now)
          : Invoice.reject(current, number, now)
      return Effect.succeed(onlyState(next))
    })
    if (failure._tag === "Unknown") return
  }
})

/** It is payable no longer than the boleto beside it. */
const termsOf = (invoice: Invoice.Invoice, candidate: Routing.Candidate, now: DateTime.Utc) => {
  const { lapsesAt } = Collection.termsOf(invoice.request, candidate, now)
  const boleto = Invoice.shownOf(invoice, "boleto")?.lapsesAt ?? lapsesAt
  return { lapsesAt: DateTime.min(lapsesAt, boleto) }
}

/** The answer carried the provider's id: recorded even by who has lost the lease. What it does not bring will not come. */
const accept = Effect.fnUntraced(function* (
  { id, lease, owner, store }: Holder<Invoice.Invoice, InvoiceId>,
  number: number,
  seen: ChargeObservation,
  latePayments: Invoice.LatePayments
) {
  const settings = yield* Settings
  const decide = (held: Held<Invoice.Invoice>) => {
    const current = Invoice.doubt(held.current, number, held.now, held.now)
    return changeBy({ ...held, current }, number, seen, latePayments).pipe(
      Effect.map((change) => ({ change, result: change })),
      Effect.provideService(Settings, settings)
    )
  }
  const changed = yield* store.change(owner, id, lease, decide)
  if (Option.isSome(changed)) yield* announce(id, changed.value)
})
