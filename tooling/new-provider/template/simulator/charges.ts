/**
 * What becomes of a charge, as pure functions: how one is opened, how it ends, and how answers and notifications show it.
 */
import { type Ids, type Notifications, Pix, Sandbox } from "@salesos/simulator-kit"
import { Schema } from "effect"
import { type CreateCharge, Status } from "./wire.ts"

/** How a waiting charge may end by itself or through the control endpoints. */
export const Ending = Schema.Literals(["paid", "refused", "expired"])
export type Ending = typeof Ending.Type

/** A charge. Amounts are cents, times milliseconds since 1970. */
export const Charge = Schema.Struct({
  id: Schema.String,
  externalId: Schema.String,
  amount: Schema.Int,
  status: Status,
  qrCode: Schema.String,
  notifyUrl: Schema.String,
  expiresAt: Schema.Int,
  paidAt: Schema.NullOr(Schema.Int),
  next: Schema.NullOr(Schema.Struct({ at: Schema.Int, to: Ending }))
})
export type Charge = typeof Charge.Type

/** Opens a charge at `now`. FILL IN: the sandbox rules of the document, where it has some; these are InfraPSP's. */
export const open = (request: CreateCharge, now: number, ids: Ids.Ids): Charge => {
  const fate = Sandbox.fate(request.amount)
  const expiresAt = now + request.expires_in * 1_000
  const endsAt = now + fate.after
  return {
    id: ids.alphanumeric(21),
    externalId: request.external_id,
    amount: request.amount,
    status: "waiting",
    qrCode: Pix.brCode(request.amount, ids.alphanumeric(25)),
    notifyUrl: request.notify_url,
    expiresAt,
    paidAt: null,
    next:
      endsAt <= expiresAt ? { at: endsAt, to: fate.succeeds ? "paid" : "refused" } : { at: expiresAt, to: "expired" }
  }
}

/** Whether a charge may end now. */
export const mayEnd = ({ status }: Charge): boolean => status === "waiting"

export const end = (charge: Charge, ending: Ending, now: number): Charge => ({
  ...charge,
  status: ending,
  paidAt: ending === "paid" ? now : null,
  next: null
})

const iso = (millis: number): string => new Date(millis).toISOString()

/** A charge as every answer shows it. */
export const shown = (charge: Charge) => ({
  id: charge.id,
  external_id: charge.externalId,
  status: charge.status,
  amount: charge.amount,
  qr_code: charge.qrCode,
  expires_at: iso(charge.expiresAt),
  paid_at: charge.paidAt === null ? null : iso(charge.paidAt)
})

/** What is posted to the address of a charge that has ended. */
export const notification = (charge: Charge, now: number, ids: Ids.Ids): Notifications.Notification => {
  const id = ids.uuid()
  return { id, entityId: charge.id, url: charge.notifyUrl, body: { id, charge: charge.id }, attempts: 0, dueAt: now }
}
