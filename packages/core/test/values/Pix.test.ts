import { assert, describe, it } from "@effect/vitest"
import { Pix } from "@salesos/core"
import { Schema } from "effect"
import * as fc from "fast-check"

/** Of the central bank's manual and API, and of others' tests. */
const valid = [
  "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D",
  "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd4415204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4",
  "00020101021226770014BR.GOV.BCB.PIX2555pix.example.com/qr/93598be0-1bd0-4997-8318-81776a1d8a995204000053039865802BR5907EMPRESA6009SAO PAULO62070503***6304EEAB"
]

const isBrCode = Schema.is(Pix.BrCode)

describe("PIX copy-paste strings", () => {
  it.each(valid)("%s can be paid", (text) => {
    assert.isTrue(isBrCode(text))
  })

  it("that only authorize a recurrence (Pix Automático) are no charge: there is nothing to pay", () => {
    assert.isFalse(
      isBrCode(
        "00020126180014br.gov.bcb.pix5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***80800014br.gov.bcb.pix2558pix.example.com/qr/v2/rec/2353c790eefb11eaadc10242ac120002630462C9"
      )
    )
  })

  it("with a right CRC over a wrong length are refused", () => {
    assert.isFalse(
      isBrCode(
        "00020126360014BR.GOV.BCB.PIX0114+5511943214321520400005303986540566.665802BR5907EMPRESA6008BRASILIA62080503***6304170E"
      )
    )
  })

  it("with one wrong character are always caught", () => {
    const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code))
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.nat(), printable, (text, place, wrong) => {
        const at = place % text.length
        // The CRC is a number in hexadecimal: its letters' case says nothing.
        fc.pre(at < text.length - 4 ? text[at] !== wrong : text[at] !== wrong.toUpperCase())
        assert.isFalse(isBrCode(text.slice(0, at) + wrong + text.slice(at + 1)))
      }),
      { numRuns: 2000 }
    )
  })

  it("that are cut short, or have two characters swapped, are caught", () => {
    for (const text of valid) {
      for (let at = 0; at < text.length; at++) {
        assert.isFalse(isBrCode(text.slice(0, at)))
        const swapped = text.slice(0, at) + (text[at + 1] ?? "") + (text[at] ?? "") + text.slice(at + 2)
        if (swapped !== text) assert.isFalse(isBrCode(swapped), swapped)
      }
    }
  })
})
