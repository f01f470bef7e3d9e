/** The languages of the payer's page, and which one a payer reads. */

export const languages = ["pt-BR", "en"] as const
export type Language = (typeof languages)[number]

const of = (tag: string): Language | undefined =>
  languages.find((language) => tag.trim().toLowerCase().split("-")[0] === language.slice(0, 2))

/** The languages of an `Accept-Language` header that we have, the most wanted first (RFC 9110, 12.5.4). */
const accepted = (header: string): ReadonlyArray<Language> =>
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
export const choose = (asked: string | null, header: string | undefined): Language =>
  of(asked ?? "") ?? accepted(header ?? "")[0] ?? "pt-BR"
