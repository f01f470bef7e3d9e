/** Laws of what an intent becomes at once: an invoice as it is recorded before any provider has heard of it. */
import { DateTime, Effect } from "effect"
import { InvoiceStore } from "../../ports/Store.ts"
import * as OurNumber from "../../values/OurNumber.ts"
import * as Samples from "../Samples.ts"
import { invoice, owner, stored } from "./given.ts"
import { holds, law, same } from "./law.ts"

/** Laws of what `InvoiceStore.open` records. */
export const recorded = [
  law(
    "an intent is visible at once: open, unconfirmed, numbered, its first attempt recorded",
    Effect.gen(function* () {
      const of = yield* owner
      const { intent: asked, invoice: made } = yield* invoice(of)
      const [first] = made.attempts
      yield* same("what is read", yield* stored(of, made.id), made)
      yield* same("the list", (yield* (yield* InvoiceStore).list(of, {}, { limit: 10 })).data, [made])
      yield* same(
        "the invoice",
        {
          id: made.id,
          owner: made.owner,
          status: made.status,
          confirmed: made.confirmed,
          request: made.request,
          createdAt: made.createdAt
        },
        {
          id: asked.id,
          owner: of,
          status: "open",
          confirmed: false,
          request: asked.request,
          createdAt: asked.createdAt
        }
      )
      const year = OurNumber.yearOf(asked.createdAt, asked.timeZone)
      yield* same("its number", made.ourNumber, OurNumber.format("INV", year, 1))
      yield* same("its attempts", made.attempts.length, 1)
      yield* same(
        "its first attempt",
        {
          number: first?.number,
          reference: first?.reference,
          account: first?.account,
          status: first?.status,
          misses: first?.misses
        },
        { number: 1, reference: made.ourNumber, account: "infrapsp", status: "sent", misses: 0 }
      )
      yield* holds(DateTime.isGreaterThanOrEqualTo(made.updatedAt, made.createdAt), "updated before it was created")
    })
  ),
  law(
    "a request comes back as it was sent, whatever text is in it",
    Effect.gen(function* () {
      const of = yield* owner
      const request = Samples.request({
        description: 'ção 😀 "quoted" \\ \n\t \' -- ; $1 %',
        contractor_reference: "CT-2026-9",
        metadata: { order: "77", __proto: "x", "": "kept by the store, refused by the schema", é: "\\u0000" },
        tax_document: { type: "nfse", auto_issue: true }
      })
      const { invoice: made } = yield* invoice(of, { request })
      yield* same("the request", (yield* stored(of, made.id)).request, request)
    })
  )
]
