/**
 * What a payer pays with. That the answer decodes is one thing; that a bank would take what it tells is checked here.
 */
import { type Observation, Pix, type Provider } from "@salesos/core"
import { Schema } from "effect"
import type { Bank, Created } from "./Api.ts"

const isBrCode = Schema.is(Pix.BrCode)

/** `current account` or `saving account` by the document, and in its example the Brazilian words. */
const accountTypes: ReadonlyArray<readonly [RegExp, "current" | "savings"]> = [
  [/current|checking|corrente/i, "current"],
  [/saving|poupan/i, "savings"]
]

const bankTransfer = (bank: Bank): Observation.Artifact | null => {
  const { account, account_operation, agency, beneficiary, code, document, name } = bank
  const [, accountType] = accountTypes.find(([words]) => words.test(account_operation ?? "")) ?? []
  // A payer who lacks one of them can't pay.
  return name && code && agency && account && accountType && beneficiary && document
    ? {
        type: "bank_transfer",
        bankName: name,
        bankCode: code,
        agency,
        account,
        accountType,
        beneficiary,
        document
      }
    : null
}

/** What the payer pays with. A string that no bank would read is no artifact, however well the answer decodes. */
export const artifactOf = (
  method: Provider.ChargeRequest["method"],
  { bank, pix }: Created
): Observation.Artifact | null => {
  if (method === "bank_transfer") return bank === undefined || bank === null ? null : bankTransfer(bank)
  const copyPaste = [pix?.reference, pix?.qrcode].find(isBrCode)
  return copyPaste === undefined ? null : { type: "pix", copyPaste }
}
