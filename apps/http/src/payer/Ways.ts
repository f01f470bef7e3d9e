/** How an open invoice can be paid: one block for each way, with all that the payer needs. */
import { Formats, type Html, html } from "@salesos/app-wiring"
import { Boleto, type Language, type Observation, type PayerPage, type PayerSide } from "@salesos/core"
import { Effect } from "effect"
import { barcodeBlock, qrCodeBlock } from "./Drawings.ts"
import { type Texts, texts } from "./Texts.ts"

/** What a block is rendered for. */
interface Reader {
  readonly language: Language.Language
  readonly view: PayerPage.View
  readonly words: Texts
}

type Of<T extends Observation.Artifact["type"]> = Extract<Observation.Artifact, { readonly type: T }>

/** A text to be taken along. The button needs the script, and is not there without it. */
const copyable = (words: Texts, id: string, label: string, shown: string, value: string): Html =>
  html`<div class="copy">
    <label for="${id}" id="${id}-label">${label}</label>
    <textarea id="${id}" readonly rows="${shown.length > 60 ? 5 : 2}" spellcheck="false">${shown}</textarea>
    <button type="button" hidden data-copy="${value}" data-copied="${words.copied}" aria-describedby="${id}-label">
      ${words.copy}
    </button>
  </div>`

const until = ({ language, view, words }: Reader, { expiresAt }: PayerSide.Way): Html | null =>
  expiresAt === null
    ? null
    : html`<p class="until">${words.until} <strong>${Formats.time(language, view.timeZone, expiresAt)}</strong></p>`

const pix = (reader: Reader, way: PayerSide.Way, { copyPaste }: Of<"pix">) =>
  Effect.gen(function* () {
    const { words } = reader
    return html`<h2>${words.pix.title}</h2>
      ${yield* qrCodeBlock(words.pix.qrCode, copyPaste)}
      <ol>
        ${words.pix.steps.map((step) => html`<li>${step}</li>`)}
      </ol>
      ${copyable(words, "pix-code", words.pix.code, copyPaste, copyPaste)} ${until(reader, way)}`
  })

const boleto = ({ language, words }: Reader, { barcode, digitableLine, dueDate, pdfUrl }: Of<"boleto">) =>
  Effect.gen(function* () {
    const { title, line, barcode: label, due, pdf, delay } = words.boleto
    return html`<h2>${title}</h2>
      <p>${due}: <strong>${Formats.day(language, dueDate)}</strong></p>
      ${copyable(words, "boleto-line", line, Boleto.format(digitableLine), digitableLine)}
      ${yield* barcodeBlock(label, barcode)}
      ${link(pdfUrl, (url) => html`<p><a href="${url}" rel="noopener noreferrer">${pdf}</a></p>`)}
      <p class="note">${delay}</p>`
  })

/** Only what a browser opens as a page: a provider's or a client's address may be of any scheme. */
export const link = (url: string | null, of: (url: string) => Html): Html | null =>
  url !== null && /^https?:\/\//i.test(url) ? of(url) : null

const card = ({ words }: Reader, { checkoutUrl }: Of<"card">): Html =>
  html`<h2>${words.card.title}</h2>
    ${
      link(
        checkoutUrl,
        (url) =>
          html`<p><a class="button" href="${url}" rel="noopener noreferrer">${words.card.pay}</a></p>
            <p class="note">${words.card.text}</p>`
      ) ?? html`<p>${words.charged}</p>`
    }`

const transfer = ({ language, view, words }: Reader, artifact: Of<"bank_transfer">): Html => {
  const { account, agency, bank, beneficiary, document, exact, title, type } = words.transfer
  const rows = [
    [bank, `${artifact.bankCode} · ${artifact.bankName}`],
    [agency, artifact.agency],
    [account, `${artifact.account} (${type[artifact.accountType]})`],
    [beneficiary, artifact.beneficiary],
    [document, artifact.document]
  ] as const
  return html`<h2>${title}</h2>
    <p>${exact} <strong>${Formats.money(language, view.exchange?.payer ?? view.amount)}</strong></p>
    ${list(rows)}`
}

/** Names and what they are. */
export const list = (rows: ReadonlyArray<readonly [name: string, value: string]>): Html =>
  html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd dir="auto">${value}</dd>
        </div>`
    )}
  </dl>`

const block = (reader: Reader, way: PayerSide.Way): Effect.Effect<Html> => {
  switch (way.artifact.type) {
    case "pix":
      return pix(reader, way, way.artifact)
    case "boleto":
      return boleto(reader, way.artifact)
    case "card":
      return Effect.succeed(html`${card(reader, way.artifact)} ${until(reader, way)}`)
    case "bank_transfer":
      return Effect.succeed(html`${transfer(reader, way.artifact)} ${until(reader, way)}`)
  }
}

/** The blocks of a view, each a section of the page. */
export const blocks = (language: Language.Language, view: PayerPage.View): Effect.Effect<ReadonlyArray<Html>> =>
  Effect.forEach(view.ways, (way) =>
    Effect.map(
      block({ language, view, words: texts[language] }, way),
      (content) => html`<section class="card way">${content}</section>`
    )
  )
