import { assert, describe, it } from "@effect/vitest"
import { Boleto, BusinessCalendar, Documents, Money, type Observation, Pix } from "@salesos/core"
import { Result } from "effect"
import { type Changes, observe } from "./fixtures/answers.ts"
import * as Requests from "./fixtures/requests.ts"

/** A BR Code of R$ 100.00 whose CRC is right. */
const brCode = Result.getOrThrow(
  Pix.build({
    key: { type: "cpf", key: Documents.Cpf.make("52998224725") },
    merchantName: "Loja",
    merchantCity: "Sao Paulo",
    amount: Money.Amount.make(100_00)
  })
)

describe("what a payer pays with", () => {
  const code = (changes: Changes) => observe("pix/qrcode: answer", changes, { method: "pix" }).artifact

  it("is a BR Code of the right amount, in either field", () => {
    const paste = { type: "pix", copyPaste: brCode } as const
    assert.deepEqual(code({ copy_paste: brCode }), paste)
    assert.deepEqual(code({ copy_paste: null, qr_code: brCode }), paste)
    assert.isNull(code({ copy_paste: brCode, amount: "100.01" }))
    assert.isNull(code({ copy_paste: `${brCode.slice(0, -1)}0` }))
  })

  const dueDate = BusinessCalendar.CalendarDate.make("2026-05-10")
  const build = (amount: number, due: BusinessCalendar.CalendarDate | undefined) =>
    Result.getOrThrow(Boleto.build({ bank: "237", dueDate: due ?? null, amount, freeField: "1".repeat(25) }))
  const slip = (changes: Changes) =>
    observe("boleto/create: answer", changes, Requests.boleto(250_00, "2026-05-10")).artifact

  it("is a boleto of the right amount and due date, whichever field has which", () => {
    const { barcode, line } = build(250_00, dueDate)
    const artifact: Observation.Artifact = {
      type: "boleto",
      barcode,
      digitableLine: line,
      dueDate,
      pdfUrl: "https://boleto.exemplo.com/view/abc123"
    }
    for (const [boleto_barcode, digitable_line] of [
      [barcode, line],
      [line, barcode],
      [Boleto.format(line), line],
      [barcode, null],
      [null, Boleto.format(line)]
    ]) {
      assert.deepEqual(slip({ boleto_barcode, digitable_line }), artifact)
    }
    assert.deepInclude(slip({ boleto_barcode: barcode, digitable_line: line, boleto_url: "javascript:alert(1)" }), {
      pdfUrl: null
    })
  })

  it("is no boleto of another amount or due date, nor two different ones", () => {
    const right = build(250_00, dueDate)
    for (const { barcode, line } of [
      build(250_01, dueDate),
      build(250_00, Requests.boleto(1, "2026-05-11").dueDate),
      build(250_00, undefined)
    ]) {
      assert.isNull(slip({ boleto_barcode: barcode, digitable_line: line }))
      assert.isNull(slip({ boleto_barcode: barcode, digitable_line: right.line }))
    }
  })
})
