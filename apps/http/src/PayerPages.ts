/**
 * `GET /pay/{token}`: the page that a payer pays on, and `GET /pay/{token}/status`, by which it notices a change. Nothing
 * on it comes from elsewhere, nothing is kept by caches, and it is in no search.
 */
import { type Language, PayerPage } from "@salesos/core"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { randomBytes } from "node:crypto"
import { respond } from "./Answers.ts"
import { choose } from "./payer/Language.ts"
import * as Page from "./payer/Page.ts"

export const path = "/pay/:token"
export const statusPath = "/pay/:token/status"

const apart = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex, nofollow"
}

const headers = (language: Language.Language, nonce: string) => ({
  ...apart,
  "content-language": language,
  "content-security-policy":
    `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  vary: "accept-language",
  "x-frame-options": "DENY"
})

const token = Effect.map(HttpRouter.params, ({ token = "" }) => token)

const page = HttpRouter.add(
  "GET",
  path,
  Effect.fnUntraced(function* (request) {
    const asked = new URLSearchParams(request.url.split("?")[1]).get("lang")
    const language = choose(asked, request.headers["accept-language"])
    const nonce = randomBytes(16).toString("base64url")
    const reader = { language, nonce }
    const send = (body: string, status = 200) =>
      HttpServerResponse.text(body, {
        status,
        contentType: "text/html; charset=utf-8",
        headers: headers(language, nonce)
      })
    return yield* PayerPage.view(yield* token).pipe(
      Effect.flatMap((view) => Page.page(reader, view)),
      Effect.map((body) => send(body)),
      Effect.catchTags({
        NotFound: () => Effect.succeed(send(Page.notice(reader, "missing"), 404)),
        StoreUnavailable: (error) =>
          Effect.as(
            Effect.logError("The database can't be reached", error.cause),
            send(Page.notice(reader, "unavailable"), 503)
          )
      })
    )
  })
)

const status = HttpRouter.add(
  "GET",
  statusPath,
  Effect.fnUntraced(
    function* () {
      const view = yield* PayerPage.view(yield* token)
      return HttpServerResponse.jsonUnsafe({ phase: view.phase, version: Page.version(view) }, { headers: apart })
    },
    Effect.catchTag(["NotFound", "StoreUnavailable"], respond)
  )
)

export const layer = Layer.merge(page, status)
