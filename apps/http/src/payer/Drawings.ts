/** Codes that a machine reads off the page, as SVG within it. */
import QRCode from "qrcode"
import { Effect } from "effect"
import { type Html, html, trusted } from "@salesos/app-wiring"

const titled = (title: string, kind: string, svg: string): Html =>
  html`<div class="${kind}" role="img" aria-label="${title}">${trusted(svg)}</div>`

/** A BR Code as a QR code. */
export const qrCode = (text: string): Effect.Effect<string> =>
  Effect.promise(() => QRCode.toString(text, { type: "svg", errorCorrectionLevel: "M" }))

export const qrCodeBlock = (title: string, text: string): Effect.Effect<Html> =>
  Effect.map(qrCode(text), (svg) => titled(title, "qr", svg))

/** The 44 digits of a boleto as "interleaved 2 of 5", wide bars three times the narrow ones (FEBRABAN). */
export const barcodeBlock = Effect.fnUntraced(function* (title: string, digits: string) {
  // Some megabytes of all the world's barcodes: for those that have boletos.
  const { drawingSVG, interleaved2of5 } = yield* Effect.promise(() => import("bwip-js/generic"))
  const options = { bcid: "interleaved2of5", text: digits, height: 13, paddingwidth: 5 }
  const svg = interleaved2of5(options, drawingSVG())
  return titled(title, "barcode", svg.replace("<svg ", '<svg preserveAspectRatio="none" ')) // bars may be of any height
})
