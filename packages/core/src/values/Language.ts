/** The languages that payers and beneficiaries are spoken to in. */

export const languages = ["pt-BR", "en"] as const
export type Language = (typeof languages)[number]

/** The language of a country (ISO 3166-1 alpha-2). */
export const ofCountry = (country: string): Language => (country === "BR" ? "pt-BR" : "en")
