/** Sealing the audit log, and letting go of what has been kept long enough. */
import { AuditLog, AuditSeal } from "@salesos/store-postgres"
import { DateTime, type Duration, Effect } from "effect"
import type { AuditConfig } from "./Config.ts"
import { forEver } from "./Loop.ts"

/** Seals all that is old enough. Each head is told the log of the process: out of the database's reach it is a witness. */
export const sealAll = Effect.fn("Audit.sealAll")(function* (grace?: Duration.Duration) {
  for (;;) {
    const head = yield* AuditSeal.seal(grace)
    if (head === null) return
    yield* Effect.logInfo("Audit log sealed").pipe(Effect.annotateLogs({ batch: head.number, hash: head.hash }))
  }
})

/** Removes what is older than so many years, and says so in the log itself. */
export const purge = Effect.fn("Audit.purge")(function* (years: number) {
  const entries = yield* AuditSeal.purge(years)
  if (entries === 0) return
  const log = yield* AuditLog.AuditLog
  yield* log.write({
    happenedAt: yield* DateTime.now,
    owner: null,
    actor: "worker",
    address: null,
    action: "audit purge",
    subject: null,
    outcome: "done",
    request: null,
    idempotency: null,
    detail: { entries, years }
  })
})

/** Does both for ever. */
export const run = ({ retentionYears, sealInterval }: AuditConfig) =>
  forEver(
    sealAll().pipe(Effect.andThen(purge(retentionYears)), Effect.andThen(Effect.sleep(sealInterval))),
    "The audit log could not be sealed"
  )
