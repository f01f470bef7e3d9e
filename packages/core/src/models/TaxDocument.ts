/**
 * A tax document: the fiscal document attached to an invoice (NFS-e today). Its machine is the table below; whatever is not in
 * it is refused as a value.
 */
import { DateTime, Duration, Schema } from "effect"
import * as FieldError from "../values/FieldError.ts"
import type { TaxDocumentId } from "../values/Ids.ts"
import { Text } from "../values/Text.ts"
import * as Backoff from "./Backoff.ts"
import type { Doubt } from "./Doubt.ts"
import * as ProviderOperation from "./ProviderOperation.ts"
import { Metadata } from "./RequestFields.ts"
import { machine } from "./Transition.ts"

export const Type = Schema.Literals(["nfse", "nfe", "peppol"])
export type Type = typeof Type.Type

export const Status = Schema.Literals(["pending", "issued", "failed", "canceled"])
export type Status = typeof Status.Type

/** `Dropped`: the invoice came to nothing before the document was sent. */
export type Event = "Issued" | "Failed" | "Retried" | "Dropped" | "Canceled"

/** What may happen to a tax document, and where it leads. Everything not listed is refused. */
const transitions = {
  pending: { Issued: "issued", Failed: "failed", Dropped: "canceled" },
  failed: { Retried: "pending" },
  issued: { Canceled: "canceled" },
  canceled: {}
} as const satisfies Record<Status, Partial<Record<Event, Status>>>

/** What is asked for when a tax document is wanted for an invoice, in the words of the public API. */
export const Request = Schema.Struct({
  type: Type,
  service_code: Schema.optionalKey(Text(10)),
  iss_withheld: Schema.optionalKey(Schema.Boolean),
  metadata: Schema.optionalKey(Metadata)
})
export type Request = typeof Request.Type

/** Reads a request from unknown input. Fails with `ValidationError`, every failing field listed by its path. */
export const decode = FieldError.decode(Request)

/** Reads the body of a cancellation: why, in words that the authority is told. Fails with `ValidationError`. */
export const decodeCancellation = FieldError.decode(Schema.Struct({ reason: Text(255) }))

/** Why a document that was to be issued by itself waits for a person. */
export type HoldReason = "amount_differs" | "reversed" | "not_paid"

/**
 * - `prepared`: its content is kept, and the authority surely does not have it
 * - `sent`: recorded, and perhaps sent
 * - `in_doubt`: sent, no trustworthy answer
 * - `answered`: issued, or refused for good
 */
export type SendingStatus = "prepared" | "sent" | "in_doubt" | "answered"

/** One sending: what was sent is kept, and sent again only as it was. */
export interface Sending extends Doubt {
  /** What the authority knows it by: its series and number, never used again for another content. */
  readonly reference: string
  /** The configured name of the provider account that issues. */
  readonly account: string
  readonly status: SendingStatus
  /** Since when it is tried: the longer, the later it is tried again. */
  readonly since: DateTime.Utc
}

/** That an issued document is to be canceled at the authority. */
export interface Cancellation extends ProviderOperation.ProviderOperation {
  /** Why, in the words that the authority is told. */
  readonly reason: string
  /** Because its invoice was to be canceled: money that comes all the same gets a new document. */
  readonly withInvoice: boolean
}

/** A text that is kept as it was sent or returned, and never changed. */
export interface File {
  readonly document: TaxDocumentId
  readonly kind: "sent" | "issued" | "canceled"
  /** That of the {@link Sending} it belongs to. */
  readonly reference: string
  readonly content: string
}

export interface TaxDocument {
  readonly id: TaxDocumentId
  readonly type: Type
  readonly status: Status
  /** Whether it is issued by itself when the invoice is paid. */
  readonly autoIssue: boolean
  /** Whether somebody asked for it to be issued, whatever has been paid. */
  readonly asked: boolean
  readonly serviceCode: string | null
  readonly issWithheld: boolean
  readonly metadata: Readonly<Record<string, string>>
  /** Null until it is sent for the first time. */
  readonly sending: Sending | null
  readonly held: HoldReason | null
  /** The number the authority gave it. */
  readonly documentNumber: string | null
  /** What anyone can look it up by at the authority. */
  readonly accessKey: string | null
  readonly issuedAt: DateTime.Utc | null
  readonly canceledAt: DateTime.Utc | null
  /** That it is to be canceled at the authority; null while nobody wants that. */
  readonly cancel: Cancellation | null
  readonly failure: { readonly code: string; readonly message: string } | null
  /** When a worker should see to it, or null when nothing is to be done. */
  readonly dueAt: DateTime.Utc | null
  readonly createdAt: DateTime.Utc
  /** Strictly grows with every change. */
  readonly updatedAt: DateTime.Utc
}

/** Where an event leads, or a refusal. */
export const next = machine<Status, Event>("tax document", transitions)

/** A document that is to be issued, before anybody has heard of it. */
export const pending = (id: TaxDocumentId, request: Request, autoIssue: boolean, now: DateTime.Utc): TaxDocument => ({
  id,
  type: request.type,
  status: "pending",
  autoIssue,
  asked: false,
  serviceCode: request.service_code ?? null,
  issWithheld: request.iss_withheld ?? false,
  metadata: request.metadata ?? {},
  sending: null,
  held: null,
  documentNumber: null,
  accessKey: null,
  issuedAt: null,
  canceledAt: null,
  cancel: null,
  failure: null,
  dueAt: null,
  createdAt: now,
  updatedAt: now
})

/** Whether an invoice that has it may have no other: an invoice has one live document at most. */
export const isLive = ({ status }: TaxDocument): boolean => status !== "canceled"

/** Its sending, if that may have happened and nobody knows what became of it; else null. */
export const unresolvedSending = ({ sending, status }: TaxDocument): Sending | null =>
  status === "pending" && (sending?.status === "sent" || sending?.status === "in_doubt") ? sending : null

/** Whether it may have been sent, or its cancellation may, and nobody knows what became of it. */
export const isUnresolved = (document: TaxDocument): boolean =>
  unresolvedSending(document) !== null || ProviderOperation.isUnresolved(document.cancel)

/** Whether the authority surely does not have it. */
export const wasNeverSent = ({ sending, status }: TaxDocument): boolean =>
  status === "pending" && (sending === null || sending.status === "prepared")

/** Whether it was given up only because its invoice was: money that comes all the same gets a new one. */
export const wentWithInvoice = ({ cancel, status }: TaxDocument): boolean =>
  status === "canceled" && (cancel === null || cancel.withInvoice)

/** When to try to have it issued again: a quarter of the time since then later, from 5 seconds to 6 hours. */
export const nextTry = (since: DateTime.Utc, now: DateTime.Utc): DateTime.Utc =>
  Backoff.growing(since, now, { from: Duration.seconds(5), to: Duration.hours(6) })

/** After how long a person should look at what is still being tried. */
const patience = Duration.days(1)

/** Whether it is tried for so long that a person should look at it. */
export const isOverdue = ({ since }: Sending, now: DateTime.Utc): boolean =>
  DateTime.isGreaterThan(now, DateTime.addDuration(since, patience))
