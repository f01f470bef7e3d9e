/** The migrations by number, and whether a database has them all. */
import { Effect } from "effect"
import { Migrator, SqlClient } from "effect/sql"
import first from "./0001_first.ts"
import invoices from "./0002_invoices.ts"
import providerCalls from "./0004_provider_calls.ts"
import payouts from "./0005_payouts.ts"
import reconciliation from "./0025_reconciliation.ts"
import notificationSubjects from "./0026_notification_subjects.ts"
import balances from "./0020_balances.ts"
import taxDocuments from "./0010_tax_documents.ts"
import webhookDeliveries from "./0030_webhook_deliveries.ts"
import invoiceById from "./0021_invoice_by_id.ts"
import apiKeys from "./0040_api_keys.ts"
import audit from "./0041_audit.ts"
import inDoubt from "./0042_in_doubt.ts"
import letters from "./0050_letters.ts"
import vitals from "./0055_vitals.ts"
import doubts from "./0056_doubts.ts"
import pendingNotifications from "./0057_pending_notifications.ts"

const migrations = {
  "0001_first": first,
  "0002_invoices": invoices,
  "0004_provider_calls": providerCalls,
  "0005_payouts": payouts,
  "0010_tax_documents": taxDocuments,
  "0020_balances": balances,
  "0021_invoice_by_id": invoiceById,
  "0025_reconciliation": reconciliation,
  "0026_notification_subjects": notificationSubjects,
  "0030_webhook_deliveries": webhookDeliveries,
  "0040_api_keys": apiKeys,
  "0041_audit": audit,
  "0042_in_doubt": inDoubt,
  "0050_letters": letters,
  "0055_vitals": vitals,
  "0056_doubts": doubts,
  "0057_pending_notifications": pendingNotifications
}

const table = "migrations"

/** Brings the database to the current schema. Processes that start together wait for one another. */
export const migrate = Migrator.make({})({ loader: Migrator.fromRecord(migrations), table })

/** Whether every migration of this code has been applied; the migrator itself would skip a lower number in silence. */
export const isCurrent = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<{ readonly exists: boolean }>`select to_regclass(${table}) is not null as exists`
  if (found?.exists !== true) return false
  const applied = yield* sql<{ readonly migration_id: number }>`select migration_id from ${sql(table)}`
  const known = new Set(applied.map((row) => Number(row.migration_id)))
  return Object.keys(migrations).every((name) => known.has(Number.parseInt(name)))
})
