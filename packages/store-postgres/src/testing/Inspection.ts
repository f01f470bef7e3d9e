/** What the database keeps of an owner and no port shows. */
import { Events, Ids, type TaxDocument } from "@salesos/core"
import { StoreInspection } from "@salesos/core/testing"
import { DateTime, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "../Client.ts"

export const layer = Layer.effect(
  StoreInspection.StoreInspection,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return StoreInspection.StoreInspection.of({
      postings: ({ environment, tenant }) =>
        sql<{
          readonly entry: string
          readonly provider_account: string
          readonly account: string
          readonly amount: bigint
          readonly currency: string
        }>`select entry, provider_account, account, amount, currency from ledger_posting
          where tenant = ${tenant} and environment = ${environment}`.pipe(
          orUnavailable,
          Effect.map((rows) =>
            rows.map(({ account, amount, currency, entry, provider_account }) => ({
              entry,
              account: provider_account,
              posting: { account, amount: Number(amount), currency }
            }))
          )
        ),
      events: ({ environment, tenant }) =>
        sql<{
          readonly id: Ids.EventId
          readonly type: Events.Type
          readonly subject: string
          readonly body: string
          readonly created_at: Date
        }>`select id, type, subject, body, created_at from event
          where tenant = ${tenant} and environment = ${environment} order by created_at, ctid`.pipe(
          orUnavailable,
          Effect.map((rows) =>
            rows.map(({ created_at, ...row }) => ({ ...row, createdAt: DateTime.fromDateUnsafe(created_at) }))
          )
        ),
      files: ({ environment, tenant }) =>
        sql<TaxDocument.File>`select document, kind, reference, content from tax_document_file
          where tenant = ${tenant} and environment = ${environment}`.pipe(orUnavailable)
    })
  })
)
