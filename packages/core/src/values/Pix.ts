/**
 * PIX artifacts: the copy-paste string (BR Code) and end-to-end ids.
 */
import { getPixPayloadInfo } from "@brazilian-utils/brazilian-utils"
import { Schema } from "effect"

/**
 * A BR Code that a payer's bank will read: EMV fields in order, its CRC-16 right (central bank, Manual do BR Code).
 * What a provider sends is checked with this before a payer sees it.
 */
export const BrCode = Schema.String.check(
  Schema.makeFilter((text: string) => getPixPayloadInfo(text) !== null, {
    message: "Expected a PIX copy-paste string with a valid CRC",
    code: "invalid_br_code"
  })
).pipe(Schema.brand("BrCode"))
export type BrCode = typeof BrCode.Type

/**
 * The id of one PIX payment: `E`, the payer's ISPB, the minute (UTC), 11 more characters. Case-sensitive.
 * Kept as the provider gave it: an id of another shape is not a reason to refuse money.
 */
export const EndToEndId = Schema.String.pipe(Schema.brand("EndToEndId"))
export type EndToEndId = typeof EndToEndId.Type
