/** `GET /problems/{code}`: the page that a problem's `type` leads to. */
import { Problems } from "@salesos/api"
import { Errors } from "@salesos/core"
import { Effect } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { respond } from "./Answers.ts"
import { html, trusted } from "@salesos/app-wiring"

export const path = "/problems/:code"

type Entry = (typeof Problems.catalog)[Problems.Code]

/** Whether the same request may do better later, by its status alone or by a code that says so. */
const passes = (code: string, { status }: Entry): boolean =>
  status === 429 || status === 502 || status === 503 || code.endsWith("_in_progress")

const style = `
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }
body { max-width: 40rem; margin: 4rem auto; padding: 0 1rem }
code { font: .95em ui-monospace, monospace }
`

/** Text in which backquotes mark code. */
const prose = (text: string) =>
  text.split("`").map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`))

const page = (code: string, entry: Entry): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${entry.title}</title>
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        <main>
          <h1>${entry.title}</h1>
          <p><code>${entry.status} ${code}</code></p>
          <p>${prose(entry.meaning)}</p>
          <p>
            ${
              passes(code, entry)
                ? "The same request may succeed later: repeat it with the same key, and wait longer with every try."
                : "The same request will be answered the same way."
            }
          </p>
          <p>${prose("Its `detail` says what happened this time. Name its `request_id` when you ask for help.")}</p>
          <p><a href="../docs">API reference</a></p>
        </main>
      </body>
    </html>`.text

export const layer = HttpRouter.add(
  "GET",
  path,
  Effect.fnUntraced(
    function* () {
      const { code = "" } = yield* HttpRouter.params
      const catalog: Readonly<Record<string, Entry>> = Problems.catalog
      const entry = Object.hasOwn(Problems.catalog, code) ? catalog[code] : undefined
      if (entry === undefined) return yield* new Errors.NotFound({ message: "No such problem" })
      return HttpServerResponse.html(page(code, entry))
    },
    Effect.catchTag("NotFound", respond)
  )
)
