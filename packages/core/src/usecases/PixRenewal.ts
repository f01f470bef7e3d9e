/**
 * The PIX of a bolepix that ran out before its boleto is made anew when somebody reads the invoice, and never by timer: nobody
 * needs a code that nobody looks at. Whoever reads gets what is there, new or not.
 */
import { Clock, DateTime, Duration, Effect, Option, Result } from "effect"
import * as Invoice from "../models/Invoice.ts"
import type { Owner } from "../models/Owner.ts"
import { onlyState } from "../ports/Operations.ts"
import { Drivers } from "../ports/Provider.ts"
import * as Routing from "../ports/Routing.ts"
import { Settings } from "../ports/Settings.ts"
import { InvoiceStore, Tenants } from "../ports/Store.ts"
import type { InvoiceId } from "../values/Ids.ts"
import * as Collection from "./Collection.ts"
import { type Holder, missesCountAfter, mustOutlast, step } from "./Execution.ts"
import * as Observations from "./Observations.ts"

/** A code that can't be paid for so long is not worth making. */
const worthwhile = Duration.minutes(1)

/**
 * The invoice with a new PIX where it needs one and a provider makes one now. One of several readers at once asks for it, the
 * others get what is there; so does everybody while something else is done about the invoice, and when it can't be had.
 */
export const renew = Effect.fn("PixRenewal.renew")(
  function* (invoice: Invoice.Invoice) {
    if (!Invoice.needsNewPix(invoice)) return invoice
    const renewed = yield* attempt(invoice.owner, invoice.id).pipe(
      Effect.catchCause((cause) =>
        Effect.as(Effect.logWarning("A PIX that ran out was not made anew", cause), Option.none<Invoice.Invoice>())
      )
    )
    return Option.getOrElse(renewed, () => invoice)
  },
  (effect, { id }) => Effect.annotateLogs(effect, { invoice: id }),
  Effect.uninterruptible // a reader that goes away must not stop a charge half way
)

const attempt = Effect.fnUntraced(function* (owner: Owner, id: InvoiceId) {
  const store = yield* InvoiceStore
  const settings = yield* Settings
  const begunAt = yield* Clock.monotonicTimeNanos
  const begun = yield* store.begin(owner, id, null, settings.lease)
  if (begun._tag !== "Begun") return Option.none<Invoice.Invoice>()
  const holder = { store, owner, id, lease: begun.lease }
  const release = step(holder, ({ current }) => Effect.succeed({ ...onlyState(current), released: true }))
  if (Invoice.needsNewPix(begun.current)) yield* collect(holder, begun.current, begunAt)
  return Option.some(yield* release)
})

/** Asks one candidate after another until one is not sure to have refused. */
const collect = Effect.fnUntraced(function* (
  holder: Holder<Invoice.Invoice, InvoiceId>,
  invoice: Invoice.Invoice,
  begun: bigint
) {
  const settings = yield* Settings
  const { accounts } = yield* (yield* Tenants).profile(holder.owner)
  const routed = Routing.charge(invoice.request, yield* Drivers, accounts)
  if (Result.isFailure(routed)) return yield* Effect.logWarning("No account can make a PIX")
  for (const candidate of routed.success.find(({ leg }) => leg === "pix")?.candidates ?? []) {
    const now = yield* DateTime.now
    const terms = Collection.termsOf(invoice.request, candidate, now)
    const boleto = Invoice.shownOf(invoice, "boleto")?.lapsesAt ?? terms.lapsesAt
    const lapsesAt = DateTime.min(terms.lapsesAt, boleto)
    if (DateTime.isLessThan(lapsesAt, DateTime.addDuration(now, worthwhile))) return
    yield* mustOutlast({ begun, settings })
    const quiet = missesCountAfter(settings, candidate.driver)
    const recorded = yield* step(holder, ({ current, now }) =>
      Effect.succeed(
        onlyState(
          Invoice.needsNewPix(current)
            ? Invoice.send(
                current,
                {
                  leg: "pix",
                  account: candidate.account.name,
                  lapsesAt,
                  missesCountFrom: DateTime.addDuration(now, quiet)
                },
                now
              )
            : current
        )
      )
    )
    const sent = recorded.attempts.at(-1)
    if (sent === undefined || recorded.attempts.length === invoice.attempts.length) return // paid or canceled meanwhile
    const { number, reference } = sent
    const expiresIn = Math.floor(Duration.toSeconds(DateTime.distance(now, lapsesAt)))
    const answer = yield* Effect.result(Collection.send(holder, recorded, reference, candidate, { expiresIn }))
    if (Result.isSuccess(answer)) {
      yield* step(holder, ({ current, now }) => Effect.succeed(onlyState(Invoice.doubt(current, number, now, now))))
      yield* Observations.apply(holder.owner, holder.id, number, answer.success)
      return
    }
    if (answer.failure._tag === "Unknown") {
      const from = candidate.driver.facts.lookup.minimumAge
      yield* step(holder, ({ current, now }) =>
        Effect.succeed(onlyState(Invoice.doubt(current, number, DateTime.addDuration(now, from), now)))
      )
      return
    }
    invoice = yield* step(holder, ({ current, now }) => Effect.succeed(onlyState(Invoice.reject(current, number, now))))
  }
})
