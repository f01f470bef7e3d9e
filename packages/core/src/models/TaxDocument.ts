/**
 * A tax document: the fiscal document attached to an invoice (NFS-e today). Its machine is the table below; whatever is not in
 * it is refused as a value.
 */
import { type DateTime, Result, Schema } from "effect"
import type { TaxDocumentId } from "../values/Ids.ts"
import { Text } from "../values/Text.ts"
import type { ProviderOperation } from "./ProviderOperation.ts"
import { Metadata } from "./RequestFields.ts"
import { TransitionRefused } from "./Transition.ts"

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

/** Why a document that was to be issued by itself waits for a person. */
export type HoldReason = "amount_differs" | "reversed" | "not_paid"

/** One sending: what was sent is kept, and sent again only as it was. */
export interface Sending {
  /** What the provider knows it by: its series and number, never used again for another content. */
  readonly reference: string
  /** The configured name of the provider account that issues. */
  readonly account: string
  readonly status: "sent" | "in_doubt" | "answered"
  /** Lookups in a row that answered "not there" at a time when that counted. */
  readonly misses: number
  readonly missesCountFrom: DateTime.Utc
}

export interface TaxDocument {
  readonly id: TaxDocumentId
  readonly type: Type
  readonly status: Status
  /** Whether it is issued by itself when the invoice is paid. */
  readonly autoIssue: boolean
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
  readonly cancel: ProviderOperation | null
  readonly failure: { readonly code: string; readonly message: string } | null
  /** When a worker should see to it, or null when nothing is to be done. */
  readonly dueAt: DateTime.Utc | null
  readonly createdAt: DateTime.Utc
  /** Strictly grows with every change. */
  readonly updatedAt: DateTime.Utc
}

/** Where an event leads, or a refusal. */
export const next = (from: Status, event: Event): Result.Result<Status, TransitionRefused> => {
  const row: Partial<Record<Event, Status>> = transitions[from]
  const to = row[event]
  return to === undefined
    ? Result.fail(new TransitionRefused({ machine: "tax document", from, event }))
    : Result.succeed(to)
}

/** A document that is to be issued, before anybody has heard of it. */
export const pending = (id: TaxDocumentId, request: Request, autoIssue: boolean, now: DateTime.Utc): TaxDocument => ({
  id,
  type: request.type,
  status: "pending",
  autoIssue,
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

/** Whether it may have been sent, and nobody knows what became of it. */
export const isUnresolved = ({ cancel, sending, status }: TaxDocument): boolean =>
  (status === "pending" && sending !== null && sending.status !== "answered") ||
  cancel?.status === "sent" ||
  cancel?.status === "in_doubt"

/** Whether nobody outside can have heard of it. */
export const wasNeverSent = ({ sending, status }: TaxDocument): boolean => status === "pending" && sending === null
