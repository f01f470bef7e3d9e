/**
 * What moves money, as the InfraPSP document shows it: payables, operations, chargebacks, transfers, and what InfraPSP
 * charges for itself.
 */
import { Schema } from "effect"
import { Metadata, positive, statusChange } from "./common.ts"

export const PayableStatus = Schema.Literals(["canceled", "paid", "waiting_funds"])
export const PayableEntity = Schema.Literals(["transfer", "transaction", "transactionRefund"])
export const PayableType = Schema.Literals(["credit", "debit"])

/** What the merchant is to receive or to give for one transaction, refund or transfer, an installment each; `amount` is before the fee. */
export const Payable = Schema.Struct({
  id: Schema.String,
  merchantId: Schema.String,
  transactionId: Schema.NullOr(Schema.String),
  transferId: Schema.NullOr(Schema.String),
  transactionSplitId: Schema.NullOr(Schema.String),
  transactionRefundId: Schema.NullOr(Schema.String),
  isTransactionOwner: Schema.Boolean,
  status: PayableStatus,
  amount: Schema.Int,
  fee: Schema.Int,
  paymentDate: Schema.String,
  method: Schema.Literals(["pix", "credit_card"]),
  type: PayableType,
  installment: Schema.Int,
  createdAt: Schema.String,
  updatedAt: Schema.String
})
export type Payable = typeof Payable.Type

export const OperationStatus = Schema.Literals(["available", "waiting_funds"])
export const OperationEntity = Schema.Literals(["transaction", "transfer"])
export const OperationMethod = Schema.Literals(["pix", "credit_card", "inter"])

/** One line of the merchant's statement: the amount by which the balance moved, fee already taken. */
export const Operation = Schema.Struct({
  id: Schema.String,
  merchantId: Schema.String,
  payableId: Schema.String,
  status: OperationStatus,
  amount: Schema.Int,
  paymentDate: Schema.String,
  entity: OperationEntity,
  method: OperationMethod,
  description: Schema.String,
  createdAt: Schema.String
})
export type Operation = typeof Operation.Type

export const ChargebackStatus = Schema.Literals([
  "pending",
  "waiting_response",
  "under_review",
  "disputing",
  "won",
  "lost",
  "canceled"
])
export type ChargebackStatus = typeof ChargebackStatus.Type

/** A payer's dispute of a transaction. `wonAmount` may be a part of the amount, and is null until it is won. */
export const Chargeback = Schema.Struct({
  id: Schema.String,
  transactionId: Schema.String,
  amount: Schema.Int,
  wonAmount: Schema.NullOr(Schema.Int),
  status: ChargebackStatus,
  statusMessage: Schema.String,
  statusHistory: Schema.Array(statusChange(ChargebackStatus)),
  reason: Schema.String,
  requiredDocuments: Schema.Array(Schema.String),
  providerData: Schema.Struct({ chargebackReason: Schema.String }),
  /** InfraPSP bears the loss itself. */
  isGuaranteePaid: Schema.Boolean,
  createdAt: Schema.String,
  updatedAt: Schema.String
})
export type Chargeback = typeof Chargeback.Type

/** The body of "create a transfer": it names no destination, the account's own registered key is the only one. */
export const CreateTransfer = Schema.Struct({
  amount: positive,
  metadata: Schema.optionalKey(Schema.NullOr(Metadata)),
  method: Schema.Literal("pix")
})
export type CreateTransfer = typeof CreateTransfer.Type

export const TransferStatus = Schema.Literals(["created", "processing", "failed", "completed"])
export type TransferStatus = typeof TransferStatus.Type

/** Money on its way to the merchant's own bank. */
export const Transfer = Schema.Struct({
  id: Schema.String,
  merchantId: Schema.String,
  method: Schema.Literal("pix"),
  methodDestination: Schema.Struct({
    pixKey: Schema.String,
    name: Schema.String,
    bank: Schema.String,
    ispb: Schema.String,
    documentNumber: Schema.String,
    accountType: Schema.String,
    documentType: Schema.String
  }),
  /** Made by InfraPSP itself, not asked for. */
  isAutoTransfer: Schema.Boolean,
  amount: Schema.Int,
  status: TransferStatus,
  statusMessage: Schema.String,
  /** The document shows the last change, not a list of all. */
  statusHistory: statusChange(TransferStatus),
  metadata: Metadata,
  createdAt: Schema.String,
  updatedAt: Schema.String
})
export type Transfer = typeof Transfer.Type

/** What InfraPSP takes of a transaction or transfer; percentages in base points (1 % is 100). */
export const FeeRule = Schema.Struct({
  id: Schema.String,
  merchantId: Schema.String,
  name: Schema.String,
  /** Days until the funds are available, for each installment. */
  fundSchedule: Schema.Finite,
  method: Schema.Literals(["pix", "credit_card"]),
  triggerEntity: Schema.Literals(["transaction", "transfer"]),
  amountValue: Schema.Int,
  percentValue: Schema.Int,
  minAmount: Schema.Int,
  maxAmount: Schema.Int,
  startDate: Schema.String,
  endDate: Schema.String,
  creditCard: Schema.NullOr(
    Schema.Struct({
      mdr: Schema.Array(Schema.Struct({ installment: Schema.Int, percent: Schema.Int })),
      chargebackGuarantee: Schema.Int,
      anticipation: Schema.Int
    })
  ),
  createdAt: Schema.String
})
export type FeeRule = typeof FeeRule.Type

export const InvoiceStatus = Schema.Literals(["created", "processing", "issued", "not_issued", "canceled"])

/** What InfraPSP itself charges the merchant for a month, `period` being `YYYYMM`. */
export const Invoice = Schema.Struct({
  id: Schema.String,
  merchantId: Schema.String,
  status: InvoiceStatus,
  totalAmount: Schema.Int,
  period: Schema.String,
  issuedData: Schema.Struct({ number: Schema.String, checkCode: Schema.String }),
  lines: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      description: Schema.String,
      amount: Schema.Int,
      createdAt: Schema.String
    })
  ),
  createdAt: Schema.String,
  updatedAt: Schema.String
})
export type Invoice = typeof Invoice.Type
