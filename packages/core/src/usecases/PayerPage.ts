/** What is shown to whoever has the link to an invoice's page. */
import { DateTime, Effect, Option } from "effect"
import * as PayerSide from "../models/PayerSide.ts"
import { Settings } from "../ports/Settings.ts"
import { PayerView, Tenants } from "../ports/Store.ts"
import { NotFound } from "./errors.ts"
import { Reading } from "./Reading.ts"

/**
 * The payer's side of the invoice that a token leads to, with the payee's name and the time zone of its dates. Fails with
 * `NotFound`, also for whatever is no token.
 */
export const view = Effect.fn("PayerPage.view")(function* (token: string) {
  const { payerTokens } = yield* Settings
  const payerView = yield* PayerView
  const reading = yield* Reading
  for (const id of payerTokens.read(token)) {
    const found = yield* payerView.invoice(id)
    if (Option.isNone(found)) continue
    const { owner } = found.value
    // Read as its owner reads it: reading is what brings some invoices up to date.
    const invoice = yield* reading.invoice(owner, id)
    const { name, timeZone } = yield* (yield* Tenants).profile(owner)
    return { ...PayerSide.of(invoice, yield* DateTime.now), payee: name, timeZone }
  }
  return yield* new NotFound({ message: "No such page" })
})

/** What the page shows. */
export type View = Effect.Success<ReturnType<typeof view>>
