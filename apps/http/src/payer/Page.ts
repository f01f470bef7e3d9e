/** The payer's page as HTML. */
import { Formats, type Html, html, trusted } from "@salesos/app-wiring"
import type { Language, PayerPage, PayerSide } from "@salesos/core"
import { DateTime, Effect } from "effect"
import { script } from "./Script.ts"
import { style } from "./Style.ts"
import { texts } from "./Texts.ts"
import { blocks, link, list } from "./Ways.ts"

/** How many seconds later to look again. A payment may come for a canceled or failed invoice too; paid is paid. */
const waits: Readonly<Record<PayerSide.Phase, number | null>> = {
  preparing: 2,
  open: 3,
  lapsed: 5,
  paid: null,
  canceled: 30,
  expired: 30,
  failed: 30
}

/** What a page shows by, whatever is on it. */
interface Frame {
  readonly language: Language.Language
  /** Allows this page's own style and script, and no other. */
  readonly nonce: string
}

const frame = (
  { language, nonce }: Frame,
  page: { readonly title: string; readonly version: string; readonly wait: number | null; readonly content: Html }
): string => {
  const { other } = texts[language]
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="format-detection" content="telephone=no" />
        <title>${page.title}</title>
        <link rel="icon" href="data:," />
        ${
          page.wait === null
            ? null
            : html`<noscript><meta http-equiv="refresh" content="${Math.max(page.wait, 10)}" /></noscript>`
        }
        <style nonce="${nonce}">
          ${trusted(style)}
        </style>
      </head>
      <body data-version="${page.version}" data-wait="${page.wait}">
        <main>
          ${page.content}
          <p class="back language"><a href="?lang=${other.language}" lang="${other.language}">${other.name}</a></p>
          <p id="said" class="unseen" role="status"></p>
        </main>
        <script nonce="${nonce}">
          ${trusted(script)}
        </script>
      </body>
    </html>`.text
}

const person = ({ document, name }: PayerSide.Person): string =>
  [name, document].filter((text) => text !== null).join(" · ")

const exchange = (language: Language.Language, view: PayerPage.View): Html | null => {
  if (view.exchange === null) return null
  const { payer, payerFee, rate } = view.exchange
  const words = texts[language].exchange
  const fee =
    payerFee === 0
      ? []
      : [[words.fee, Formats.money(language, { amount: payerFee, currency: payer.currency })] as const]
  return html`<section class="card">
    <h2>${words.title}</h2>
    ${list([
      [words.invoiced, Formats.money(language, view.amount)],
      [words.rate, `${view.amount.currency} 1 = ${payer.currency} ${Formats.decimal(language, rate)}`],
      ...fee,
      [words.total, Formats.money(language, payer)]
    ])}
  </section>`
}

const receipt = (language: Language.Language, view: PayerPage.View): Html | null => {
  if (view.receipt === null) return null
  const { amountPaid, amountReversed, endToEndId, paidAt, payer } = view.receipt
  const words = texts[language].receipt
  const { currency } = view.amount
  const rows: ReadonlyArray<readonly [string, string | null]> = [
    [words.paid, Formats.money(language, { amount: amountPaid, currency })],
    [words.reversed, amountReversed === 0 ? null : Formats.money(language, { amount: amountReversed, currency })],
    [words.at, paidAt === null ? null : Formats.time(language, view.timeZone, paidAt)],
    [words.payer, payer === null ? null : person(payer)],
    [words.endToEndId, endToEndId]
  ]
  return html`<section class="card">
    ${list(rows.flatMap(([name, value]) => (value === null || value === "" ? [] : [[name, value] as const])))}
  </section>`
}

/** The page of an invoice. */
export const page = Effect.fnUntraced(function* (reader: Frame, view: PayerPage.View) {
  const { language } = reader
  const words = texts[language]
  const phase = words.phases[view.phase]
  const amount = Formats.money(language, view.exchange?.payer ?? view.amount)
  const over = view.phase === "paid" || view.phase === "canceled" || view.phase === "expired" || view.phase === "failed"
  return frame(reader, {
    title: `${phase.title} · ${amount} · ${view.payee}`,
    version: version(view),
    wait: waits[view.phase],
    content: html`<header>
        <p>
          <small>${words.payee}</small>
          <strong dir="auto">${view.payee}</strong>
        </p>
      </header>
      ${view.sandbox ? html`<p class="sandbox">${words.sandbox}</p>` : null}
      <section class="card">
        <h1>${amount}</h1>
        <p class="description" dir="auto">${view.description}</p>
        <div class="phase ${view.phase}" role="status">
          <strong>${phase.title}</strong>
          <p>${phase.text}</p>
        </div>
        ${list([
          [words.number, view.ourNumber],
          [words.customer, person(view.customer)]
        ])}
      </section>
      ${receipt(language, view)} ${yield* blocks(language, view)} ${exchange(language, view)}
      ${
        over
          ? link(
              view.returnUrl,
              (url) =>
                html`<p class="back"><a class="button" href="${url}" rel="noopener noreferrer">${words.back}</a></p>`
            )
          : null
      }`
  })
})

/** Another one whenever the page would be another: an invoice's change, or a way to pay that has run out. */
export const version = ({ phase, updatedAt, ways }: PayerSide.PayerSide): string =>
  `${DateTime.formatIso(updatedAt)} ${phase} ${ways.length}`

/** A page on a link that leads nowhere, or can't be followed now. */
export const notice = (reader: Frame, kind: "missing" | "unavailable"): string => {
  const { text, title } = texts[reader.language][kind]
  return frame(reader, {
    title,
    version: "",
    wait: null,
    content: html`<section class="card">
      <h1>${title}</h1>
      <p>${text}</p>
    </section>`
  })
}
