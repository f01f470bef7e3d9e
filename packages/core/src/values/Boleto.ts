/**
 * Bank boletos: the barcode's 44 digits and the digitable line's 47, which say the same in another order.
 *
 * By the central bank's Carta-Circular 2.926/2000 (layout, check digits, due-date factor) and FEBRABAN's "Manual
 * Operacional do Fator de Vencimento" (the factor's second cycle, from 2025-02-22).
 *
 * What the check digits promise: one wrong digit in the line's first three fields, or in any check digit, is always
 * caught. One in the factor or the amount, or anywhere in a barcode, is caught unless the general check digit is 1,
 * which stands for three remainders.
 */
import { Result, Schema } from "effect"
import "./Annotations.ts"
import { CalendarDate, fromEpochDay, toEpochDay } from "./BusinessCalendar.ts"

/** The rule that a boleto breaks. */
export const Rule = Schema.Literals([
  "missing",
  "characters",
  "collection_slip",
  "length",
  "currency",
  "field_check_digit",
  "general_check_digit",
  "different",
  "bank",
  "due_date",
  "amount",
  "free_field"
])
export type Rule = typeof Rule.Type

export class InvalidBoleto extends Schema.TaggedError<InvalidBoleto>()("InvalidBoleto", {
  rule: Rule,
  message: Schema.String
}) {}

const refuse = (rule: Rule, message: string) => Result.fail(new InvalidBoleto({ rule, message }))

/** Weights 2, 1, 2, 1… from the right, the digits of the products summed; what is missing to the next ten. */
const mod10 = (digits: string): string => {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const product = Number(digits.charAt(digits.length - 1 - i)) * (i % 2 === 0 ? 2 : 1)
    sum += product > 9 ? product - 9 : product
  }
  return `${(10 - (sum % 10)) % 10}`
}

/** Weights 2 to 9 from the right, again and again; 11 less the remainder, or 1 where that is 10 or 11. */
const mod11 = (digits: string): string => {
  let sum = 0
  for (let i = 0; i < digits.length; i++) sum += Number(digits.charAt(digits.length - 1 - i)) * ((i % 8) + 2)
  const digit = 11 - (sum % 11)
  return digit > 9 ? "1" : `${digit}`
}

const lineOf = (barcode: string): string =>
  [barcode.slice(0, 4) + barcode.slice(19, 24), barcode.slice(24, 34), barcode.slice(34)]
    .map((field) => field + mod10(field))
    .join("") + barcode.slice(4, 19)

const barcodeOf = (line: string): string =>
  line.slice(0, 4) + line.slice(32) + line.slice(4, 9) + line.slice(10, 20) + line.slice(21, 31)

type Digits = Result.Result<string, InvalidBoleto>

/** The barcode itself, checked. */
const checkBarcode = (barcode: string): Digits => {
  if (!/^\d*$/.test(barcode)) return refuse("characters", "Expected digits")
  if (barcode.startsWith("8")) {
    return refuse("collection_slip", "Begins with 8: a collection slip (arrecadação), which is no bank boleto")
  }
  if (barcode.length !== 44)
    return refuse("length", "Expected the 44 digits of a barcode or the 47 of a digitable line")
  if (barcode.charAt(3) !== "9") return refuse("currency", "Expected 9 (real) as the fourth digit, the currency")
  if (mod11(barcode.slice(0, 4) + barcode.slice(5)) !== barcode.charAt(4)) {
    return refuse("general_check_digit", "The general check digit does not match")
  }
  return Result.succeed(barcode)
}

/** The barcode of a line, both checked. */
const checkLine = (line: string): Digits => {
  if (!/^\d*$/.test(line)) return refuse("characters", "Expected digits")
  const barcode = checkBarcode(barcodeOf(line)) // of 44 digits only if the line has 47
  const wrong = [line.slice(0, 10), line.slice(10, 21), line.slice(21, 32)].findIndex(
    (field) => mod10(field.slice(0, -1)) !== field.slice(-1)
  )
  // The field's own digit says more about where the error is than the general one.
  return wrong === -1 || (Result.isFailure(barcode) && barcode.failure.rule !== "general_check_digit")
    ? barcode
    : refuse("field_check_digit", `The check digit of field ${wrong + 1} does not match`)
}

/** A bank boleto's barcode: 44 digits, without punctuation, with the right currency and check digit. */
export const Barcode = Schema.String.check(
  Schema.makeFilter((text: string) => Result.isSuccess(checkBarcode(text)), {
    message: "Expected a bank boleto's barcode: 44 digits without punctuation, with a valid check digit",
    code: "invalid_barcode"
  })
).pipe(Schema.brand("Barcode"))
export type Barcode = typeof Barcode.Type

/** A bank boleto's digitable line: 47 digits, without punctuation, with the right currency and all check digits. */
export const DigitableLine = Schema.String.check(
  Schema.makeFilter((text: string) => Result.isSuccess(checkLine(text)), {
    message: "Expected a bank boleto's digitable line: 47 digits without punctuation, with valid check digits",
    code: "invalid_digitable_line"
  })
).pipe(Schema.brand("DigitableLine"))
export type DigitableLine = typeof DigitableLine.Type

export interface Boleto {
  readonly barcode: Barcode
  readonly line: DigitableLine
  /** The issuing bank's three digits (COMPE). */
  readonly bank: string
  /** 1000 to 9999, or 0 where the boleto says no due date. See {@link dueDate}. */
  readonly factor: number
  /** In centavos; 0 where the payer chooses it. */
  readonly amount: number
  /** The bank's own 25 digits. */
  readonly freeField: string
}

const fromBarcode = (digits: string): Boleto => {
  const barcode = Barcode.make(digits)
  // A due-date factor never begins with 0: all 14 digits are the amount then (one of R$ 100 million or more needs them).
  const hasFactor = digits.charAt(5) !== "0"
  return {
    barcode,
    line: DigitableLine.make(lineOf(barcode)),
    bank: digits.slice(0, 3),
    factor: hasFactor ? Number(digits.slice(5, 9)) : 0,
    amount: Number(digits.slice(hasFactor ? 9 : 5, 19)),
    freeField: digits.slice(19)
  }
}

/**
 * Reads 44 digits as a barcode, 47 as a digitable line. Dots, hyphens and spaces between digits are left out; any other
 * character is refused. Fails for a collection slip (48 digits, or 44, beginning with 8).
 */
export const parse = (text: string): Result.Result<Boleto, InvalidBoleto> => {
  const digits = text.replaceAll(/[ .-]/g, "")
  return Result.map(digits.length === 47 ? checkLine(digits) : checkBarcode(digits), fromBarcode)
}

/**
 * Reads a boleto from a provider's two fields. Each may hold a barcode or a line, or nothing: some providers swap them,
 * some send one only. Fails if one of them is invalid, or if they are of different boletos.
 */
export const fromFields = (fields: {
  readonly barcode?: string | null | undefined
  readonly digitableLine?: string | null | undefined
}): Result.Result<Boleto, InvalidBoleto> =>
  Result.gen(function* () {
    const given = [fields.barcode, fields.digitableLine].filter((each) => each !== null && each !== undefined)
    const [boleto, other] = yield* Result.all(given.map(parse))
    if (boleto === undefined) return yield* refuse("missing", "Neither a barcode nor a digitable line")
    if (other !== undefined && other.barcode !== boleto.barcode) {
      return yield* refuse("different", "The barcode and the digitable line are of different boletos")
    }
    return boleto
  })

/** The digitable line as people read it: `00190.00009 01149.718601 68524.522114 6 75860000102656`. */
export const format = (line: DigitableLine): string =>
  line.replace(/^(.{5})(.{5})(.{5})(.{6})(.{5})(.{6})(.)(.{14})$/, "$1.$2 $3.$4 $5.$6 $7 $8")

/** Factor 0's day. Factors are in use from 1000, of 2000-07-03, to 9999, and begin again at 1000 every 9000 days. */
const base = toEpochDay(CalendarDate.make("1997-10-07"))
const firstFactor = 1000
const cycle = 9000

/** The factor of a due date: 9999 for 2025-02-21, 1000 for the day after. Fails before 2000-07-03. */
export const factorOf = (date: CalendarDate): Result.Result<number, InvalidBoleto> => {
  const days = toEpochDay(date) - base
  return days < firstFactor
    ? refuse("due_date", `No due-date factor for ${date}: the first is of 2000-07-03`)
    : Result.succeed(firstFactor + ((days - firstFactor) % cycle))
}

/** FEBRABAN's safety range: a factor's due date lies from 3000 days before to 5500 days after the day it is read. */
const range = { before: 3000, after: 5500 }

/**
 * The due date, or null where the boleto says none. The same factor comes back after 9000 days, so it is read as the
 * date within FEBRABAN's range around `reference`, the day of reading; it fails where the range holds none.
 */
export const dueDate = (boleto: Boleto, reference: CalendarDate): Result.Result<CalendarDate | null, InvalidBoleto> => {
  if (boleto.factor === 0) return Result.succeed(null)
  const day = toEpochDay(reference)
  const first = base + boleto.factor
  const due = first + cycle * Math.max(0, Math.ceil((day - range.before - first) / cycle))
  return due > day + range.after
    ? refuse("due_date", `Factor ${boleto.factor} is of no date near ${reference}`)
    : Result.mapError(fromEpochDay(due), ({ message }) => new InvalidBoleto({ rule: "due_date", message }))
}

/** Whether a boleto asks for just this amount (in centavos) on just this due date; null is a boleto without one. */
export const matches = (
  boleto: Boleto,
  expected: { readonly amount: number; readonly dueDate: CalendarDate | null }
): boolean =>
  boleto.amount === expected.amount &&
  (expected.dueDate === null ? boleto.factor === 0 : Result.getOrNull(factorOf(expected.dueDate)) === boleto.factor)

/**
 * Makes a boleto of its parts. `amount` is in centavos, at most R$ 99,999,999.99; without a due date it may take the
 * factor's place, up to 13 digits. Fails naming the part that does not fit.
 */
export const build = (parts: {
  readonly bank: string
  readonly dueDate: CalendarDate | null
  readonly amount: number
  readonly freeField: string
}): Result.Result<Boleto, InvalidBoleto> =>
  Result.gen(function* () {
    const { amount, bank, freeField } = parts
    if (!/^[0-79]\d{2}$/.test(bank)) return yield* refuse("bank", "Expected a bank's three digits, the first not 8")
    if (!/^\d{25}$/.test(freeField)) return yield* refuse("free_field", "Expected 25 digits in the bank's own field")
    const factor = parts.dueDate === null ? "" : `${yield* factorOf(parts.dueDate)}`
    const limit = factor === "" ? 10 ** 13 : 10 ** 10
    if (!Number.isSafeInteger(amount) || amount < 0 || amount >= limit) {
      return yield* refuse("amount", `Expected an amount in centavos from 0 to ${limit - 1}`)
    }
    const rest = factor + amount.toString().padStart(14 - factor.length, "0") + freeField
    return fromBarcode(`${bank}9${mod11(`${bank}9${rest}`)}${rest}`)
  })
