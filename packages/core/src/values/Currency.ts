/**
 * Currencies by ISO 4217 code, with the number of digits after the decimal point of each ("minor unit exponent").
 */
import { Schema } from "effect"

/** The codes of ISO 4217 in circulation, by exponent. Funds codes, metals and test codes are left out. */
const codesByExponent = {
  0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
  2:
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP " +
    "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES " +
    "KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK " +
    "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB " +
    "TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
  3: "BHD IQD JOD KWD LYD OMR TND"
} as const

const exponents: ReadonlyMap<string, number> = new Map(
  Object.entries(codesByExponent).flatMap(([exponent, codes]) =>
    codes.split(" ").map((code) => [code, Number(exponent)])
  )
)

/** An ISO 4217 alphabetic code in circulation, in capitals: `BRL`. */
export const Currency = Schema.String.check(
  Schema.makeFilter((code: string) => exponents.has(code), {
    message: "Expected an ISO 4217 currency code in capitals, such as BRL",
    code: "unknown_currency"
  })
).pipe(Schema.brand("Currency"))
export type Currency = typeof Currency.Type

/** How many digits of a minor-unit amount are after the decimal point: 2 for BRL, 0 for JPY, 3 for KWD. */
export const exponent = (currency: Currency): number => exponents.get(currency) ?? 2
