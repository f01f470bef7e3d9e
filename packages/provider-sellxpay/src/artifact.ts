/**
 * What a payer pays with, out of an answer: checked before anybody sees it. An answer decodes however bad its artifact is;
 * one that no bank would take is none.
 */
import { Boleto, type Observation, Pix, type Provider } from "@salesos/core"
import { Option, Result } from "effect"
import type { Transaction } from "./Api.ts"

/** What was asked for, where the artifact is the answer to that. */
export type Asked = Pick<Provider.ChargeRequest, "method" | "dueDate"> | null

const pix = ({ amount, copy_paste, qr_code }: Transaction): Observation.Artifact | null => {
  const code = copy_paste ?? qr_code ?? ""
  return Result.match(Pix.parse(code), {
    onFailure: () => null,
    onSuccess: (parts) =>
      parts.amount !== null && parts.amount.amount !== amount ? null : { type: "pix", copyPaste: Pix.BrCode.make(code) }
  })
}

const isHttp = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

/** The document's example has a line in the barcode's place, and one line of 46 digits: both fields are read as either. */
const boleto = (transaction: Transaction, dueDate: Provider.ChargeRequest["dueDate"]): Observation.Artifact | null => {
  const { amount, boleto_barcode, boleto_url, digitable_line } = transaction
  const read = Result.getSuccess(Boleto.fromFields({ barcode: boleto_barcode, digitableLine: digitable_line }))
  if (dueDate === undefined || Option.isNone(read) || !Boleto.matches(read.value, { amount, dueDate })) return null
  const { barcode, line } = read.value
  const url = boleto_url ?? ""
  return { type: "boleto", barcode, digitableLine: line, dueDate, pdfUrl: isHttp(url) ? url : null }
}

/** The artifact in an answer; null where it has none, or one that fails its checks. Lookups show none but a card's. */
export const artifact = (transaction: Transaction, asked: Asked): Observation.Artifact | null => {
  switch (asked?.method ?? transaction.method) {
    case "pix":
      return pix(transaction)
    case "boleto":
      return boleto(transaction, asked?.dueDate)
    case "card":
      return { type: "card", checkoutUrl: null } // charged by token: nothing more is needed of the payer
    default:
      return null
  }
}
