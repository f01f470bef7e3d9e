/**
 * What becomes of a payment link, as pure functions: how one is opened, tried by a payer, canceled and expired.
 */
import { type Ids, Sandbox } from "@salesos/simulator-kit"
import { brandOf, visa } from "./cards.ts"
import * as Id from "./ids.ts"
import { type Charge, iso, type Link, merchantId, type Step } from "./rows.ts"
import * as Transactions from "./transactions.ts"
import type { Customer } from "./wire/common.ts"
import type {
  CreateCheckout,
  CreatePreTransaction,
  PreTransaction,
  PreTransactionStatus
} from "./wire/preTransactions.ts"
import type { TransactionStatus } from "./wire/transactions.ts"

/** "Default": 30 days, as the document's example of a default shows. */
const defaultLife = 30 * 24 * 60 * 60 * 1_000

/** A new link. */
export const open = (request: CreatePreTransaction, now: number, ids: Ids.Ids): Link => {
  const at = iso(now)
  const { amount, customer, description, expirationDate, externalId, items, maxAttempts, metadata, shipping } = request
  return {
    preTransaction: {
      id: Id.entity(ids),
      merchantId,
      status: "active",
      description,
      items,
      shipping: shipping ?? null,
      amount,
      customer: customer ?? null,
      transactions: [],
      expirationDate: iso(
        expirationDate === undefined || expirationDate === null ? now + defaultLife : Date.parse(expirationDate)
      ),
      maxAttempts: maxAttempts ?? 3,
      externalId: externalId ?? null,
      metadata: metadata ?? {},
      createdAt: at,
      updatedAt: at
    },
    notifyUrl: request.notifyUrl ?? null
  }
}

const isOver: Partial<Record<TransactionStatus, true>> = { failed: true, canceled: true, expired: true }

/** A try that is neither over nor paid: money may still come of it. */
const isUnderWay = ({ preTransaction }: Link): boolean =>
  preTransaction.transactions.some(({ status }) => isOver[status] !== true)

/** Why nobody may try to pay now, or null. One failed try does not end a link; the last one that is allowed does. */
export const closed = (link: Link): string | null => {
  const { maxAttempts, status, transactions } = link.preTransaction
  if (status !== "active") return `the link is ${status}`
  if (isUnderWay(link)) return "a payment is under way"
  return transactions.length >= maxAttempts ? "no attempts left" : null
}

const withStatus = (link: Link, status: PreTransactionStatus, now: number): Link => ({
  ...link,
  preTransaction: { ...link.preTransaction, status, updatedAt: iso(now) }
})

const changed = (link: Link): Step => ({
  links: [link],
  events: [{ event: "pre_transaction", entityId: link.preTransaction.id, data: link.preTransaction, url: null }]
})

/** Whether it may be canceled: nobody has paid it, or is about to. */
export const mayCancel = (link: Link): boolean => link.preTransaction.status === "active" && !isUnderWay(link)

export const cancel = (link: Link, now: number): Step => changed(withStatus(link, "canceled", now))

export const expire = (link: Link, now: number): Step => changed(withStatus(link, "expired", now))

/** A step of a transaction as its link has it: with the transaction's new status, and completed once it is paid. */
export const follow = (link: Link, step: Step, now: number): Step => {
  const changes = new Map(step.charges?.map(({ transaction }) => [transaction.id, transaction]))
  const before = link.preTransaction.transactions
  const known = new Set(before.map(({ id }) => id))
  const transactions: PreTransaction["transactions"] = [
    ...before.map((each) => ({ ...each, status: changes.get(each.id)?.status ?? each.status })),
    ...[...changes.values()].flatMap(({ id, method, status }) => (known.has(id) ? [] : [{ id, method, status }]))
  ]
  const next = { ...link, preTransaction: { ...link.preTransaction, transactions, updatedAt: iso(now) } }
  if (!transactions.some(({ status }) => status === "paid") || link.preTransaction.status === "completed") {
    return { ...step, links: [next] }
  }
  const completed = changed(withStatus(next, "completed", now))
  return { ...step, links: completed.links ?? [], events: [...(step.events ?? []), ...(completed.events ?? [])] }
}

/** What a card's authorization comes to, by the last digit of the payer's document (InfraPSP document, sandbox). */
const authorization = (documentNumber: string): TransactionStatus => {
  const last = documentNumber.replaceAll(/\D/g, "").at(-1) ?? ""
  return "13".includes(last) && last !== ""
    ? "authorized"
    : "24".includes(last) && last !== ""
      ? "failed"
      : "under_review"
}

const documentOf = (customer: Customer): string => customer.documentNumber ?? ""

/**
 * A payer's try at a link that is not closed, by the document's sandbox rules:
 *
 * - PIX as everywhere
 * - a card that is not listed fails
 * - the document's last digit authorizes the card (1 or 3), refuses it (2 or 4) or puts it under review (any other)
 * - what is authorized is paid as the amount says: even after its last two digits in seconds, odd never
 */
export const attempt = (link: Link, request: CreateCheckout, now: number, ids: Ids.Ids): Step => {
  const { amount, externalId, id, items, metadata, shipping } = link.preTransaction
  const { customer, method } = request
  const base = { preTransactionId: id, items, shipping, amount, customer, externalId, metadata, method }
  if (request.method === "pix") {
    const { methodSettings } = request
    const transaction = Transactions.created({ ...base, methodSettings }, now, ids)
    const charge = Transactions.open({ amount, methodSettings }, transaction, link.notifyUrl, now, ids)
    return follow(link, { charges: [charge] }, now)
  }
  const { card, installments } = request.methodSettings
  const transaction = Transactions.created({ ...base, methodSettings: { installments } }, now, ids)
  const charge: Charge = { transaction, notifyUrl: link.notifyUrl, next: null }
  const brandId = brandOf(card)
  const status = brandId === undefined ? "failed" : authorization(documentOf(customer))
  const step = Transactions.move(charge, status, now)
  if (brandId === undefined || status === "failed") return follow(link, step, now)

  const { after, succeeds } = Sandbox.fate(amount)
  const next = status === "authorized" ? ({ at: now + after, to: succeeds ? "paid" : "failed" } as const) : null
  const methodData = { nsu: ids.digits(12), authorizationCode: ids.digits(6), brandId }
  const charges = step.charges?.map((each) => ({ ...each, next, transaction: { ...each.transaction, methodData } }))
  return follow(link, { ...step, charges: charges ?? [] }, now)
}

/** A payment with the document's Visa, in one go: tried, authorized and paid. */
export const pay = (link: Link, now: number, ids: Ids.Ids): Step => {
  const customer = { ...link.preTransaction.customer, documentNumber: "95643732041" }
  const methodSettings = { installments: 1, card: visa }
  const tried = attempt(link, { method: "credit_card", methodSettings, customer }, now, ids)
  const [charge] = tried.charges ?? []
  return charge === undefined
    ? tried
    : follow(tried.links?.[0] ?? link, Transactions.end(charge, "paid", now, ids), now)
}
