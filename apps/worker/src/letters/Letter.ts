/** A letter in words: its subject, and what it says, before it is laid out as text or as HTML. */
import { Formats, visible } from "@salesos/app-wiring"
import type { Language, Letter as Core, Mailer, PayerSide } from "@salesos/core"
import { texts } from "./Texts.ts"

export interface Letter {
  readonly language: Language.Language
  readonly subject: string
  readonly sender: string
  readonly title: string
  readonly text: string
  /** What stands out: an amount. */
  readonly amount: string | null
  readonly rows: ReadonlyArray<readonly [name: string, value: string]>
  readonly link: { readonly name: string; readonly url: string } | null
  /** Says that it is a test, where it is one. */
  readonly sandbox: string | null
  readonly footer: string
}

/** Text of one line and at most so many characters (UTF-16 code units), cut between characters that a person sees. */
export const oneLine = (text: string, most: number): string => {
  const line = visible(text).replaceAll(/\s+/g, " ").trim()
  if (line.length <= most) return line
  let kept = ""
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    if (kept.length + segment.length >= most) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

/** A subject is seen whole, and is one line of a header (RFC 5322, 2.1.1). */
const subjectLength = 78

const person = ({ document, name }: PayerSide.Person): string => [name, document].filter(Boolean).join(" · ")

/** The number of what it is about, the amount that stands out, and the rows by their names. */
const facts = ({ content, language, timeZone }: Mailer.Outgoing) => {
  const words = texts[language]
  const time = (at: Parameters<typeof Formats.time>[2] | null) =>
    at === null ? null : Formats.time(language, timeZone, at)
  if (content.kind === "payout_receipt") {
    const amount = content.amount && Formats.money(language, content.amount)
    return {
      number: content.ourNumber,
      amount,
      rows: {
        [words.payout]: content.ourNumber,
        [words.received]: amount,
        [words.at]: time(content.paidAt),
        [words.beneficiary]: person(content.beneficiary),
        [words.endToEndId]: content.endToEndId
      }
    }
  }
  const { invoice } = content
  const about = { [words.number]: invoice.ourNumber, [words.description]: invoice.description }
  const customer = { [words.customer]: person(invoice.customer) }
  if (content.kind === "tax_document") {
    return {
      number: content.number ?? invoice.ourNumber,
      amount: Formats.money(language, invoice.amount),
      rows: {
        [words.document]: content.number,
        [words.issuedAt]: time(content.issuedAt),
        ...about,
        ...customer
      }
    }
  }
  const { exchange, receipt } = invoice
  const money = (amount: number) => Formats.money(language, { amount, currency: invoice.amount.currency })
  const amount = receipt && money(receipt.amountPaid)
  return {
    number: invoice.ourNumber,
    amount,
    rows: {
      ...about,
      [words.paid]: amount,
      [words.total]: exchange && Formats.money(language, exchange.payer),
      [words.reversed]: receipt && receipt.amountReversed > 0 ? money(receipt.amountReversed) : null,
      [words.at]: time(receipt?.paidAt ?? null),
      ...customer,
      [words.endToEndId]: receipt?.endToEndId ?? null
    }
  }
}

const linkOf = (content: Core.Content): string | null => (content.kind === "payout_receipt" ? null : content.link)

/** Puts a letter into words. */
export const write = (outgoing: Mailer.Outgoing): Letter => {
  const { content, environment, language, sender } = outgoing
  const words = texts[language]
  const { text, title } = words.kinds[content.kind]
  const { amount, number, rows } = facts(outgoing)
  const url = linkOf(content)
  const test = environment === "sandbox" ? `[${words.test}] ` : ""
  return {
    language,
    subject: oneLine(`${test}${title} ${number} · ${sender}`, subjectLength),
    sender: visible(sender),
    title,
    text,
    amount,
    rows: Object.entries(rows).flatMap(([name, value]) => (value === null || value === "" ? [] : [[name, value]])),
    link: url === null ? null : { name: words.page, url },
    sandbox: environment === "sandbox" ? words.sandbox : null,
    footer: words.footer
  }
}
