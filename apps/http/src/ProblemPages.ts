/** `GET /problems/{code}`: the page that a problem's `type` leads to. */
import { Problems } from "@salesos/api"
import { Errors } from "@salesos/core"
import { Effect } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { respond } from "./Answers.ts"

export const path = "/problems/:code"

const page = (
  code: string,
  { meaning, status, title }: { readonly meaning: string; readonly status: number; readonly title: string }
) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${title}</title><body style="font:16px/1.5 system-ui;max-width:40em;margin:4em auto;padding:0 1em">` +
  `<h1>${title}</h1><p><code>${status} ${code}</code></p><p>${meaning.replaceAll(/`([^`]+)`/g, "<code>$1</code>")}</p></body></html>`

export const layer = HttpRouter.add(
  "GET",
  path,
  Effect.fnUntraced(
    function* () {
      const { code = "" } = yield* HttpRouter.params
      const catalog: Readonly<Record<string, Parameters<typeof page>[1]>> = Problems.catalog
      const entry = Object.hasOwn(Problems.catalog, code) ? catalog[code] : undefined
      if (entry === undefined) return yield* new Errors.NotFound({ message: "No such problem" })
      return HttpServerResponse.html(page(code, entry))
    },
    Effect.catchTag("NotFound", respond)
  )
)
