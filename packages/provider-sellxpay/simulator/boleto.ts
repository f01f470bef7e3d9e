/**
 * The barcode and the digitable line of a simulated boleto, by the central bank's Carta-Circular 2.926/2000.
 */

/** A digit that catches errors in `digits`: each, from the right, times its weight. */
const sum = (digits: string, weighted: (digit: number, place: number) => number): number =>
  [...digits].reduceRight(
    ({ place, total }, digit) => ({ place: place + 1, total: total + weighted(Number(digit), place) }),
    { place: 0, total: 0 }
  ).total

/** Modulo 10 with weights 2, 1, 2…; the digits of a product are added up. */
const fieldDigit = (digits: string): string => {
  const total = sum(digits, (digit, place) => (place % 2 === 1 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9))
  return `${(10 - (total % 10)) % 10}`
}

/** Modulo 11 with weights 2 to 9; 0, 10 and 11 become 1. */
const generalDigit = (digits: string): string => {
  const digit = 11 - (sum(digits, (each, place) => each * (2 + (place % 8))) % 11)
  return digit > 9 ? "1" : `${digit}`
}

const day = 24 * 60 * 60 * 1_000

/** Days since 1997-10-07, again from 1000 after 9999; 0000, no due date, before there were factors. */
const factor = (dueDate: string): string => {
  const days = Math.round((Date.parse(dueDate) - Date.parse("1997-10-07")) / day)
  return days < 1_000 ? "0000" : `${1_000 + ((days - 1_000) % 9_000)}`
}

/** A bank that issues no boletos: nobody can pay a simulated one by accident. */
const bank = "999"

/** A boleto of `amount` centavos due on `dueDate` (YYYY-MM-DD), with 25 digits of the bank's own. */
export const make = (amount: number, dueDate: string, ours: string): { barcode: string; line: string } => {
  const head = `${bank}9`
  const tail = factor(dueDate) + `${amount}`.padStart(10, "0")
  const digit = generalDigit(head + tail + ours)
  const fields = [head + ours.slice(0, 5), ours.slice(5, 15), ours.slice(15)]
  return {
    barcode: head + digit + tail + ours,
    line: fields.map((field) => field + fieldDigit(field)).join("") + digit + tail
  }
}
