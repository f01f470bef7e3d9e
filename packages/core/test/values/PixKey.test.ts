import { getPixKeyInfo } from "@brazilian-utils/brazilian-utils"
import { assert, describe, it } from "@effect/vitest"
import { FieldError, PixKey } from "@salesos/core"
import { Effect, Schema } from "effect"

const isPixKey = Schema.is(PixKey.PixKey)

const longest = `${"a".repeat(64)}@${"b".repeat(8)}.com`

describe("PIX keys", () => {
  it.each([
    ["cpf", "52998224725"],
    ["cpf", "51998259765"], // would be a phone too, without +55
    ["cnpj", "11222333000181"],
    ["cnpj", "12ABC34501DE35"],
    ["email", "pix@bcb.gov.br"],
    ["email", longest],
    ["phone", "+5511987654321"],
    ["evp", "123e4567-e12b-12d1-a456-426655440000"],
    ["evp", "71c7d9be-4b85-4e43-9f1c-1f3b8b4e9a2d"]
  ])("%s %s is one, sent as it stands", (type, key) => {
    assert.isTrue(isPixKey({ type, key }))
    assert.strictEqual(getPixKeyInfo(key)?.value, key)
  })

  it("of an e-mail may hold what the directory's pattern allows", () => {
    assert.isTrue(isPixKey({ type: "email", key: "o'neil#1!a@mail.example" }))
  })

  it.each([
    ["phone", "51998259765"],
    ["phone", "+551130000000"], // a landline
    ["cpf", "+5551998259765"],
    ["cpf", "529.982.247-25"],
    ["cpf", "11222333000181"],
    ["cnpj", "52998224725"],
    ["cnpj", "12abc34501de35"],
    ["email", "Fulano@example.com"],
    ["email", `a${longest}`],
    ["email", "a@b@c.com"],
    ["email", "fulano"],
    ["evp", "71C7D9BE-4B85-4E43-9F1C-1F3B8B4E9A2D"],
    ["evp", "71c7d9be4b854e439f1c1f3b8b4e9a2d"],
    ["random", "71c7d9be-4b85-4e43-9f1c-1f3b8b4e9a2d"],
    ["evp", ""]
  ])("%s %j is none: the declared type decides", (type, key) => {
    assert.isFalse(isPixKey({ type, key }))
  })

  it.effect.each([
    { type: "cpf", code: "invalid_cpf" },
    { type: "cnpj", code: "invalid_cnpj" },
    { type: "email", code: "invalid_email" },
    { type: "phone", code: "invalid_phone" },
    { type: "evp", code: "invalid_evp" }
  ])("of type $type that are wrong are told as $code", ({ code, type }) =>
    Effect.gen(function* () {
      const { errors } = yield* Effect.flip(FieldError.decode(PixKey.PixKey)({ type, key: "?" }))
      assert.deepStrictEqual(
        errors.map((each) => [each.field, each.code]),
        [["key", code]]
      )
    })
  )
})
