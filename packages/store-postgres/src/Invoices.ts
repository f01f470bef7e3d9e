/** Invoices with their attempts, money facts and tax documents. */
import { Ids, Invoice, type Owner, Store } from "@salesos/core"
import { DateTime, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"
import * as Due from "./Due.ts"
import { attempts, documents, type InvoiceRow, selectInvoices, toInvoice } from "./InvoiceRows.ts"
import * as Operations from "./Operations.ts"
import { conditions, createdIn, page } from "./Paging.ts"
import * as Parts from "./Parts.ts"

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
        ), ${Parts.write(sql, attempts, held.current.attempts, invoice.attempts, Due.dueAfter(sql, "charge", decided))},
        ${Parts.write(sql, documents, held.current.documents, invoice.documents, sql`r.due_at`)},
        ${Operations.answeredAndObserved(sql, "invoice", decided)}
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
