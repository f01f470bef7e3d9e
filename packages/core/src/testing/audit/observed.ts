/** Books of providers that keep none for the auditor: which operations there are tells a list, what each has become tells its driver. */
import { type ChargeAttempt, ProviderReference } from "../../models/ChargeAttempt.ts"
import type { ChargeObservation } from "../../models/Observation.ts"
import type { PayoutObservation } from "../../models/PayoutObservation.ts"
import type { AuditedCharge, AuditedTransfer } from "./facts.ts"

/** An operation that a provider lists. */
export interface Listed {
  /** The configured name of the provider account. */
  readonly account: string
  /** The provider's own id. */
  readonly id: string
  readonly reference: string
}

/** `attempts` are all that the store knows: some providers never show again what a payer needs, and then nothing can be compared. */
export const observedCharge = (
  { account, id, reference }: Listed,
  seen: ChargeObservation,
  attempts: ReadonlyArray<Pick<ChargeAttempt, "account" | "reference" | "artifact">>
): AuditedCharge => {
  const attempt = attempts.find((each) => each.account === account && each.reference === reference)
  const artifact = seen.artifact ?? attempt?.artifact
  return {
    account,
    charge: {
      id,
      reference: ProviderReference.make(reference),
      money: seen.money,
      status: seen.status,
      copyPaste: artifact?.type === "pix" ? artifact.copyPaste : null,
      expiresAt: seen.expiresAt,
      canceledAt: seen.canceledAt ?? null,
      payments: seen.payments,
      reversals: seen.reversals ?? []
    }
  }
}

export const observedTransfer = (
  { account, id, reference }: Listed,
  { deliveries, money, returns, status }: PayoutObservation,
  feeMode: AuditedTransfer["feeMode"]
): AuditedTransfer => ({
  account,
  feeMode,
  transfer: { id, reference: ProviderReference.make(reference), money, status, deliveries, returns }
})
