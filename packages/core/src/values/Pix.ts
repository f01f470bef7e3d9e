/**
 * PIX artifacts: the copy-paste string (BR Code), end-to-end ids and return ids.
 *
 * A BR Code is read and written by the central bank's "Manual do BR Code" and "Manual de Padrões para Iniciação do Pix"
 * (IN BCB 553/2024): fields of a two-digit id, a two-digit length in characters and a value, closed by the CRC-16 of
 * all before it. One wrong ASCII character is always caught (the letters of the CRC may be of either case).
 *
 * The ids have no check digits: a wrong digit of a day, or a wrong letter of a sequence, makes another id.
 */
import { DateTime, Result, Schema } from "effect"
import "./Annotations.ts"
import { CalendarDate } from "./BusinessCalendar.ts"
import { Currency } from "./Currency.ts"
import * as Money from "./Money.ts"
import type { PixKey } from "./PixKey.ts"

/** The rule that a BR Code breaks. */
export const Rule = Schema.Literals([
  "structure",
  "crc",
  "version",
  "point_of_initiation",
  "category",
  "currency",
  "country",
  "merchant_name",
  "merchant_city",
  "account",
  "key_or_url",
  "url",
  "withdrawal",
  "amount",
  "txid"
])
export type Rule = typeof Rule.Type

export class InvalidBrCode extends Schema.TaggedError<InvalidBrCode>()("InvalidBrCode", {
  rule: Rule,
  message: Schema.String
}) {}

const refuse = (rule: Rule, message: string) => Result.fail(new InvalidBrCode({ rule, message }))

/** The bytes of a character beyond ASCII in UTF-8: providers write accents although the manual asks for ASCII. */
const utf8 = (code: number): ReadonlyArray<number> => {
  const tail = (shift: number) => 0x80 | ((code >> shift) & 0x3f)
  if (code < 0x800) return [0xc0 | (code >> 6), tail(0)]
  if (code < 0x10000) return [0xe0 | (code >> 12), tail(6), tail(0)]
  return [0xf0 | (code >> 18), tail(12), tail(6), tail(0)]
}

/** What each byte does to the CRC. */
const crcOfByte = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021
  return crc
})

const crcWith = (crc: number, byte: number): number => ((crc << 8) & 0xffff) ^ (crcOfByte[(crc >> 8) ^ byte] ?? 0)

/** CRC-16/CCITT-FALSE (polynomial 0x1021, from 0xFFFF) as four hexadecimal digits: 29B1 for "123456789". */
export const crc16 = (text: string): string => {
  let crc = 0xffff
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    crc = code < 0x80 ? crcWith(crc, code) : utf8(code).reduce(crcWith, crc)
  }
  return crc.toString(16).toUpperCase().padStart(4, "0")
}

type Fields = ReadonlyMap<string, string>

/** The number that two digits write, NaN where they are none. */
const twoDigits = (text: string, at: number): number => {
  const [tens, ones] = [text.charCodeAt(at) - 48, text.charCodeAt(at + 1) - 48]
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

/** The fields of a text in their order; null if a length is wrong or an id comes twice, which readers would read apart. */
const fieldsOf = (text: string): Fields | null => {
  const fields = new Map<string, string>()
  for (let at = 0; at < text.length;) {
    const id = text.slice(at, at + 2)
    const start = at + 4
    at = start + twoDigits(text, at + 2)
    if (Number.isNaN(twoDigits(id, 0)) || !(at <= text.length) || fields.has(id)) return null
    fields.set(id, text.slice(start, at))
  }
  return fields
}

const field = (id: string, value: string): string => `${id}${value.length.toString().padStart(2, "0")}${value}`

const arrangement = "br.gov.bcb.pix"

/** The templates of PIX among the ids from `first` to `last`. */
const templatesOf = (fields: Fields, first: string, last: string): ReadonlyArray<Fields> => {
  const found: Array<Fields> = []
  for (const [id, value] of fields) {
    if (id < first || id > last) continue
    const inner = fieldsOf(value)
    if (inner?.get("00")?.toLowerCase() === arrangement) found.push(inner)
  }
  return found
}

/** A host and a path, without scheme, port and query. */
const location =
  /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?:\/(?:%[0-9a-f]{2}|[\w.~!$&'()*+,;=:@-])*)*$/i

const brl = Currency.make("BRL")

interface Common {
  readonly merchantName: string
  readonly merchantCity: string
  readonly postalCode: string | null
  /** Whether the code says that it can be paid once only (field 01 is 12). */
  readonly singleUse: boolean
  /** Free text for the payer. */
  readonly description: string | null
  /** Where the recurrence that the code also offers is described (Pix Automático). */
  readonly recurrenceUrl: string | null
}

/** A code that leads to a key. The key is as written: what type it has is not said. */
export interface StaticBrCode extends Common {
  readonly kind: "static"
  readonly key: string
  /** Null where the payer types it. Zero in a withdrawal (Pix Saque) only. */
  readonly amount: Money.Exact | null
  readonly txid: string | null
  /** ISPB of the facilitator, in a withdrawal (Pix Saque). */
  readonly withdrawalFacilitator: string | null
}

/** A code that leads to a charge at its receiver's bank, which alone knows the amount and the txid. */
export interface DynamicBrCode extends Common {
  readonly kind: "dynamic"
  /** Without the scheme, which is https. */
  readonly url: string
  /** The manual tells payers to ignore what a dynamic code writes here. */
  readonly amount: null
  readonly txid: null
}

export type BrCodeParts = StaticBrCode | DynamicBrCode

const amountOf = (text: string | undefined, mayBeZero: boolean): Result.Result<Money.Exact | null, InvalidBrCode> => {
  if (text === undefined) return Result.succeed(null)
  const wrong = () => refuse("amount", "Expected a positive amount with a dot and at most two decimals in field 54")
  if (text.length > 13 || !/^\d+(\.\d{1,2})?$/.test(text)) return wrong()
  return Result.match(Money.fromDecimal(text, brl), {
    onFailure: wrong,
    onSuccess: (money) => (money.amount > 0 || mayBeZero ? Result.succeed(money) : wrong())
  })
}

/**
 * Reads a BR Code that can be paid. Names and texts longer than the manual allows are read all the same, as banks do;
 * a code that only offers a recurrence (Pix Automático) is refused: there is nothing to pay.
 */
export const parse = (text: string): Result.Result<BrCodeParts, InvalidBrCode> => {
  const fields = text.isWellFormed() ? fieldsOf(text) : null
  const ids = [...(fields?.keys() ?? [])]
  if (fields === null || ids.at(0) !== "00" || ids.at(-1) !== "63" || text.slice(-8, -4) !== "6304") {
    return refuse("structure", "Expected fields of id, length and value, first 00, last 63, each once")
  }
  if (crc16(text.slice(0, -4)) !== text.slice(-4).toUpperCase()) {
    return refuse("crc", "The CRC in field 63 does not match")
  }
  const initiation = fields.get("01")
  const merchantName = fields.get("59") ?? ""
  const merchantCity = fields.get("60") ?? ""
  if (fields.get("00") !== "01") return refuse("version", "Expected 01 in field 00")
  if (initiation !== undefined && initiation !== "11" && initiation !== "12") {
    return refuse("point_of_initiation", "Expected 11 or 12 in field 01")
  }
  if (!fields.has("52")) return refuse("category", "Expected a merchant category in field 52")
  if (fields.get("53") !== "986") return refuse("currency", "Expected 986 (BRL) in field 53")
  if (fields.get("58")?.toUpperCase() !== "BR") return refuse("country", "Expected BR in field 58")
  if (merchantName === "") return refuse("merchant_name", "Expected the receiver's name in field 59")
  if (merchantCity === "") return refuse("merchant_city", "Expected the receiver's city in field 60")

  const [account, second] = templatesOf(fields, "26", "51")
  if (account === undefined || second !== undefined) {
    return refuse("account", `Expected ${arrangement} in one of the fields 26 to 51`)
  }
  const key = account.get("01")
  const url = account.get("25")
  const withdrawalFacilitator = account.get("03") ?? null
  if (withdrawalFacilitator !== null && (url !== undefined || !/^[0-9A-Z]{8}$/.test(withdrawalFacilitator))) {
    return refuse("withdrawal", "Expected an ISPB in field 26-03, beside a key")
  }
  const amount = amountOf(fields.get("54"), url !== undefined || withdrawalFacilitator !== null)
  if (Result.isFailure(amount)) return Result.fail(amount.failure)
  const additional = fieldsOf(fields.get("62") ?? "")
  if (additional === null) return refuse("txid", "Expected fields of id, length and value in field 62")
  const txid = additional.get("05") ?? "***"

  const common: Common = {
    merchantName,
    merchantCity,
    postalCode: fields.get("61") ?? null,
    singleUse: initiation === "12",
    description: account.get("02") ?? null,
    recurrenceUrl: templatesOf(fields, "80", "99")[0]?.get("25") ?? null
  }
  if (url !== undefined && key === undefined) {
    if (!location.test(url)) return refuse("url", "Expected a host and a path in field 26-25")
    return Result.succeed({ ...common, kind: "dynamic", url, amount: null, txid: null })
  }
  if (url !== undefined || key === undefined || key === "") {
    return refuse("key_or_url", "Expected either a key or a URL in field 26")
  }
  return Result.succeed({
    ...common,
    kind: "static",
    key,
    amount: amount.success,
    txid: txid === "***" ? null : txid,
    withdrawalFacilitator
  })
}

/**
 * A BR Code that a payer's bank will read and that asks for a payment: its fields, and its CRC, are right.
 * What a provider sends is checked with this before a payer sees it.
 */
export const BrCode = Schema.String.check(
  Schema.makeFilter((text: string) => Result.isSuccess(parse(text)), {
    message: "Expected a PIX copy-paste string with a valid CRC",
    code: "invalid_br_code"
  })
).pipe(Schema.brand("BrCode"))
export type BrCode = typeof BrCode.Type

/** Printable ASCII without accents, at most `max` characters, as the manual wants names and texts. */
const fold = (text: string, max: number): string =>
  text
    .normalize("NFD")
    .replaceAll(/\s/g, " ")
    .replaceAll(/[^\u0020-\u007e]/g, "")
    .replaceAll(/ {2,}/g, " ")
    .trim()
    .slice(0, max)
    .trim()

export interface Receiver {
  readonly merchantName: string
  readonly merchantCity: string
  readonly description?: string | null | undefined
}

/** What a code is made of: a key, and the amount and txid if the receiver sets them; or the URL of a charge. */
export type NewBrCode =
  | (Receiver & {
      readonly key: PixKey
      /** In centavos, at most R$ 9,999,999,999.99. */
      readonly amount?: Money.Amount | null | undefined
      /** 1 to 25 letters and digits. */
      readonly txid?: string | null | undefined
    })
  | (Receiver & {
      /** At most 77 characters, without `https://`. */
      readonly url: string
    })

const account = (id: string, value: string, description: string): string => {
  const fixed = field("00", arrangement) + field(id, value)
  const text = fold(description, Math.max(0, 99 - fixed.length - 4))
  return field("26", text === "" ? fixed : fixed + field("02", text))
}

/**
 * Writes a BR Code. Names and texts lose their accents and what is not ASCII, and are shortened to what fits: 25
 * characters of the name, 15 of the city, what the key leaves for the description. Nothing else is ever changed: a URL,
 * a txid or an amount that does not fit is refused.
 */
export const build = (parts: NewBrCode): Result.Result<BrCode, InvalidBrCode> =>
  Result.gen(function* () {
    const name = fold(parts.merchantName, 25)
    const city = fold(parts.merchantCity, 15)
    if (name === "") return yield* refuse("merchant_name", "Expected a name with at least one ASCII character")
    if (city === "") return yield* refuse("merchant_city", "Expected a city with at least one ASCII character")
    const description = parts.description ?? ""

    let head: string
    let amount = ""
    let txid = "***"
    if ("url" in parts) {
      if (parts.url.length > 77 || !location.test(parts.url)) {
        return yield* refuse("url", "Expected a host and a path of at most 77 characters, without https://")
      }
      head = field("01", "12") + account("25", parts.url, description)
    } else {
      head = account("01", parts.key.key, description)
      txid = parts.txid ?? txid
      if (txid !== "***" && !/^[A-Za-z0-9]{1,25}$/.test(txid)) {
        return yield* refuse("txid", "Expected a txid of 1 to 25 letters and digits")
      }
      if (parts.amount !== undefined && parts.amount !== null) {
        const decimal = Money.toDecimal({ amount: parts.amount, currency: brl })
        if (decimal.length > 13) return yield* refuse("amount", "Expected an amount of at most R$ 9,999,999,999.99")
        amount = field("54", decimal)
      }
    }
    const text =
      field("00", "01") +
      head +
      field("52", "0000") +
      field("53", "986") +
      amount +
      field("58", "BR") +
      field("59", name) +
      field("60", city) +
      field("62", field("05", txid)) +
      "6304"
    return BrCode.make(text + crc16(text))
  })

/**
 * The id of one PIX payment as a provider gave it, never changed: an id of another shape than
 * {@link SpiEndToEndId} is not a reason to refuse money.
 */
export const EndToEndId = Schema.String.pipe(Schema.brand("EndToEndId"))
export type EndToEndId = typeof EndToEndId.Type

/** The rule that the id of a payment or a return breaks. */
export const IdRule = Schema.Literals(["length", "kind", "ispb", "minute", "sequence"])
export type IdRule = typeof IdRule.Type

export class InvalidPixId extends Schema.TaggedError<InvalidPixId>()("InvalidPixId", {
  rule: IdRule,
  message: Schema.String
}) {}

/** What an id says of itself. */
export interface PixIdParts {
  readonly kind: "payment" | "return"
  /** The institution that made the id: 8 digits or capitals (API Pix 2.9.0). */
  readonly ispb: string
  /** When it was made, to the minute. The payment itself may lie up to 12 hours apart. */
  readonly minute: DateTime.Utc
  /** The institution's own 11 letters and digits. */
  readonly sequence: string
}

const wrongId = (rule: IdRule, message: string) => Result.fail(new InvalidPixId({ rule, message }))

const isDate = Schema.is(CalendarDate)

/** The minute that `yyyyMMddHHmm` says, or null. */
const minuteOf = (text: string): DateTime.Utc | null => {
  const [, year, month, day, hour, minute] = /^(\d{4})(\d{2})(\d{2})([01]\d|2[0-3])([0-5]\d)$/.exec(text) ?? []
  const date = `${year}-${month}-${day}`
  return isDate(date) ? DateTime.makeUnsafe(`${date}T${hour}:${minute}:00.000Z`) : null
}

/**
 * Reads the id of a payment (`E…`) or of a return (`D…`): 32 characters, case-sensitive, with the ISPB of the
 * institution and the minute in UTC (API Pix 2.9.0, `EndToEndId` and `RtrId`; SPI message catalogue).
 */
export const parseId = (text: string): Result.Result<PixIdParts, InvalidPixId> => {
  if (text.length !== 32) return wrongId("length", `Expected 32 characters, not ${text.length}`)
  const [letter, ispb, sequence] = [text.charAt(0), text.slice(1, 9), text.slice(21)]
  if (letter !== "E" && letter !== "D") return wrongId("kind", "Expected E (a payment) or D (a return) first")
  if (!/^[0-9A-Z]+$/.test(ispb)) return wrongId("ispb", "Expected digits or capitals in the ISPB")
  const minute = minuteOf(text.slice(9, 21))
  if (minute === null) return wrongId("minute", "Expected a minute of the years 1900 to 9999 as yyyyMMddHHmm")
  if (!/^[a-zA-Z0-9]+$/.test(sequence)) return wrongId("sequence", "Expected letters and digits at the end")
  return Result.succeed({ kind: letter === "E" ? "payment" : "return", ispb, minute, sequence })
}

const idOf = (letter: "E" | "D", message: string, code: string) =>
  Schema.String.check(
    Schema.makeFilter((text: string) => text.startsWith(letter) && Result.isSuccess(parseId(text)), { message, code })
  )

/** The id of one PIX payment in the SPI's form: `E12345678202009091221kkkkkkkkkkk`. */
export const SpiEndToEndId = idOf(
  "E",
  "Expected a PIX end-to-end id: E and 31 more characters",
  "invalid_end_to_end_id"
).pipe(Schema.brand("SpiEndToEndId"))
export type SpiEndToEndId = typeof SpiEndToEndId.Type

/** The id of one PIX return (`rtrId`) in the SPI's form: `D12345678202009091000abcde123456`. */
export const ReturnId = idOf("D", "Expected a PIX return id: D and 31 more characters", "invalid_return_id").pipe(
  Schema.brand("ReturnId")
)
export type ReturnId = typeof ReturnId.Type

type NewId = Omit<PixIdParts, "kind">

const writeId = (letter: "E" | "D", { ispb, minute, sequence }: NewId): Result.Result<string, InvalidPixId> => {
  if (ispb.length !== 8) return wrongId("ispb", "Expected the 8 characters of an ISPB")
  if (sequence.length !== 11) return wrongId("sequence", "Expected 11 letters and digits")
  // A year beyond 9999 has a sign, and is refused for it.
  const text = `${letter}${ispb}${DateTime.formatIso(minute).replaceAll(/[-T:]/g, "").slice(0, 12)}${sequence}`
  return Result.map(parseId(text), () => text)
}

/** Writes the id of a payment, the opposite of {@link parseId}. Names the minute that `minute` lies in. */
export const buildEndToEndId = (parts: NewId): Result.Result<SpiEndToEndId, InvalidPixId> =>
  Result.map(writeId("E", parts), (text) => SpiEndToEndId.make(text))

/** Writes the id of a return, likewise. */
export const buildReturnId = (parts: NewId): Result.Result<ReturnId, InvalidPixId> =>
  Result.map(writeId("D", parts), (text) => ReturnId.make(text))
