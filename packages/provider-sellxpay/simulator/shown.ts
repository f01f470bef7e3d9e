/**
 * What the document's answers and notifications show of a transaction.
 */
import { reais, type Transaction } from "./wire.ts"

const money = ({ amount, net_amount, tax }: Transaction) => ({
  amount: reais(amount),
  tax: reais(tax),
  net_amount: reais(net_amount)
})

/** What the list, the single transaction and the notification all show. */
const common = (transaction: Transaction) => ({
  external_id: transaction.external_id,
  type: transaction.type,
  method: transaction.method,
  status: transaction.status,
  ...money(transaction)
})

const payer = ({ payer_document, payer_name }: Transaction) => ({ payer_name, payer_document })

/** "Transacao - Consultar Status". The example of a paid one shows no expiry. */
export const single = (transaction: Transaction) => ({
  transaction_id: transaction.id,
  ...common(transaction),
  created_at: transaction.created_at,
  confirmed_at: transaction.confirmed_at,
  expires_at: transaction.status === "pending" ? transaction.expires_at : null
})

/** One entry of "Transacoes - Listar Transacoes". */
export const listed = (transaction: Transaction) => ({
  id: transaction.id,
  ...common(transaction),
  ...payer(transaction),
  created_at: transaction.created_at,
  confirmed_at: transaction.confirmed_at
})

/** "Formato do Payload". */
export const notified = (transaction: Transaction) => ({
  event: `transaction.${transaction.status}`,
  transaction: {
    id: transaction.id,
    ...common(transaction),
    ...payer(transaction),
    end2end: transaction.end2end,
    confirmed_at: transaction.confirmed_at
  }
})

/** What the answers to all four creations begin with; only those by PIX show the net amount. */
export const created = (transaction: Transaction) => ({
  transaction_id: transaction.id,
  external_id: transaction.external_id,
  amount: reais(transaction.amount),
  tax: reais(transaction.tax),
  ...(transaction.method === "pix" && { net_amount: reais(transaction.net_amount) }),
  status: transaction.status
})

/** "Transacao - Reembolsar". */
export const refunded = (transaction: Transaction, refundedAt: string) => ({
  transaction_id: transaction.id,
  original_transaction_id: transaction.id,
  amount: reais(transaction.amount),
  status: transaction.status,
  refunded_at: refundedAt
})
