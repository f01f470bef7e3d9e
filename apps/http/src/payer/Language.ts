/** The language that a payer reads the page in. */
import { Language } from "@salesos/core"

const of = (tag: string): Language.Language | undefined =>
  Language.languages.find((language) => tag.trim().toLowerCase().split("-")[0] === language.slice(0, 2))

/** The languages of an `Accept-Language` header that we have, the most wanted first (RFC 9110, 12.5.4). */
const accepted = (header: string): ReadonlyArray<Language.Language> =>
  header
    .split(",")
    .map((item) => {
      const [tag = "", ...parameters] = item.split(";")
      const quality = parameters.map((each) => /^\s*q=([01](\.\d{0,3})?)\s*$/i.exec(each)?.[1]).find(Boolean) ?? "1"
      return { language: of(tag), quality: Number(quality) }
    })
    .toSorted((a, b) => b.quality - a.quality)
    .flatMap(({ language, quality }) => (language === undefined || quality === 0 ? [] : [language]))

/** `?lang=` counts before the browser's own languages; Portuguese where neither says one that we have. */
export const choose = (asked: string | null, header: string | undefined): Language.Language =>
  of(asked ?? "") ?? accepted(header ?? "")[0] ?? "pt-BR"
