/**
 * What every adapter of the storage ports must obey, as data: a test runs each law over its adapter, with the real clock
 * and real concurrency. Laws may share a database, each with tenants of its own; but those that take due attempts or
 * deliveries take whatever is due, so run them one after another there. One may take ten seconds.
 */
import { accountLines } from "./laws/accountLines.ts"
import { balances } from "./laws/balances.ts"
import { apiKeys } from "./laws/apiKeys.ts"
import { changes } from "./laws/changes.ts"
import { combinations } from "./laws/combinations.ts"
import { costCenters } from "./laws/costCenters.ts"
import { invoices } from "./laws/given.ts"
import { deliveryQueue } from "./laws/deliveryQueue.ts"
import { due } from "./laws/due.ts"
import { housekeeping } from "./laws/housekeeping.ts"
import { intents } from "./laws/intents.ts"
import type { Law } from "./laws/law.ts"
import { leases } from "./laws/leases.ts"
import { lists } from "./laws/lists.ts"
import { mails } from "./laws/mails.ts"
import * as Payouts from "./laws/payouts.ts"
import { providerCalls } from "./laws/providerCalls.ts"
import { reconciliations } from "./laws/reconciliations.ts"
import { recorded } from "./laws/recorded.ts"
import { refusals } from "./laws/refusals.ts"
import { taxDocuments } from "./laws/taxDocuments.ts"
import { webhooks } from "./laws/webhooks.ts"

export { type Law, LawBroken, type Services } from "./laws/law.ts"

/** Every law of the store. */
export const all: ReadonlyArray<Law> = [
  ...recorded,
  ...intents(invoices),
  ...intents(Payouts.subject),
  ...leases(invoices),
  ...leases(Payouts.subject),
  ...changes,
  ...lists,
  ...combinations,
  ...balances,
  ...due,
  ...Payouts.payouts,
  ...taxDocuments,
  ...refusals,
  ...webhooks,
  ...deliveryQueue,
  ...mails,
  ...providerCalls,
  ...accountLines,
  ...reconciliations,
  ...housekeeping,
  ...apiKeys,
  ...costCenters(invoices),
  ...costCenters(Payouts.subject)
]
