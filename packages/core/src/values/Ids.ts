/**
 * Identifiers: a prefix that names the resource and a ULID, as in `inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P`.
 * A ULID sorts by its time of creation (milliseconds, UTC) and carries 80 random bits.
 */
import { Clock, DateTime, Effect, Random, Schema } from "effect"

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const prefixed = (prefix: string) =>
  Schema.String.check(
    Schema.isPattern(new RegExp(`^${prefix}_[0-7][${alphabet}]{25}$`), {
      message: `Expected an id that begins with ${prefix}_`,
      code: "invalid_id"
    })
  )

export const TenantId = prefixed("ten").pipe(Schema.brand("TenantId"))
export type TenantId = typeof TenantId.Type
export const InvoiceId = prefixed("inv").pipe(Schema.brand("InvoiceId"))
export type InvoiceId = typeof InvoiceId.Type
export const PayoutId = prefixed("po").pipe(Schema.brand("PayoutId"))
export type PayoutId = typeof PayoutId.Type
export const TaxDocumentId = prefixed("td").pipe(Schema.brand("TaxDocumentId"))
export type TaxDocumentId = typeof TaxDocumentId.Type
export const BalanceTransactionId = prefixed("btxn").pipe(Schema.brand("BalanceTransactionId"))
export type BalanceTransactionId = typeof BalanceTransactionId.Type
export const EntryId = prefixed("ent").pipe(Schema.brand("EntryId"))
export type EntryId = typeof EntryId.Type
export const EventId = prefixed("evt").pipe(Schema.brand("EventId"))
export type EventId = typeof EventId.Type
export const WebhookEndpointId = prefixed("we").pipe(Schema.brand("WebhookEndpointId"))
export type WebhookEndpointId = typeof WebhookEndpointId.Type
export const DeliveryId = prefixed("whd").pipe(Schema.brand("DeliveryId"))
export type DeliveryId = typeof DeliveryId.Type
export const ApiKeyId = prefixed("key").pipe(Schema.brand("ApiKeyId"))
export type ApiKeyId = typeof ApiKeyId.Type
export const ReconciliationId = prefixed("rec").pipe(Schema.brand("ReconciliationId"))
export type ReconciliationId = typeof ReconciliationId.Type

/** The kinds of ids by their prefix. */
export interface Prefixes {
  readonly ten: TenantId
  readonly inv: InvoiceId
  readonly po: PayoutId
  readonly td: TaxDocumentId
  readonly btxn: BalanceTransactionId
  readonly ent: EntryId
  readonly evt: EventId
  readonly we: WebhookEndpointId
  readonly whd: DeliveryId
  readonly key: ApiKeyId
  readonly rec: ReconciliationId
}

/** `length` base-32 digits of a non-negative safe integer, most significant first. */
const digits = (value: number, length: number): string => {
  let text = ""
  for (let rest = value, i = 0; i < length; i++) {
    text = alphabet.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

const at = <P extends keyof Prefixes>(prefix: P, millis: number, rest: string): Prefixes[P] =>
  `${prefix}_${digits(millis, 10)}${rest}` as Prefixes[P] // built to the pattern that the schema checks

/**
 * A new id of a kind, from `Clock` and `Random`, so that a test can set both. What is listed by its time of creation gets its id
 * of that very time, so that both say the same order.
 */
export const generate = <P extends keyof Prefixes>(prefix: P, createdAt?: DateTime.Utc): Effect.Effect<Prefixes[P]> =>
  Effect.gen(function* () {
    const millis = createdAt === undefined ? yield* Clock.currentTimeMillis : DateTime.toEpochMillis(createdAt)
    const [a, b] = [yield* Random.next, yield* Random.next]
    const random = digits(Math.floor(a * 2 ** 40), 8) + digits(Math.floor(b * 2 ** 40), 8)
    return at(prefix, millis, random)
  })

/** The least and the greatest id of a kind that a millisecond may have. */
export const bounds = <P extends keyof Prefixes>(
  prefix: P,
  createdAt: DateTime.Utc
): readonly [Prefixes[P], Prefixes[P]] => {
  const millis = Math.max(0, DateTime.toEpochMillis(createdAt))
  return [at(prefix, millis, "0".repeat(16)), at(prefix, millis, "Z".repeat(16))]
}
