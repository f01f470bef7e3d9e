/**
 * What InfraPSP says in core's words: pure functions without I/O. Amounts are centavos on both sides. What moves money is
 * in `money.ts`.
 */
import { Message, type Observation, Pix, type Provider } from "@salesos/core"
import { DateTime, Option, Predicate, Schema } from "effect"
import { ErrorBody, Notification, type PreTransaction, type Transaction } from "./Api.ts"
import { brl, facts, type Reading, timeOf } from "./money.ts"

// Statuses

const open = { _tag: "open" } as const
const settled = { _tag: "settled" } as const
const ended = (reason: Observation.EndReason) => ({ _tag: "ended", reason }) as const

/** Every status of the document ("find many transactions"). Any other one is pending: never success, never failure. */
const statuses: ReadonlyMap<string, Observation.ChargeStatus> = new Map(
  Object.entries({
    created: open,
    waiting_payment: open,
    authorized: open,
    pre_authorized: open,
    under_review: open,
    paid: settled,
    failed: ended("refused"),
    expired: ended("expired"),
    canceled: ended("canceled"),
    // Paid once; that the money went back is a money fact of its own.
    refunded: settled,
    chargedback: settled
  })
)

/** A transaction's status in core's words. */
export const statusOf = ({ status }: Pick<Transaction, "status">): Observation.ChargeStatus =>
  statuses.get(status ?? "") ?? { _tag: "pending" }

/** Whether its money came in, so that there are payables to read. */
export const isPaid = (transaction: Pick<Transaction, "status">): boolean => statusOf(transaction)._tag === "settled"

/** Whether a try at a payment link may still bring money. */
const isOpen = (transaction: Transaction): boolean => statusOf(transaction)._tag === "open"

/** Every status of a payment link in the document ("find many pre transactions"). */
const linkStatuses: ReadonlyMap<string, Observation.ChargeStatus> = new Map(
  Object.entries({
    active: open,
    completed: settled,
    expired: ended("expired"),
    canceled: ended("canceled")
  })
)

/**
 * A link's status, given its tries: it is settled once one of them is paid and open while one of them is under way, whatever
 * its own status says. One failed try is not the end; all that are allowed are.
 */
export const linkStatusOf = (
  { maxAttempts, status }: Pick<PreTransaction, "status" | "maxAttempts">,
  tries: ReadonlyArray<Transaction>
): Observation.ChargeStatus => {
  const own = linkStatuses.get(status ?? "") ?? { _tag: "pending" }
  if (tries.some(isPaid)) return settled
  if (own._tag !== "pending" && tries.some(isOpen)) return open
  const failed = tries.filter((each) => statusOf(each)._tag === "ended").length
  return own._tag === "open" && failed >= (maxAttempts ?? Infinity) ? ended("refused") : own
}

// Observations

const isBrCode = Schema.is(Pix.BrCode)

/** A string that no bank would read is no artifact, however well the answer decodes. */
const brCodeOf = ({ methodData }: Transaction): Observation.Artifact | null => {
  const code = methodData?.qrCode
  return isBrCode(code) ? { type: "pix", copyPaste: code } : null
}

/** What InfraPSP says about a PIX charge. `readAt` is when the answer was read, for want of any other time. */
export const observation = (reading: Reading, readAt: DateTime.Utc): Observation.ChargeObservation => {
  const { raw, transaction } = reading
  const canceledAt = timeOf(transaction.statusHistory, "canceled")
  return {
    ...(canceledAt === undefined ? {} : { canceledAt }),
    providerId: transaction.id,
    status: statusOf(transaction),
    money: { amount: transaction.amount, currency: brl },
    artifact: brCodeOf(transaction),
    expiresAt: transaction.methodData?.expirationDate ?? null,
    ...facts(reading, isPaid(transaction), "1", readAt), // a transaction is paid once
    raw
  }
}

/**
 * Where a payer pays by link, by the account's template `…/{id}`; null where there is no template, or it makes no address. The
 * document tells no address.
 */
export const checkoutUrl = (template: string | undefined, id: string): string | null => {
  if (template === undefined || !template.includes("{id}")) return null
  const url = template.replaceAll("{id}", encodeURIComponent(id))
  return /^https?:\/\//.test(url) && URL.canParse(url) ? url : null
}

/** A payment link with its tries, as far as they could be read. */
export interface LinkReading {
  readonly link: PreTransaction
  readonly tries: ReadonlyArray<Reading>
  readonly raw: unknown
}

/** What InfraPSP says about a charge by payment link. */
export const linkObservation = (
  { link, raw, tries }: LinkReading,
  template: string | undefined,
  readAt: DateTime.Utc
): Observation.ChargeObservation => {
  const url = checkoutUrl(template, link.id)
  const moved = tries.map((each) => facts(each, isPaid(each.transaction), each.transaction.id, readAt))
  const canceledAt = link.status === "canceled" ? (link.updatedAt ?? undefined) : undefined
  return {
    ...(canceledAt === undefined ? {} : { canceledAt }),
    providerId: link.id,
    status: linkStatusOf(
      link,
      tries.map(({ transaction }) => transaction)
    ),
    money: { amount: link.amount, currency: brl },
    artifact: url === null ? null : { type: "card", checkoutUrl: url },
    expiresAt: link.expirationDate ?? null,
    payments: moved.flatMap(({ payments }) => payments),
    reversals: moved.flatMap(({ reversals }) => reversals),
    raw: { link: raw, tries: tries.map((each) => each.raw) }
  }
}

/** What was found under `externalId`: the oldest one where there are several. */
export const found = <A extends { readonly externalId?: string | null; readonly createdAt?: DateTime.Utc | null }>(
  listed: ReadonlyArray<A>,
  externalId: string
): A | undefined => listed.filter((each) => each.externalId === externalId).toSorted((a, b) => madeAt(a) - madeAt(b))[0]

const madeAt = ({ createdAt }: { readonly createdAt?: DateTime.Utc | null }): number =>
  createdAt === undefined || createdAt === null ? Number.MAX_SAFE_INTEGER : DateTime.toEpochMillis(createdAt)

// Errors

const decodeError = Schema.decodeUnknownOption(ErrorBody)

/**
 * What an error body tells, fit for clients: its message and the parameters at fault. Null where it is no error body, or
 * carries an id: then something may exist, and nothing has been refused.
 */
export const refusal = (body: unknown, secrets: ReadonlyArray<string> = []): string | null => {
  const error = Option.getOrUndefined(decodeError(body))
  if (error === undefined || (Predicate.hasProperty(body, "id") && body.id !== null)) return null
  const paths = (error.detail?.errors ?? []).flatMap(({ path }) => path ?? [])
  const told = error.message ?? error.code
  const message = Message.sanitized(paths.length === 0 ? told : `${told} (${paths.join(", ")})`, secrets)
  return message === "" ? "The provider refused the request" : message
}

// Notifications

/** The events that are about charges. */
const charges: ReadonlySet<string> = new Set(["transaction", "pre_transaction"])

const decodeNotification = Schema.decodeUnknownOption(Schema.fromJsonString(Notification))

/**
 * Reads a notification: the charge it names, and a key that its repeats share. That of a transaction made at a payment link
 * is the link. None for other events, and for anything that cannot be read. Nothing in it is believed: the charge is read
 * again.
 */
export const notification = (body: Uint8Array): Option.Option<Provider.Notification> =>
  Option.flatMap(decodeNotification(new TextDecoder().decode(body)), ({ data, entityId, event, id }) => {
    const entity = entityId ?? data?.id ?? null
    const charge = event === "transaction" ? (data?.preTransactionId ?? entity) : entity
    if (!charges.has(event) || charge === null) return Option.none()
    return Option.some({
      dedupeKey: id ?? [event, entity, data?.status ?? "", data?.updatedAt ?? ""].join(":"),
      charges: [charge],
      payouts: []
    })
  })
