import { assert, describe, it } from "@effect/vitest"
import { FieldError, Phone } from "@salesos/core"
import { Effect, Schema } from "effect"

const isPhone = Schema.is(Phone.Phone)

describe("telephone numbers", () => {
  it.each(["+5511987654321", "+5555999999999", "+555532221234", "+551130000000", "+14155552671", "+351912345678"])(
    "%s is one",
    (text) => {
      assert.isTrue(isPhone(text))
    }
  )

  it.each([
    "5511987654321",
    "+55 11 98765-4321",
    "+5520987654321", // no such area code
    "+5511612345678", // 6 is held in reserve
    "+5511700123456", // satellite
    "+55999999999", // area code 55 without the country's 55
    "+55005511987654321",
    "+551198765432a",
    "+0123456789",
    "+1234567",
    "+1234567890123456",
    "+5511987654321 ",
    "+５５11987654321",
    ""
  ])("%j is none", (text) => {
    assert.isFalse(isPhone(text))
  })

  it.each([
    ["+5511987654321", true],
    ["+551130000000", false],
    ["+14155552671", true]
  ] as const)("%s may be a mobile phone's: %s", (text, expected) => {
    assert.strictEqual(Phone.mayBeMobile(Phone.Phone.make(text)), expected)
  })

  it.effect("that are none say what is expected", () =>
    Effect.gen(function* () {
      const { errors } = yield* Effect.flip(FieldError.decode(Phone.Phone)("11987654321"))
      assert.deepStrictEqual(errors, [
        { field: "", code: "invalid_phone", message: "Expected an E.164 number, such as +5511987654321" }
      ])
    })
  )
})
