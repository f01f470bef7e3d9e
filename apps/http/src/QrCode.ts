/** `GET /qr/{invoice}.svg`: an open PIX invoice as a QR code. */
import { Errors, Ids, Invoice, Store } from "@salesos/core"
import { Effect, Option, Schema } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { respond } from "./Answers.ts"
import { qrCode } from "./payer/Drawings.ts"

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
      return HttpServerResponse.text(yield* qrCode(artifact.copyPaste), { contentType: "image/svg+xml" })
    },
    Effect.catchTag(["NotFound", "StoreUnavailable"], respond)
  )
)
