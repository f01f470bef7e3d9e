import { assert, describe, it } from "@effect/vitest"
import { Ids, PayerPage, Reading } from "@salesos/core"
import { Memory, MemoryTenants } from "@salesos/core/testing"
import { Effect } from "effect"
import { create, Given, inGateway, theInvoice } from "../support/gateway.ts"

const viewed = (token: string) => Effect.provide(PayerPage.view(token), Reading.Reading.layer)

describe("the page of a payer", () => {
  it.effect("is found by its token, with the payee's name and time zone", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        yield* create("key")
        const accounts = [MemoryTenants.account(owner, "infrapsp")]
        yield* MemoryTenants.configure(owner, {
          name: "Loja",
          timeZone: "America/Manaus",
          latePayments: "accept",
          letters: true,
          accounts
        })
        const { id, ourNumber } = yield* theInvoice
        const view = yield* viewed(Memory.payerTokens.of(id))
        assert.deepInclude(view, { payee: "Loja", timeZone: "America/Manaus", ourNumber, phase: "open", sandbox: true })
      })
    )
  )

  it.effect("is not found by the invoice's id, by another's token or by none", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* create("key")
        const { id } = yield* theInvoice
        const unknown = Memory.payerTokens.of(yield* Ids.generate("inv"))
        for (const token of [unknown, "", "payer-", `payer-${id.slice(0, -1)}`, `x-${id}`]) {
          assert.strictEqual((yield* Effect.flip(viewed(token)))._tag, "NotFound", token)
        }
      })
    )
  )

  it.effect("is the right one while a token may stand for two invoices", () =>
    inGateway({
      settings: {
        payerTokens: {
          of: (id) => id,
          read: (token) => [Ids.InvoiceId.make("inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"), Ids.InvoiceId.make(token)]
        }
      }
    })(
      Effect.gen(function* () {
        yield* create("key")
        const { id, ourNumber } = yield* theInvoice
        assert.strictEqual((yield* viewed(id)).ourNumber, ourNumber)
      })
    )
  )
})
