/** What there is before a flow, made in peace. */
import {
  Idempotency,
  type Ids,
  Invoices,
  type InvoiceRequest,
  Lookups,
  Money,
  Store,
  TaxDocuments,
  TaxSending
} from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Cell } from "./Cell.ts"

/** Nothing becomes of it by itself before the test is over. */
export const amount = Money.Amount.make(123_98)

export const card = { payment_method: { type: "card" } } as const

export const keyed = (key: string, body: unknown): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/", body)
})

/** An invoice with its charge. */
export const charged = Effect.fnUntraced(function* ({ owner }: Cell, changes: Partial<InvoiceRequest.InvoiceRequest>) {
  const request = Samples.request({ amount, payment_method: { type: "pix" }, ...changes })
  yield* Invoices.create(owner, keyed("given", request), request)
  const { data } = yield* Invoices.list(owner, {}, { limit: 1 })
  const charge = data[0]?.attempts[0]?.providerId ?? null
  if (data[0] === undefined || charge === null) return yield* Effect.die(new Error("There is no charge"))
  return { id: data[0].id, charge }
})

const asked = { type: "nfse" } as const

export const requestDocument = ({ owner }: Cell, id: Ids.InvoiceId) =>
  TaxDocuments.request(owner, keyed("document", asked), id, asked)

export const sendDocuments = Effect.gen(function* () {
  const due = yield* (yield* Store.TaxStore).takeDue(10, Duration.seconds(30))
  yield* Effect.forEach(due, TaxSending.seeTo)
})

export const pay = ({ control }: Cell, charge: string) => control(`infrapsp/control/charges/${charge}/pay`, {})

/** Whoever else would hear of it first has no reason to ask. */
export const notLookedUp = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`update charge_attempt set due_at = clock_timestamp() + interval '1 day'`
})

/** An invoice that is paid, as we know. */
export const paidInvoice = Effect.fnUntraced(function* (
  cell: Cell,
  changes: Partial<InvoiceRequest.InvoiceRequest> = {}
) {
  const { charge, id } = yield* charged(cell, changes)
  yield* pay(cell, charge)
  yield* Lookups.lookUp({ owner: cell.owner, invoice: id, attempt: 1 })
  return id
})
