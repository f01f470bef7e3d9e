import { assert, describe, it } from "@effect/vitest"
import { Message } from "@salesos/core"
import * as fc from "fast-check"

const { sanitized, shortened } = Message

describe("a foreign server's message", () => {
  it("is short and has no markup, whatever comes in", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 250 }), (text) => {
        const clean = sanitized(`${text}<b>${text}`)
        assert.isAtMost(clean.length, 200)
        assert.notMatch(clean, /[<>\p{Cc}]/u)
        assert.isTrue(clean.isWellFormed())
      }),
      { numRuns: 30 }
    )
    assert.isAtMost(sanitized("<".repeat(100_000)).length, 200)
    assert.isAtMost(sanitized(" at ".repeat(100_000)).length, 200)
  })

  it("tells no stack, page or secret", () => {
    assert.strictEqual(
      sanitized("boom\n    at Object.<anonymous> (/srv/app/pix.js:10:5)\n    at next (/srv/x.js:1:1)"),
      "boom"
    )
    assert.strictEqual(sanitized("boom at async Pix.create (file:///srv/pix.ts:7:1)"), "boom")
    assert.strictEqual(sanitized("boom\n\tat com.bank.Pix.create(Pix.java:42)"), "boom")
    assert.strictEqual(
      sanitized("<html><head><style>a{}</style><title>x</title></head><body><h1>502</h1>Bad gateway</body></html>"),
      "502 Bad gateway"
    )
    assert.strictEqual(sanitized("key ipsp_1.s3cret is blocked", ["ipsp_1", "s3cret", ""]), "key ***.*** is blocked")
    assert.strictEqual(sanitized("pay at 10:30 at the latest"), "pay at 10:30 at the latest")
  })
})

describe("a text cut to fit", () => {
  it("ends between two characters, in an ellipsis", () => {
    assert.strictEqual(shortened("🎉".repeat(140), 140), `${"🎉".repeat(69)}…`)
    assert.strictEqual(shortened("as it is", 8), "as it is")
  })
})
