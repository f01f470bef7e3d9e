import { assert, describe, it } from "@effect/vitest"
import { type BalanceTransaction, Currency, Ids, StatementCsv } from "@salesos/core"
import { DateTime, Effect } from "effect"
import * as fc from "fast-check"

const row = (changes: Partial<BalanceTransaction.BalanceTransaction> = {}): BalanceTransaction.BalanceTransaction => ({
  owner: { tenant: Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"), environment: "sandbox" },
  id: Ids.BalanceTransactionId.make("btxn_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"),
  entry: Effect.runSync(Ids.generate("ent")),
  line: { type: "charge", amount: 123456, currency: Currency.Currency.make("BRL"), fee: 99, net: 123357 },
  availableOn: "2026-11-22",
  source: { resource: "invoice", id: "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P" },
  attempt: 1,
  occurredAt: DateTime.makeUnsafe("2026-11-21T20:02:59.000Z"),
  account: "infrapsp",
  ourNumber: "INV-2026-000001",
  costCenter: "CC-MKT",
  contractorReference: null,
  metadata: {},
  createdAt: DateTime.makeUnsafe("2026-11-21T20:03:00.000Z"),
  ...changes
})

const { brazilian, plain } = StatementCsv

/** Reads records by RFC 4180. */
const parse = (text: string, separator: string): ReadonlyArray<ReadonlyArray<string>> => {
  const records: Array<Array<string>> = [[""]]
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]!
    const record = records.at(-1)!
    if (quoted && letter === '"' && text[at + 1] === '"') record[record.length - 1] += text[(at += 1)]!
    else if (letter === '"') quoted = !quoted
    else if (!quoted && letter === separator) record.push("")
    else if (!quoted && letter === "\r" && text[at + 1] === "\n") {
      at += 1
      if (at + 1 < text.length) records.push([""])
    } else record[record.length - 1] += letter
  }
  return records
}

const cells = (changes: Partial<BalanceTransaction.BalanceTransaction>, format = plain) => {
  const [names = [], values = []] = parse(
    StatementCsv.header(format) + StatementCsv.line(row(changes), format),
    format.separator
  )
  assert.strictEqual(names.length, values.length)
  return Object.fromEntries(names.map((name, place) => [name, values[place]]))
}

describe("the statement as CSV", () => {
  it("has a record for each row, amounts in units of the currency", () => {
    assert.strictEqual(
      StatementCsv.header(plain),
      "id,created_at,type,amount,fee,net,currency,available_on,account,source_resource,source_id,our_number,cost_center,contractor_reference,metadata\r\n"
    )
    assert.strictEqual(
      StatementCsv.line(row({ metadata: { order: "77" } }), plain),
      'btxn_01K9X0ZB7C8W3Q2V5T6Y4N1M0P,2026-11-21T20:03:00.000Z,charge,1234.56,0.99,1233.57,BRL,2026-11-22,infrapsp,invoice,inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P,INV-2026-000001,CC-MKT,,"{""order"":""77""}"\r\n'
    )
  })

  it("has semicolons and decimal commas for Brazil", () => {
    assert.include(StatementCsv.line(row(), brazilian), ";1234,56;0,99;1233,57;BRL;")
  })

  it("writes money that goes out as the number that it is", () => {
    const line = { ...row().line, amount: -5, fee: 0, net: -5 }
    assert.deepInclude(cells({ line }), { amount: "-0.05", fee: "0.00", net: "-0.05" })
    const yen = { ...line, currency: Currency.Currency.make("JPY") }
    assert.deepInclude(cells({ line: yen }), { amount: "-5", fee: "0" })
  })

  it.each([
    '=HYPERLINK("https://evil.example","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "\n=1+1",
    "＝1+1"
  ])("lets no text be a formula: %j", (text) => {
    for (const format of [plain, brazilian]) {
      const read = cells({ costCenter: text, contractorReference: text, account: text }, format)
      for (const name of ["cost_center", "contractor_reference", "account"]) assert.strictEqual(read[name], `'${text}`)
    }
  })

  it("is read back as it was written, whatever the text is, and no cell of it begins like a formula", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.string({ unit: fc.constantFrom("=", "+", "-", "@", '"', ",", ";", "\r", "\n", "\t", " ", "a"), maxLength: 8 })
    )
    fc.assert(
      fc.property(
        text,
        fc.dictionary(text, text, { maxKeys: 3 }),
        fc.constantFrom(plain, brazilian),
        (costCenter, metadata, format) => {
          const read = cells({ costCenter, metadata }, format)
          assert.include([costCenter, `'${costCenter}`], read["cost_center"])
          assert.notMatch(read["cost_center"] ?? "", /^\s*[=+\-@]/)
          assert.deepEqual(read["metadata"] === "" ? {} : JSON.parse(read["metadata"] ?? ""), { ...metadata })
        }
      ),
      { numRuns: 1000 }
    )
  })
})
