/**
 * Telephone numbers as ITU-T E.164 writes them: `+`, country, number; nothing else.
 */
import { isValidMobilePhone, isValidPhone } from "@brazilian-utils/brazilian-utils"
import { Schema } from "effect"
import "./Annotations.ts"

/** The number within Brazil: area code and subscriber. Undefined for another country's. */
const national = (phone: string): string | undefined => (phone.startsWith("+55") ? phone.slice(3) : undefined)

// Anatel's Resolution 749/2022. The library strips masks and a second 55, so it only sees a number's 10 or 11 digits.
const isBrazilian = (digits: string): boolean => /^\d{10,11}$/.test(digits) && isValidPhone(digits, { version: 2 })

/**
 * An E.164 number of 8 to 15 digits: `+5511987654321`. One of Brazil has an area code in use and is a landline's or a
 * mobile phone's; of other countries only the shape is known.
 */
export const Phone = Schema.String.check(
  Schema.makeFilter(
    (text: string) => {
      const digits = national(text)
      return digits === undefined ? /^\+[1-9]\d{7,14}$/.test(text) : isBrazilian(digits)
    },
    { message: "Expected an E.164 number, such as +5511987654321", code: "invalid_phone" }
  )
).pipe(Schema.brand("Phone"))
export type Phone = typeof Phone.Type

/** Whether a number may be a mobile phone's: in Brazil by its first digit, elsewhere always. */
export const mayBeMobile = (phone: Phone): boolean => {
  const digits = national(phone)
  return digits === undefined || (digits.length === 11 && isValidMobilePhone(digits, { version: 2 }))
}
