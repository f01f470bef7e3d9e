/** `GET /qr/{invoice}.svg`: an open PIX invoice as a QR code. */
import { Errors, Ids, Invoice, Store } from "@salesos/core"
import { Effect, Option, Schema } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import QRCode from "qrcode"
import { respond } from "./Answers.ts"

export const path = "/qr/:file"

const isInvoiceId = Schema.is(Ids.InvoiceId)

export const layer = HttpRouter.add(
  "GET",
  path,
  Effect.fnUntraced(
    function* () {
      const { file = "" } = yield* HttpRouter.params
      const id = file.replace(/\.svg$/, "")
      const found = isInvoiceId(id) ? yield* (yield* Store.PayerView).invoice(id) : Option.none()
      const artifact = Option.getOrUndefined(Option.map(found, (invoice) => Invoice.shownOf(invoice, "pix")))?.artifact
      if (artifact?.type !== "pix") return yield* new Errors.NotFound({ message: "No such QR code" })
      const svg = yield* Effect.promise(() =>
        QRCode.toString(artifact.copyPaste, { type: "svg", errorCorrectionLevel: "M" })
      )
      return HttpServerResponse.text(svg, { contentType: "image/svg+xml" })
    },
    Effect.catchTag(["NotFound", "StoreUnavailable"], respond)
  )
)
