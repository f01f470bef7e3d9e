/** Invoices with their attempts, money facts and tax documents. */
import { Ids, Invoice, type Owner, Store } from "@salesos/core"
import { DateTime, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"
import * as Due from "./Due.ts"
import { fromAttempt, fromDocument, type InvoiceRow, selectInvoices, toInvoice } from "./InvoiceRows.ts"
import * as Operations from "./Operations.ts"
import { conditions, createdIn, page } from "./Paging.ts"

export const layer = Layer.effect(
  Store.InvoiceStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    /** Keys, numbers, invoices, first attempts and tax documents in one statement. */
    const insert = (batch: Operations.Batch<Store.InvoiceIntent>) =>
      sql<Operations.Numbered>`
        with ${Operations.claimedAndNumbered(
          sql,
          batch,
          ({ document, lapsesAt, leg, request: { payment_method, tax_document } }) => ({
            method: payment_method.type,
            leg,
            lapses_at: DateTime.formatIso(lapsesAt),
            document,
            document_type: tax_document?.type,
            auto_issue: tax_document?.auto_issue ?? false,
            service_code: tax_document?.service_code,
            iss_withheld: tax_document?.iss_withheld ?? false
          }),
          "method text, leg text, lapses_at timestamptz, document text, document_type text, auto_issue boolean, " +
            "service_code text, iss_withheld boolean"
        )}, created as (
          insert into invoice (tenant, environment, id, our_number, status, confirmed, request, amount, currency, method, account,
            cost_center, contractor_reference, created_at, updated_at, lease_token, lease_until)
          select tenant, environment, id, our_number, 'open', false, request, amount, currency, method, account,
            cost_center, contractor_reference, created_at, created_at, 1, clock_timestamp() + make_interval(secs => lease)
          from given
        ), documented as (
          insert into tax_document (tenant, environment, invoice, id, type, status, auto_issue, service_code, iss_withheld, metadata,
            created_at, updated_at)
          select tenant, environment, id, document, document_type, 'pending', auto_issue, service_code, iss_withheld, '{}',
            created_at, created_at
          from given where document is not null and document_type is not null
        )
        insert into charge_attempt (tenant, environment, invoice, number, leg, reference, account, status, lapses_at,
          misses_count_from, due_at, created_at)
        select tenant, environment, id, 1, leg, our_number, account, 'sent', lapses_at, from_now, from_now, created_at
        from given, lateral (select clock_timestamp() + make_interval(secs => given.quiet) as from_now) q
        returning invoice as id, reference as our_number, misses_count_from`

    /**
     * State, attempts, the stored answer and what was seen, in one statement: if the invoice still is what it was read as,
     * else nothing. Only who holds the lease may end the operation.
     */
    const write = (decided: Operations.Decided<Invoice.Invoice, InvoiceRow>) => {
      const { change, held, row } = decided
      const { next: invoice } = change
      const attempts = invoice.attempts.filter((attempt) => !held.current.attempts.includes(attempt))
      const documents = invoice.documents.filter((document) => !held.current.documents.includes(document))
      const time = (at: DateTime.Utc | null) => (at === null ? null : DateTime.toDateUtc(at))
      const json = (value: unknown) => (value === null ? null : JSON.stringify(value))
      return sql`
        with changed as (
          update invoice set status = ${invoice.status}, confirmed = ${invoice.confirmed},
            account = ${Invoice.account(invoice)},
            amount_paid = ${invoice.amountPaid}, amount_reversed = ${invoice.amountReversed}, late_payment = ${invoice.latePayment},
            payer = ${json(invoice.payer)}::jsonb, end_to_end_id = ${invoice.endToEndId}, failure = ${json(invoice.failure)}::jsonb,
            paid_at = ${time(invoice.paidAt)}, canceled_at = ${time(invoice.canceledAt)}, updated_at = ${time(invoice.updatedAt)},
            lease_until = case when ${Operations.endOf(decided).givesBack} then null else lease_until end
          where tenant = ${row.tenant} and environment = ${row.environment} and id = ${row.id}
            and updated_at = ${row.updated_at} and lease_token = ${row.lease_token}
          returning tenant, environment, id
        ), attempted as (
          insert into charge_attempt as a (tenant, environment, invoice, number, leg, reference, account, status, provider_id,
            artifact, exchange, expires_at, lapses_at, canceled_at, end_reason, cancel, refund, misses, misses_count_from, alerted,
            due_at, created_at)
          select c.*, r.* from changed c, jsonb_to_recordset(${JSON.stringify(attempts.map(fromAttempt))}::jsonb)
            as r (number int, leg text, reference text, account text, status text, provider_id text, artifact jsonb,
              exchange jsonb, expires_at timestamptz, lapses_at timestamptz, canceled_at timestamptz, end_reason text, cancel jsonb,
              refund jsonb, misses int, misses_count_from timestamptz, alerted boolean, due_at timestamptz, created_at timestamptz)
          on conflict (tenant, environment, invoice, number) do update set status = excluded.status,
            provider_id = excluded.provider_id, artifact = excluded.artifact, exchange = excluded.exchange,
            expires_at = excluded.expires_at, lapses_at = excluded.lapses_at, canceled_at = excluded.canceled_at,
            end_reason = excluded.end_reason, cancel = excluded.cancel, refund = excluded.refund, misses = excluded.misses,
            misses_count_from = excluded.misses_count_from, alerted = excluded.alerted,
            due_at = ${Due.dueAfter(sql, "charge", decided)}
        ), documented as (
          insert into tax_document as d (tenant, environment, invoice, id, type, status, auto_issue, asked, service_code,
            iss_withheld, metadata, sending, held, document_number, access_key, issued_at, canceled_at, cancel, failure, due_at,
            created_at, updated_at)
          select c.*, r.* from changed c, jsonb_to_recordset(${JSON.stringify(documents.map(fromDocument))}::jsonb)
            as r (id text, type text, status text, auto_issue boolean, asked boolean, service_code text, iss_withheld boolean,
              metadata jsonb, sending jsonb, held text, document_number text, access_key text, issued_at timestamptz, canceled_at timestamptz,
              cancel jsonb, failure jsonb, due_at timestamptz, created_at timestamptz, updated_at timestamptz)
          on conflict (tenant, environment, id) do update set status = excluded.status, auto_issue = excluded.auto_issue,
            asked = excluded.asked, service_code = excluded.service_code, iss_withheld = excluded.iss_withheld,
            metadata = excluded.metadata, sending = excluded.sending, held = excluded.held,
            document_number = excluded.document_number, access_key = excluded.access_key, issued_at = excluded.issued_at, canceled_at = excluded.canceled_at,
            cancel = excluded.cancel, failure = excluded.failure, due_at = excluded.due_at, updated_at = excluded.updated_at
        ), ${Operations.answeredAndObserved(sql, "invoice", decided)}
        select 1 from changed`.pipe(Effect.map((rows) => rows.length > 0))
    }

    const operations = yield* Operations.make({
      name: "invoice",
      series: "INV",
      isId: Schema.is(Ids.InvoiceId),
      insert,
      requested: Invoice.requested,
      select: (invoices) => selectInvoices(sql, invoices),
      fromRow: toInvoice,
      write
    })

    const narrowed = (owner: Owner.Owner, filter: Store.InvoiceFilter) =>
      conditions(sql, owner, createdIn("inv", filter), {
        status: filter.status,
        method: filter.method,
        account: filter.provider,
        cost_center: filter.costCenter,
        our_number: filter.ourNumber,
        contractor_reference: filter.contractorReference
      })

    return Store.InvoiceStore.of({
      ...operations,
      list: (owner, filter, wanted) =>
        page(wanted, narrowed(owner, filter), (where, order, limit) =>
          selectInvoices(sql, sql`select * from invoice where ${where} ${order} ${limit}`, order)
        ).pipe(
          orUnavailable,
          Effect.map(({ data, hasMore }) => ({ data: data.map(toInvoice), hasMore })),
          Effect.provideService(SqlClient.SqlClient, sql),
          Effect.withSpan("InvoiceStore.list")
        ),
      takeDue: (limit, retryIn) =>
        Due.takeDue<Ids.InvoiceId>(sql, "charge_attempt", "invoice", limit, retryIn).pipe(
          Effect.map((due) => due.map(({ attempt, id, owner }) => ({ owner, invoice: id, attempt })))
        )
    })
  })
)
