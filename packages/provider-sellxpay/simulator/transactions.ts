/**
 * What becomes of a transaction, as pure functions: how one is opened and how its status may change, and what each step
 * does to the balance.
 *
 * A step gives a `Change`, the unit that is applied to the state and written to the journal as a whole.
 */
import { Pix, Sandbox, type Ids } from "@salesos/simulator-kit"
import { Schema } from "effect"
import { type BoletoCreate, type CardCharge, type PixPayment, type PixQrCode, Status, Transaction } from "./wire.ts"

/** Centavos per transaction, as in the document's examples. */
const taxes = { deposit: { pix: 299, boleto: 399, card: 599 }, withdraw: 499 } as const

/** A transaction with what its answers do not show: where to notify, and what is to happen to it and when. */
export const Entry = Schema.Struct({
  transaction: Transaction,
  postbackUrl: Schema.NullOr(Schema.String),
  /** `at` is in milliseconds since 1970. */
  next: Schema.NullOr(Schema.Struct({ at: Schema.Int, to: Status }))
})
export type Entry = typeof Entry.Type

const iso = (millis: number): string => new Date(millis).toISOString()

/**
 * The statuses that may follow. Money under way when a charge runs out may arrive after it has expired; a payment by
 * PIX that was delivered may come back, which the document can only call `reversed`.
 */
const following: Record<"deposit" | "withdraw", Partial<Record<Status, ReadonlyArray<Status>>>> = {
  deposit: {
    pending: ["paid", "refused", "expired", "cancelled", "in_analysis"],
    in_analysis: ["paid", "refused", "cancelled"],
    expired: ["paid"],
    cancelled: ["paid"],
    paid: ["reversed", "chargedback"]
  },
  withdraw: {
    pending: ["paid", "refused", "cancelled", "in_analysis"],
    in_analysis: ["paid", "refused", "cancelled"],
    paid: ["reversed"]
  }
}

/** Whether the transaction may take that status. */
export const mayBecome = ({ status, type }: Transaction, to: Status): boolean =>
  type !== "internal_transfer" && (following[type][status]?.includes(to) ?? false)

/** "Apenas transacoes com status paid e tipo deposit podem ser reembolsadas." */
export const mayRefund = ({ status, type }: Transaction): boolean => type === "deposit" && status === "paid"

/**
 * What a transaction adds to the balance, and how much of the balance it blocks, in centavos. A refund debits the net
 * amount; of a returned payment what was delivered comes back, and the tax does not.
 */
export const effect = ({
  amount,
  net_amount,
  status,
  tax,
  type
}: Transaction): { balance: number; blocked: number } => {
  if (type !== "withdraw") return { balance: status === "paid" ? net_amount : 0, blocked: 0 }
  if (status === "pending" || status === "in_analysis") return { balance: 0, blocked: amount }
  return { balance: status === "paid" ? -amount : status === "reversed" ? -tax : 0, blocked: 0 }
}

/** No bank has it. */
const ispb = "00000000"

/** The transaction with a status for which `mayBecome` holds. What was to happen to it no longer does. */
export const become = (entry: Entry, to: Status, now: number, ids: Ids.Ids): Entry => {
  const { transaction } = entry
  const paid = to === "paid" && {
    confirmed_at: iso(now),
    end2end: transaction.method === "pix" ? Pix.endToEndId(now, ispb, ids) : null
  }
  return { ...entry, transaction: { ...transaction, status: to, ...paid }, next: null }
}

/** What the sandbox does with a new transaction: the document has none, so the rule is the one of all simulators. */
const nextOf = (amount: number, now: number, expiresAt: number): Entry["next"] => {
  const { after, succeeds } = Sandbox.fate(amount)
  if (!succeeds) return { at: now + after, to: "refused" }
  return now + after <= expiresAt ? { at: now + after, to: "paid" } : { at: expiresAt, to: "expired" }
}

const open = (
  given: Pick<Transaction, "type" | "method" | "amount"> & {
    readonly tax: number
    readonly external_id?: string | null
    readonly payer_name?: string | null
    readonly payer_document?: string | null
    readonly postback_url?: string | null
    /** Milliseconds since 1970; none where it never expires. */
    readonly expiresAt?: number
  },
  now: number,
  ids: Ids.Ids
): Entry => {
  const tax = Math.min(given.tax, given.amount)
  return {
    transaction: {
      id: ids.uuid(),
      external_id: given.external_id ?? null,
      type: given.type,
      method: given.method,
      status: "pending",
      amount: given.amount,
      tax,
      net_amount: given.amount - tax,
      payer_name: given.payer_name ?? null,
      payer_document: given.payer_document ?? null,
      end2end: null,
      created_at: iso(now),
      confirmed_at: null,
      expires_at: given.expiresAt === undefined ? null : iso(given.expiresAt)
    },
    postbackUrl: given.postback_url ?? null,
    next: nextOf(given.amount, now, given.expiresAt ?? Infinity)
  }
}

/** "O QR Code tem validade de 30 minutos." */
const qrCodeValidity = 30 * 60 * 1_000

/** "PIX - Gerar QR Code", at `now` in milliseconds. */
export const openQrCode = (request: PixQrCode, now: number, ids: Ids.Ids): Entry =>
  open(
    { ...request, type: "deposit", method: "pix", tax: taxes.deposit.pix, expiresAt: now + qrCodeValidity },
    now,
    ids
  )

/** "Padrão: 3 dias" */
export const dueDate = (request: BoletoCreate, now: number): string =>
  request.due_date ?? iso(now + 3 * 24 * 60 * 60 * 1_000).slice(0, 10)

/** "Boleto - Gerar Boleto": payable to the end of the due date. */
export const openBoleto = (request: BoletoCreate, now: number, ids: Ids.Ids): Entry =>
  open(
    {
      ...request,
      type: "deposit",
      method: "boleto",
      tax: taxes.deposit.boleto,
      expiresAt: Date.parse(`${dueDate(request, now)}T23:59:59.000Z`)
    },
    now,
    ids
  )

/**
 * "Cartao - Cobrar Cartao": decided in the answer where nothing is to be waited for, else first in analysis. One that
 * is not captured stays pending: the document has no way to capture it later.
 */
export const openCard = (request: CardCharge, now: number, ids: Ids.Ids): Entry => {
  const entry = open({ ...request, type: "deposit", method: "card", tax: taxes.deposit.card }, now, ids)
  if (request.capture === false || entry.next === null) return { ...entry, next: null }
  return entry.next.at === now
    ? become(entry, entry.next.to, now, ids)
    : { ...entry, transaction: { ...entry.transaction, status: "in_analysis" } }
}

/** "PIX - Enviar Pagamento": the tax is deducted from what is delivered. */
export const openPayment = (request: PixPayment, now: number, ids: Ids.Ids): Entry =>
  open({ ...request, type: "withdraw", method: "pix", tax: taxes.withdraw }, now, ids)

/** A movement between the account's own wallets, which the list shows although nothing here makes one. */
export const internalTransfer = (amount: number, now: number, ids: Ids.Ids): Entry => {
  const entry = open({ type: "internal_transfer", method: "pix", amount, tax: 0 }, now, ids)
  return become(entry, "paid", now, ids)
}
