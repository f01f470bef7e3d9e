/**
 * Creating and reading invoices.
 *
 * A creation has three steps, and may die between any two of them: one transaction records the intent (number, attempt,
 * key), the provider is called outside any transaction, and another transaction records what it answered. The same key
 * sent again goes on from there.
 */
import { Clock, DateTime, Effect, Option, Result, Schema } from "effect"
import type { Keyed } from "../models/Idempotency.ts"
import type { InvoiceRequest } from "../models/InvoiceRequest.ts"
import type { Owner } from "../models/Owner.ts"
import type { Page } from "../ports/Operations.ts"
import { Drivers } from "../ports/Provider.ts"
import * as Routing from "../ports/Routing.ts"
import { Settings } from "../ports/Settings.ts"
import { type InvoiceFilter, InvoiceStore, Tenants } from "../ports/Store.ts"
import { TaxIssuers } from "../ports/TaxIssuer.ts"
import * as TaxRouting from "../ports/TaxRouting.ts"
import { type FieldError, merge, ValidationError } from "../values/FieldError.ts"
import * as Ids from "../values/Ids.ts"
import { InvoiceId } from "../values/Ids.ts"
import * as Collection from "./Collection.ts"
import { mustExist } from "./cursors.ts"
import { NotFound } from "./errors.ts"
import * as PixRenewal from "./PixRenewal.ts"
import { missesCountAfter, refuse, unopened } from "./Execution.ts"

/**
 * Creates an invoice and its charge. Answers 201 with the invoice as soon as a provider has accepted the charge, whatever
 * has become of it since.
 *
 * Fails, storing nothing, with `ValidationError`, `ProviderNotConfigured`, `IdempotencyKeyReused` or
 * `IdempotencyInProgress`; and with `ProviderError` when no provider did it, or none is known to have: the invoice is then
 * listed as failed (`not_created`) or unconfirmed, and the same key tries again under the same number.
 */
export const create = Effect.fn("Invoices.create")(function* (owner: Owner, keyed: Keyed, request: InvoiceRequest) {
  const store = yield* InvoiceStore
  const profile = yield* (yield* Tenants).profile(owner)
  const { accounts, timeZone } = profile
  const routed = Routing.charge(request, yield* Drivers, accounts)
  const unfit = TaxRouting.check(request, yield* TaxIssuers, accounts)
  const refusal = refusalOf(routed, unfit)
  if (refusal !== null) return yield* refuse(store, owner, keyed, refusal)
  const routes = Result.getOrThrow(routed)
  const settings = yield* Settings
  const begun = yield* Clock.monotonicTimeNanos
  const first = routes[0]!.candidates[0]!
  const createdAt = yield* DateTime.now
  const opened = yield* store.open({
    owner,
    keyed,
    id: yield* Ids.generate("inv", createdAt),
    request,
    account: first.account.name,
    leg: first.capability.method,
    lapsesAt: Collection.termsOf(request, first, createdAt).lapsesAt,
    document: request.tax_document === undefined ? null : yield* Ids.generate("td"),
    createdAt,
    timeZone,
    lease: settings.lease,
    missesCountAfter: missesCountAfter(settings, first.driver)
  })
  if (opened._tag !== "Created" && opened._tag !== "Resumed") return yield* unopened(opened, request)
  const { current, lease } = opened
  const { latePayments, refused } = profile
  const collection = { store, owner, keyed, id: current.id, lease, begun, settings, latePayments, refused, routes }
  return yield* opened._tag === "Created"
    ? Collection.collect(collection, current)
    : Collection.resume(collection, current)
}, Effect.uninterruptible) // a caller that goes away must not stop a charge half way

/** Why nobody could collect the invoice, or issue its tax document: every field that is in the way, in one answer. */
const refusalOf = (
  routed: Result.Result<unknown, Routing.ProviderNotConfigured | ValidationError>,
  unfit: Result.Result<ReadonlyArray<FieldError>, Routing.ProviderNotConfigured>
): Routing.ProviderNotConfigured | ValidationError | null => {
  const unroutable = Result.isFailure(routed) ? routed.failure : null
  if (unroutable?._tag === "ProviderNotConfigured") return unroutable
  if (Result.isFailure(unfit)) return unfit.failure
  const errors = merge(unroutable?.errors ?? [], unfit.success)
  return errors.length > 0 ? new ValidationError({ errors }) : null
}

/**
 * One invoice, as its owner or its payer reads it: the PIX of a bolepix that ran out is made anew for them. Fails with
 * `NotFound`, also for another owner's.
 */
export const get = Effect.fn("Invoices.get")(function* (owner: Owner, id: InvoiceId) {
  const found = yield* (yield* InvoiceStore).get(owner, id)
  return yield* Option.match(found, {
    onNone: () => Effect.fail(new NotFound({ message: "No such invoice" })),
    onSome: PixRenewal.renewed
  })
})

const isInvoiceId = Schema.is(InvoiceId)

/** Invoices of an owner, newest first. Fails with `ValidationError` where the page begins at a row that is not there. */
export const list = Effect.fn("Invoices.list")(function* (owner: Owner, filter: InvoiceFilter, page: Page) {
  const store = yield* InvoiceStore
  yield* mustExist(page, isInvoiceId, (id) => store.get(owner, id))
  return yield* store.list(owner, filter, page)
})
