import { generatePixPayload, getPixPayloadInfo } from "@brazilian-utils/brazilian-utils"
import { assert, describe, it } from "@effect/vitest"
import { Currency, Documents, FieldError, Money, Pix, PixKey } from "@salesos/core"
import { DateTime, Result, Schema } from "effect"
import * as fc from "fast-check"
import { createStaticPix, hasError, parsePix } from "pix-utils"
import { brCodes, crc, pixIds } from "./vectors.ts"

/** Any text at all, lone surrogates included. */
const anything = (length: number) =>
  fc.array(fc.nat(0xffff), { maxLength: length }).map((units) => String.fromCharCode(...units))

const isBrCode = Schema.is(Pix.BrCode)

describe("PIX copy-paste strings", () => {
  it.each(brCodes.payable)("%s can be paid", (text) => {
    assert.isTrue(isBrCode(text))
  })

  it("that only authorize a recurrence (Pix Automático) are no charge: there is nothing to pay", () => {
    assert.isFalse(isBrCode(brCodes.recurrenceOnly))
  })

  it("with a right CRC over a wrong length are refused", () => {
    assert.isFalse(isBrCode(brCodes.wrongLength))
  })

  it("with one wrong character are always caught", () => {
    const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code))
    fc.assert(
      fc.property(fc.constantFrom(...brCodes.payable), fc.nat(), printable, (text, place, wrong) => {
        const at = place % text.length
        // The CRC is a number in hexadecimal: its letters' case says nothing.
        fc.pre(at < text.length - 4 ? text[at] !== wrong : text[at] !== wrong.toUpperCase())
        assert.isFalse(isBrCode(text.slice(0, at) + wrong + text.slice(at + 1)))
      }),
      { numRuns: 2000 }
    )
  })

  it("that are cut short, or have two characters swapped, are caught", () => {
    for (const text of brCodes.payable) {
      for (let at = 0; at < text.length; at++) {
        assert.isFalse(isBrCode(text.slice(0, at)))
        const swapped = text.slice(0, at) + (text[at + 1] ?? "") + (text[at] ?? "") + text.slice(at + 2)
        if (swapped !== text) assert.isFalse(isBrCode(swapped), swapped)
      }
    }
  })
})

/** A BR Code of fields as they are given, with its CRC. */
const sealed = (...fields: ReadonlyArray<readonly [id: string, value: string]>) => {
  const text = fields.map(([id, value]) => id + value.length.toString().padStart(2, "0") + value).join("") + "6304"
  return text + Pix.crc16(text)
}
const account = "0014br.gov.bcb.pix0114+5511987654321"
const fields: ReadonlyArray<readonly [string, string]> = [
  ["00", "01"],
  ["26", account],
  ["52", "0000"],
  ["53", "986"],
  ["58", "BR"],
  ["59", "EMPRESA"],
  ["60", "BRASILIA"],
  ["62", "0503***"]
]
/** The same with one field changed, added in its order, or left out. */
const withField = (id: string, value: string | null) =>
  sealed(
    ...[...fields.filter(([each]) => each !== id), ...(value === null ? [] : [[id, value] as const])].toSorted(
      ([a], [b]) => (a < b ? -1 : 1)
    )
  )

const ruleOf = (result: Result.Result<unknown, Pix.InvalidBrCode>) =>
  Result.match(result, {
    onFailure: ({ _tag, rule }) => (_tag === "InvalidBrCode" ? rule : _tag),
    onSuccess: () => "none"
  })

const amountOf = (text: string) => Result.getOrThrow(Pix.parse(withField("54", text))).amount?.amount

const brl = Currency.Currency.make("BRL")
const key: PixKey.PixKey = { type: "phone", key: PixKey.PhoneKey.make("+5511987654321") }
const receiver = { merchantName: "Fulano de Tal", merchantCity: "BRASILIA" }

describe("BR Codes", () => {
  it("have the CRC that the standard's check value asks for", () => {
    assert.strictEqual(Pix.crc16(crc.text), crc.crc16)
  })

  it("are read: a key", () => {
    assert.deepStrictEqual(Result.getOrThrow(Pix.parse(brCodes.manualStatic)), {
      kind: "static",
      key: "123e4567-e12b-12d1-a456-426655440000",
      amount: null,
      txid: null,
      merchantName: "Fulano de Tal",
      merchantCity: "BRASILIA",
      postalCode: null,
      singleUse: false,
      description: null,
      recurrenceUrl: null,
      withdrawalFacilitator: null
    })
  })

  it("are read: a charge's URL", () => {
    assert.deepStrictEqual(Result.getOrThrow(Pix.parse(brCodes.dynamicInCapitals)), {
      kind: "dynamic",
      url: "pix.example.com/qr/93598be0-1bd0-4997-8318-81776a1d8a99",
      amount: null,
      txid: null,
      merchantName: "EMPRESA",
      merchantCity: "SAO PAULO",
      postalCode: null,
      singleUse: true,
      description: null,
      recurrenceUrl: null
    })
  })

  it.each([
    ["10.10", 1010],
    ["0.01", 1],
    ["10", 1000],
    ["10.1", 1010],
    ["1.15", 115],
    ["9999999999.99", 999_999_999_999],
    ["0000000000.07", 7]
  ])("of %s ask for %i centavos", (text, centavos) => {
    assert.strictEqual(amountOf(text), centavos)
  })

  it("that lead to a URL say no amount and no txid, whatever is written", () => {
    const text = sealed(
      ["00", "01"],
      ["26", "0014br.gov.bcb.pix2515pix.example.com"],
      ...fields.slice(2, 4),
      ["54", "12.00"],
      ...fields.slice(4, 7),
      ["62", "0503abc"]
    )
    const parts = Result.getOrThrow(Pix.parse(text))
    assert.deepStrictEqual([parts.kind, parts.amount, parts.txid], ["dynamic", null, null])
  })

  it("with an accent are read as banks do: lengths in characters, the CRC over UTF-8", () => {
    const text = withField("60", "S\u00c3O PAULO \u20ac \u{1f600}")
    assert.strictEqual(Result.getOrThrow(Pix.parse(text)).merchantCity, "S\u00c3O PAULO \u20ac \u{1f600}")
    assert.isNotNull(getPixPayloadInfo(text))
  })

  it.each(["\u007f", "\u0080", "\u07ff", "\u0800", "\uffff", "\u{10000}", "\u{10ffff}"])(
    "with %j have the CRC that another library reckons",
    (character) => {
      assert.isNotNull(getPixPayloadInfo(withField("60", character)))
    }
  )

  it("may leave out the additional data, or the txid in it", () => {
    for (const value of [null, "0303abc"]) {
      const parts = Result.getOrThrow(Pix.parse(withField("62", value)))
      assert.isNull(parts.txid)
    }
  })

  it("may say that they can be paid again, where the receiver lives, and what others need", () => {
    const parts = Result.getOrThrow(
      Pix.parse(
        sealed(["00", "01"], ["01", "11"], ["26", "0103abc"], ["51", account], ...fields.slice(2, 7), [
          "61",
          "70074900"
        ])
      )
    )
    assert.deepStrictEqual([parts.singleUse, parts.postalCode, parts.kind], [false, "70074900", "static"])
  })

  it("of a charge may write an amount of zero, which says nothing", () => {
    const text = sealed(
      ["00", "01"],
      ["26", "0014br.gov.bcb.pix2515pix.example.com"],
      ...fields.slice(2, 4),
      ["54", "0.00"],
      ...fields.slice(4)
    )
    assert.strictEqual(Result.getOrThrow(Pix.parse(text)).kind, "dynamic")
  })

  it("of a withdrawal (Pix Saque) may ask for nothing", () => {
    const text = sealed(
      ["00", "01"],
      ["26", `${account}0308A2345678`],
      ...fields.slice(2, 4),
      ["54", "0.00"],
      ...fields.slice(4)
    )
    const parts = Result.getOrThrow(Pix.parse(text))
    assert.strictEqual(parts.amount?.amount, 0)
    assert.strictEqual(parts.kind === "static" ? parts.withdrawalFacilitator : "", "A2345678")
  })

  it("that offer a recurrence beside the payment say where it is described", () => {
    const text = sealed(...fields, ["80", "0014br.gov.bcb.pix2525pix.example.com/qr/v2/rec"])
    assert.strictEqual(Result.getOrThrow(Pix.parse(text)).recurrenceUrl, "pix.example.com/qr/v2/rec")
  })

  it.each([
    ["00", "02", "version"],
    ["01", "13", "point_of_initiation"],
    ["26", null, "account"],
    ["26", "0014br.gov.bcb.pix", "key_or_url"],
    ["26", `${account}2515pix.example.com`, "key_or_url"],
    ["26", "0014br.gov.bcb.pix0100", "key_or_url"],
    ["26", "0014br.gov.bcb.pix2519https://example.com", "url"],
    ["26", `${account}03071234567`, "withdrawal"],
    ["26", "0014br.gov.bcb.pix2515pix.example.com030812345678", "withdrawal"],
    ["26", "0014br.gov.bcb.pix0199x", "account"],
    ["26", `${account}0309A23456789`, "withdrawal"],
    ["26", `${account}0309-A2345678`, "withdrawal"],
    ["25", account, "none"], // not PIX's place, so only 26 counts
    ["27", account, "account"], // a second template: which one would be paid?
    ["52", null, "category"],
    ["53", "840", "currency"],
    ["54", "0.00", "amount"],
    ["54", "1,00", "amount"],
    ["54", "1.005", "amount"],
    ["54", "-1.00", "amount"],
    ["54", "1e3", "amount"],
    ["54", "99999999999.99", "amount"],
    ["54", "", "amount"],
    ["58", "AR", "country"],
    ["58", null, "country"],
    ["59", null, "merchant_name"],
    ["60", "", "merchant_city"],
    ["60", null, "merchant_city"],
    ["62", "0599x", "txid"]
  ])("with field %s as %j break the rule on %s", (id, value, rule) => {
    assert.strictEqual(ruleOf(Pix.parse(withField(id, value))), rule)
  })

  it("with a field twice are refused: readers would not agree", () => {
    assert.strictEqual(ruleOf(Pix.parse(sealed(...fields, ["54", "1.00"], ["54", "9.00"]))), "structure")
  })

  it.each([
    ["first is not the version", sealed(...fields.slice(1), ["00", "01"])],
    ["length is no number", sealed(...fields).replace("5907EMPRESA", `59:0${"E".repeat(100)}`)],
    ["length ends in no digit", sealed(...fields).replace("5907EMPRESA", "591/EMPRESAXY")],
    [
      "length is negative",
      sealed(...fields)
        .replace("6304", "62/9900" + "6304")
        .replace("62070503***", "")
    ],
    ["CRC is longer", `${sealed(...fields).slice(0, -8)}6305X`]
  ])("whose %s are none", (_, text) => {
    const body = text.slice(0, text.lastIndexOf("63") + 4) + (text.includes("6305X") ? "X" : "")
    assert.strictEqual(ruleOf(Pix.parse(body + Pix.crc16(body))), "structure")
  })

  it.each([` ${brCodes.manualStatic}`, `${brCodes.manualStatic}\n`, "", "6304", "\ud800", "000201"])(
    "%j is none",
    (text) => {
      assert.strictEqual(ruleOf(Pix.parse(text)), "structure")
    }
  )

  it("that hide their CRC in another field are none", () => {
    const body = `${sealed(...fields).slice(0, -8)}99086304`
    assert.strictEqual(ruleOf(Pix.parse(body + Pix.crc16(body))), "structure")
  })

  it("are none when the CRC differs", () => {
    assert.strictEqual(ruleOf(Pix.parse(`${brCodes.manualStatic.slice(0, -1)}E`)), "crc")
  })
})

describe("BR Codes that are made", () => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  const text = (alphabet: string, max: number) =>
    fc.array(fc.constantFrom(...alphabet.split("")), { minLength: 1, maxLength: max }).map((each) => each.join(""))
  const line = (max: number) => text(`${letters}&.-`, max)
  const keys = fc.oneof(
    fc.constantFrom<PixKey.PixKey>(
      key,
      { type: "cpf", key: Documents.Cpf.make("52998224725") },
      { type: "cnpj", key: Documents.Cnpj.make("12ABC34501DE35") },
      { type: "email", key: PixKey.EmailKey.make(`${"a".repeat(64)}@${"b".repeat(8)}.com`) },
      { type: "evp", key: PixKey.EvpKey.make("123e4567-e12b-12d1-a456-426655440000") }
    ),
    fc.uuid().map((uuid): PixKey.PixKey => ({ type: "evp", key: PixKey.EvpKey.make(uuid) }))
  )
  const parts = fc.record({
    key: keys,
    amount: fc.option(fc.integer({ min: 1, max: 999_999_999_999 }).map((each) => Money.Amount.make(each))),
    txid: fc.option(text(letters, 25)),
    merchantName: line(25),
    merchantCity: line(15),
    description: fc.option(line(37))
  })

  it("are read back as they were made, every amount exactly, and another library reads the same", () => {
    fc.assert(
      fc.property(parts, (parts) => {
        const code = Result.getOrThrow(Pix.build(parts))
        const back = Result.getOrThrow(Pix.parse(code))
        const room = 99 - 18 - 4 - parts.key.key.length - 4
        assert.deepStrictEqual(back, {
          kind: "static",
          key: parts.key.key,
          amount: parts.amount === null ? null : { amount: parts.amount, currency: brl },
          txid: parts.txid,
          merchantName: parts.merchantName,
          merchantCity: parts.merchantCity,
          postalCode: null,
          singleUse: false,
          description: room > 0 ? (parts.description?.slice(0, room) ?? null) : null,
          recurrenceUrl: null,
          withdrawalFacilitator: null
        })
        const theirs = getPixPayloadInfo(code)
        assert.strictEqual(theirs?.key, back.kind === "static" ? back.key : "")
        assert.strictEqual(theirs?.txid ?? null, back.txid)
        assert.strictEqual(theirs?.amount?.toFixed(2), back.amount === null ? undefined : Money.toDecimal(back.amount))
      })
    )
  })

  it("are the bytes that a second library writes of the same parts, and it reads them alike", () => {
    fc.assert(
      fc.property(parts, ({ description: _, ...parts }) => {
        // It writes names in capitals.
        const names = { merchantName: parts.merchantName.toUpperCase(), merchantCity: parts.merchantCity.toUpperCase() }
        const code = Result.getOrThrow(Pix.build({ ...parts, ...names }))
        const [pixKey, txid] = [parts.key.key, parts.txid ?? "***"]
        const theirs = createStaticPix({ ...names, pixKey, txid, transactionAmount: (parts.amount ?? 0) / 100 })
        assert.strictEqual(hasError(theirs) ? theirs.message : theirs.toBRCode(), code)
        assert.deepInclude(parsePix(code), { ...names, pixKey, txid })
      })
    )
  })

  it("of a URL are read back too", () => {
    fc.assert(
      fc.property(text(`${letters}/`, 60), (path) => {
        const url = `pix.example.com/${path}`
        const back = Result.getOrThrow(Pix.parse(Result.getOrThrow(Pix.build({ ...receiver, url }))))
        assert.deepStrictEqual([back.kind, back.kind === "dynamic" && back.url, back.singleUse], ["dynamic", url, true])
      })
    )
  })

  it("are the bytes that another library writes", () => {
    const ours = Pix.build({
      ...receiver,
      key,
      amount: Money.Amount.make(1010),
      txid: "ABC123",
      description: "Pedido 1"
    })
    assert.strictEqual(
      Result.getOrThrow(ours),
      generatePixPayload({ ...receiver, key: key.key, amount: 10.1, txid: "ABC123", description: "Pedido 1" })
    )
    const url = "pix.example.com/8b3da2f39a4140d1a91abd93113bd441"
    assert.strictEqual(Result.getOrThrow(Pix.build({ ...receiver, url })), brCodes.manualDynamic)
  })

  it("lose accents, and what does not fit of names and description", () => {
    const back = Result.getOrThrow(
      Pix.parse(
        Result.getOrThrow(
          Pix.build({
            key,
            merchantName: "Jos\u00e9  da Concei\u00e7\u00e3o e Filhos Ltda",
            merchantCity: "S\u00e3o Jos\u00e9 do Rio Preto",
            description: `\u{1f600} caf\u00e9 ${"x".repeat(90)}`
          })
        )
      )
    )
    assert.deepStrictEqual(
      [back.merchantName, back.merchantCity, back.description],
      ["Jose da Conceicao e Filho", "Sao Jose do Rio", `cafe ${"x".repeat(54)}`]
    )
  })

  it.each([
    [{ merchantName: "\u{1f600}" }, "merchant_name"],
    [{ merchantCity: " " }, "merchant_city"],
    [{ txid: "" }, "txid"],
    [{ txid: "a-b" }, "txid"],
    [{ txid: "a".repeat(26) }, "txid"],
    [{ amount: Money.Amount.make(1_000_000_000_000) }, "amount"]
  ])("cannot be made of %j", (change, rule) => {
    assert.strictEqual(ruleOf(Pix.build({ ...receiver, key, ...change })), rule)
  })

  it.each(["a.b", "x1-y.example.com/a%2Fb", "pix.example.com", `pix.example.com/${"a".repeat(61)}`])(
    "can lead to %j",
    (url) => {
      const code = Result.getOrThrow(Pix.build({ ...receiver, url }))
      assert.deepInclude(Result.getOrThrow(Pix.parse(code)), { kind: "dynamic", url })
    }
  )

  it("never end a name with the space at which it was cut", () => {
    const code = Pix.build({ ...receiver, key, merchantName: `${"a".repeat(24)} b`, merchantCity: " B  C " })
    assert.deepInclude(Result.getOrThrow(Pix.parse(Result.getOrThrow(code))), {
      merchantName: "a".repeat(24),
      merchantCity: "B C"
    })
  })

  it.each([
    "https://pix.example.com/a",
    "pix.example.com/a b",
    "localhost",
    "",
    "pix.example.com/%2",
    "pix.example.com/%zz",
    "-a.b",
    `pix.example.com/${"a".repeat(62)}`
  ])("cannot lead to %j", (url) => {
    assert.strictEqual(ruleOf(Pix.build({ ...receiver, url })), "url")
  })

  it("or found are never read where another library sees none, and reading never throws", () => {
    const near = fc
      .tuple(fc.constantFrom(...brCodes.payable), fc.nat(), anything(3), fc.boolean())
      .map(([code, place, insert, seal]) => {
        const at = place % code.length
        const changed = code.slice(0, at) + insert + code.slice(at + 1)
        const body = `${changed.slice(0, -8)}6304`
        return seal && body.isWellFormed() ? body + Pix.crc16(body) : changed
      })
    fc.assert(
      fc.property(fc.oneof(near, anything(80)), (text) => {
        if (Result.isSuccess(Pix.parse(text))) assert.isNotNull(getPixPayloadInfo(text), text)
      }),
      { numRuns: 1000 }
    )
  })
})

describe("ids of PIX payments and returns", () => {
  it.each([
    [pixIds.payments[0], "payment", "12345678", "2020-09-09T12:21:00.000Z", "kkkkkkkkkkk"],
    [pixIds.payments[1], "payment", "90400888", "2021-01-28T00:08:00.000Z", "00123873170"],
    [pixIds.returns[0], "return", "12345678", "2020-09-09T10:00:00.000Z", "abcde123456"],
    ["E1A2B3C4D202611212359AbCdEfGhIjK", "payment", "1A2B3C4D", "2026-11-21T23:59:00.000Z", "AbCdEfGhIjK"]
  ])("%s is read", (text, kind, ispb, minute, sequence) => {
    const id = Result.getOrThrow(Pix.parseId(text))
    assert.deepStrictEqual(
      { ...id, minute: DateTime.formatIso(id.minute) },
      { kind: kind === "payment" ? "payment" : "return", ispb, minute, sequence }
    )
    assert.strictEqual(Schema.is(Pix.SpiEndToEndId)(text), kind === "payment")
    assert.strictEqual(Schema.is(Pix.ReturnId)(text), kind === "return")
  })

  it.each([
    ["e12345678202009091221kkkkkkkkkkk", "kind"],
    ["A12345678202009091221kkkkkkkkkkk", "kind"],
    ["E12345678202009091221kkkkkkkkkk", "length"],
    ["E12345678202009091221kkkkkkkkkkkk", "length"],
    ["E12345678202009091221kkkkkkkkkkk\n", "length"],
    ["", "length"],
    ["E1234567a202009091221kkkkkkkkkkk", "ispb"],
    ["E1234567\n202009091221kkkkkkkkkkk", "ispb"],
    ["E\n2345678202009091221kkkkkkkkkkk", "ispb"],
    ["E12345678202013091221kkkkkkkkkkk", "minute"],
    ["E12345678202102301221kkkkkkkkkkk", "minute"], // 30 February
    ["E12345678202009092421kkkkkkkkkkk", "minute"],
    ["E12345678202009093021kkkkkkkkkkk", "minute"],
    ["E12345678202009091260kkkkkkkkkkk", "minute"],
    ["E12345678 02009091221kkkkkkkkkkk", "minute"],
    ["E1234567820200909122 kkkkkkkkkkk", "minute"],
    ["E12345678202009091221kkkkkkkkkk-", "sequence"],
    ["E12345678202009091221-kkkkkkkkkk", "sequence"]
  ])("%j is none of the SPI's: %s", (text, rule) => {
    const result = Pix.parseId(text)
    assert.strictEqual(Result.isFailure(result) ? result.failure.rule : "none", rule)
    assert.isFalse(Schema.is(Pix.SpiEndToEndId)(text))
    assert.isFalse(Schema.is(Pix.ReturnId)(text))
  })

  const id = fc.record({
    ispb: fc.stringMatching(/^[0-9A-Z]{8}$/),
    minute: fc
      .date({ min: new Date("1900-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true })
      .map((date) => DateTime.makeUnsafe(date)),
    sequence: fc.stringMatching(/^[a-zA-Z0-9]{11}$/)
  })

  it("that are made read back as they were, to the minute", () => {
    fc.assert(
      fc.property(id, (parts) => {
        const minute = DateTime.startOf(parts.minute, "minute")
        const payment = Result.getOrThrow(Pix.buildEndToEndId(parts))
        assert.deepStrictEqual(Result.getOrThrow(Pix.parseId(payment)), { ...parts, kind: "payment", minute })
        const back = Result.getOrThrow(Pix.buildReturnId(parts))
        assert.deepStrictEqual(Result.getOrThrow(Pix.parseId(back)), { ...parts, kind: "return", minute })
      })
    )
  })

  it.each([
    [{ ispb: "1234567" }, "ispb"],
    [{ ispb: "1234567", sequence: "0aaaaaaaaaaa" }, "ispb"], // which would move by one
    [{ ispb: "1234567x" }, "ispb"],
    [{ sequence: "aaaaaaaaaa" }, "sequence"],
    [{ sequence: "aaaaaaaaaa-" }, "sequence"],
    [{ minute: DateTime.makeUnsafe("1899-12-31T23:59:59Z") }, "minute"],
    [{ minute: DateTime.makeUnsafe("+010000-01-01T00:00:00Z") }, "minute"],
    [{ minute: DateTime.makeUnsafe("+190012-01-01T00:00:00Z") }, "minute"]
  ])("cannot be made of %j: %s", (change, rule) => {
    const parts = { ispb: "12345678", minute: DateTime.makeUnsafe("2026-11-21T12:00:00Z"), sequence: "aaaaaaaaaaa" }
    const ruleOf = (result: Result.Result<string, Pix.InvalidPixId>) =>
      Result.match(result, {
        onFailure: ({ _tag, rule }) => (_tag === "InvalidPixId" ? rule : _tag),
        onSuccess: () => "none"
      })
    assert.strictEqual(ruleOf(Pix.buildEndToEndId({ ...parts, ...change })), rule)
    assert.strictEqual(ruleOf(Pix.buildReturnId({ ...parts, ...change })), rule)
  })

  it("and BR Codes that are none are told with a code of their own", () => {
    const codeOf = (schema: Schema.ConstraintDecoder<unknown>) => {
      const result = FieldError.decodeResult(schema)("?")
      return Result.isFailure(result) ? result.failure.errors.map(({ code }) => code) : []
    }
    assert.deepStrictEqual([Pix.SpiEndToEndId, Pix.ReturnId, Pix.BrCode].flatMap(codeOf), [
      "invalid_end_to_end_id",
      "invalid_return_id",
      "invalid_br_code"
    ])
  })

  it("keep their case, and one of another shape is kept as a provider gave it", () => {
    const id = "E12345678202009091221aBcDeFgHiJk"
    assert.strictEqual(Pix.SpiEndToEndId.make(id), id)
    assert.strictEqual(Pix.EndToEndId.make("not-of-the-spi"), "not-of-the-spi")
  })
})
