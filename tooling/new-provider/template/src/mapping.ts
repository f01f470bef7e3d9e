/**
 * Between core's words and NewPay's: pure functions without I/O. Each is to be tested with the document's own examples.
 */
import { Currency, Json, Message, type Observation, Provider } from "@salesos/core"
import { Option } from "effect"
import type { Charge, CreateCharge } from "./Api.ts"

export const brl = Currency.Currency.make("BRL")

/** The body that asks for a charge. */
export const createCharge = (
  { notificationUrl }: Pick<Provider.ProviderAccount, "notificationUrl">,
  { customer, description, expiresIn, money, reference }: Provider.ChargeRequest
): CreateCharge => ({
  external_id: reference,
  method: "pix",
  amount: money.amount,
  description: Message.shortened(description, 140),
  expires_in: expiresIn,
  notify_url: notificationUrl,
  payer: {
    name: customer.name,
    email: customer.email,
    ...(customer.document === undefined ? {} : { document: customer.document })
  }
})

/**
 * Every status of the document. Any other one is pending: never success, never failure.
 *
 * FILL IN, such as `["waiting", { _tag: "open" }]`, `["paid", { _tag: "settled" }]`,
 * `["expired", { _tag: "ended", reason: "expired" }]`.
 */
const statuses: ReadonlyMap<string, Observation.ChargeStatus> = new Map([])

/** A charge's status in core's words. */
export const statusOf = ({ status }: Pick<Charge, "status">): Observation.ChargeStatus =>
  statuses.get(status ?? "") ?? { _tag: "pending" }

/**
 * What the payer pays with; null where the answer has none, or one that no bank would read.
 *
 * FILL IN: `Schema.is(Pix.BrCode)` tells whether `qr_code` is one.
 */
const artifact = (_charge: Charge): Observation.Artifact | null => null

/**
 * The payment of a charge that the provider says was paid.
 *
 * FILL IN: what it moved, when, the provider's fee or null while it is not known, and who paid, where the answer tells.
 */
const payments = (_charge: Charge): ReadonlyArray<Observation.Payment> => []

/** What NewPay says about a charge. `body` is the answer it was read from. */
export const observation = (
  account: Provider.ProviderAccount,
  charge: Charge,
  body: unknown
): Observation.ChargeObservation => ({
  providerId: charge.id,
  status: statusOf(charge),
  money: { amount: charge.amount, currency: brl },
  artifact: artifact(charge),
  expiresAt: charge.expires_at ?? null,
  payments: payments(charge),
  raw: Json.withoutSecrets(body, Provider.secretsOf(account))
})

/**
 * What an error body tells, fit for clients; null where it is no error body.
 *
 * FILL IN: decode `ErrorBody` and give its message, passed through `Message.sanitized` with `Provider.secretsOf(account)`.
 */
export const refusal = (_account: Provider.ProviderAccount, _body: unknown): string | null => null

/**
 * Reads a notification: the charge it names, and a key that its repeats share. Nothing in it is believed: the charge is read
 * again.
 *
 * FILL IN: decode `Notification` from the body, and check its signature where the provider signs.
 */
export const notification = (_body: Uint8Array): Option.Option<Provider.Notification> => Option.none()
