import { assert, describe, it } from "@effect/vitest"
import { Ids } from "@salesos/core"
import { Vault } from "@salesos/store-postgres"
import { Effect, Schema } from "effect"
import * as fc from "fast-check"
import * as PayerTokens from "../src/PayerTokens.ts"

const [one, another] = [Vault.generateKey(), Vault.generateKey()]
const tokens = PayerTokens.make(one)
const isInvoiceId = Schema.is(Ids.InvoiceId)

/** Any id, by its 128 bits. */
const id = fc.stringMatching(/^inv_[0-7][0-9A-HJKMNP-TV-Z]{25}$/).map((text) => Ids.InvoiceId.make(text))

describe("the token of a payer's page", () => {
  it("leads to its invoice and says nothing of it", () => {
    fc.assert(
      fc.property(id, (invoice) => {
        const token = tokens.of(invoice)
        assert.match(token, /^[A-Za-z0-9_-]{22}$/)
        assert.deepStrictEqual(tokens.read(token), [invoice])
        assert.notStrictEqual(PayerTokens.make(another).of(invoice), token)
        assert.notDeepEqual(PayerTokens.make(another).read(token), [invoice])
      })
    )
  })

  it("of invoices made one after the other has nothing in common", () => {
    const made = Array.from({ length: 200 }, () => tokens.of(Effect.runSync(Ids.generate("inv"))))
    assert.strictEqual(new Set(made.map((token) => token.slice(0, 6))).size, made.length)
  })

  it("is read with a key that is on its way out, and made with the new one", () => {
    const both = PayerTokens.make(`${another}, ${one}`)
    const invoice = Effect.runSync(Ids.generate("inv"))
    assert.include(both.read(tokens.of(invoice)), invoice)
    assert.strictEqual(both.of(invoice), PayerTokens.make(another).of(invoice))
  })

  it("that somebody makes up leads to an id that nobody has, or to none", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[\w-]{22}$/)), (text) => {
        assert.isTrue(tokens.read(text).every(isInvoiceId))
      })
    )
    const token = tokens.of(Effect.runSync(Ids.generate("inv")))
    for (const wrong of ["", token.slice(1), `${token}A`, `${token}=`, token.replace(/.$/, "B"), `${token}\n`]) {
      assert.deepStrictEqual(tokens.read(wrong), [], wrong)
    }
  })
})
