import { assert, describe, it } from "@effect/vitest"
import { Ids, Pix } from "@salesos/simulator-kit"
import { Effect, Schema } from "effect"

/** CRC-16/CCITT-FALSE, written from its definition and not shared with what makes the BR Codes. */
const crc16 = (text: string): string => {
  let crc = 0xffff
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return crc.toString(16).toUpperCase().padStart(4, "0")
}

/** The objects of a BR Code by id. */
const tlv = (text: string): Record<string, string> => {
  const objects: Record<string, string> = {}
  for (let i = 0; i < text.length;) {
    const length = Number(text.slice(i + 2, i + 4))
    objects[text.slice(i, i + 2)] = text.slice(i + 4, i + 4 + length)
    i += 4 + length
  }
  return objects
}

describe("the BR Code", () => {
  it("has a checksum that the test knows from the manual's examples", () => {
    assert.strictEqual(crc16("123456789"), "29B1")
    for (const known of [
      "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D",
      "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd4415204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4"
    ]) {
      assert.strictEqual(crc16(known.slice(0, -4)), known.slice(-4))
    }
  })

  it.effect.prop(
    "carries the amount, a name, a city and the txid, and its checksum",
    [Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Pix.maxAmount }))],
    ([amount]) =>
      Effect.gen(function* () {
        const txid = (yield* Ids.make).alphanumeric(25)
        const code = Pix.brCode(amount, txid)
        const objects = tlv(code)
        assert.strictEqual(objects["54"]?.replace(".", "").replace(/^0+/, ""), `${amount}`)
        assert.match(objects["54"] ?? "", /^\d+\.\d\d$/)
        assert.strictEqual(objects["63"], crc16(code.slice(0, -4)))
        assert.strictEqual(tlv(objects["26"] ?? "")["00"], "br.gov.bcb.pix")
        assert.strictEqual(objects["53"], "986")
        assert.strictEqual(objects["58"], "BR")
        assert.match(objects["59"] ?? "", /^[\x20-\x7e]{1,25}$/)
        assert.match(objects["60"] ?? "", /^[\x20-\x7e]{1,15}$/)
        assert.strictEqual(tlv(objects["62"] ?? "")["05"], txid)
      })
  )

  it("holds the largest amount that a request may have", () => {
    assert.strictEqual(tlv(Pix.brCode(Pix.maxAmount, "a"))["54"], "9999999999.99")
  })
})

describe("an end-to-end id", () => {
  it.effect("names the bank and the minute in UTC, and is not drawn twice", () =>
    Effect.gen(function* () {
      const ids = yield* Ids.make
      const at = Date.parse("2026-05-04T23:59:20.000Z")
      assert.match(Pix.endToEndId(at, "03311443", ids), /^E03311443202605042359[0-9A-Za-z]{11}$/)
      assert.match(Pix.endToEndId(at, "03311443", ids, "D"), /^D03311443/)
      assert.notStrictEqual(Pix.endToEndId(at, "03311443", ids), Pix.endToEndId(at, "03311443", ids))
    })
  )
})
