/** What the audit log is told of a request: who came from where and asked for what, never what was in it. */
import { AuditLog } from "@salesos/store-postgres"
import { type DateTime, Duration, Effect } from "effect"
import type { HttpServerRequest } from "effect/http"
import type { Facts } from "./RequestFacts.ts"

/** Probes tell nothing about anybody, and come every few seconds. */
const unaudited: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"])

/** The first id in a path: whom the request is about. */
const id = /\b[a-z]{2,5}_[0-7][0-9A-HJKMNP-TV-Z]{25}\b/

/** What is known of a request besides its facts. */
export interface Served {
  readonly happenedAt: DateTime.Utc
  readonly requestId: string
  /** The path without its query. */
  readonly path: string
  /** The path as its route declares it; undefined where there is none. */
  readonly route: string | undefined
  readonly milliseconds: number
  /** The status, or that the client hung up before there was one. */
  readonly outcome: string
  readonly replayed: boolean
}

/** Tells the log of a request. An act of administration is on disk before it is answered. */
export const tell = Effect.fnUntraced(function* (
  { headers, method }: Pick<HttpServerRequest.HttpServerRequest, "headers" | "method">,
  facts: Facts,
  served: Served
) {
  if (served.route !== undefined && unaudited.has(served.route)) return
  const log = yield* AuditLog.AuditLog
  const idempotencyKey = headers["idempotency-key"]
  const entry: AuditLog.Entry = {
    happenedAt: served.happenedAt,
    owner: facts.owner ?? null,
    actor: facts.key ?? "anonymous",
    address: facts.address,
    action: `${method} ${served.route ?? "(no such address)"}`,
    subject: facts.subject ?? (served.route === undefined ? null : (id.exec(served.path)?.[0] ?? null)),
    outcome: served.outcome,
    request: served.requestId,
    idempotency:
      idempotencyKey === undefined || facts.owner === undefined ? null : AuditLog.idempotencyDigest(idempotencyKey),
    detail: { milliseconds: Math.round(served.milliseconds), ...(served.replayed ? { replayed: true } : {}) }
  }
  yield* facts.managing === true
    ? log.write(entry).pipe(
        Effect.timeout(Duration.seconds(5)),
        Effect.catch(() => log.record(entry)) // what was done is done: it is told as soon as that can be
      )
    : log.record(entry)
})
