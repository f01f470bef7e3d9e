/** Invoices with their attempts, money facts and idempotency keys. */
import {
  type ChargeAttempt,
  Idempotency,
  Ids,
  Invoice,
  type Operations,
  type OurNumber,
  type Owner,
  Store
} from "@salesos/core"
import { DateTime, Duration, Effect, Layer, Option, Schema } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { orUnavailable, transact } from "./Client.ts"
import {
  fromAttempt,
  fromDocument,
  fromFact,
  type InvoiceRow,
  selectInvoices,
  toHeld,
  toInvoice
} from "./InvoiceRows.ts"
import { claim, findKey } from "./IdempotencyKeys.ts"
import { post } from "./Ledger.ts"
import { Outbox } from "./Outbox.ts"
import { conditions, page } from "./Paging.ts"

const isInvoiceId = Schema.is(Ids.InvoiceId)

/** Another request took the key between our look and our claim: the lease goes back with the transaction. */
class KeyTaken extends Schema.TaggedError<KeyTaken>()("KeyTaken", {}) {}

const inProgress = { _tag: "InProgress", retryAfterSeconds: 1 } as const

/** What is to become of an invoice as it was read. */
interface Decided {
  readonly row: InvoiceRow
  readonly held: Operations.Held<Invoice.Invoice>
  readonly change: Operations.Change<Invoice.Invoice>
}

export const layer = Layer.effect(
  Store.InvoiceStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const outbox = yield* Outbox

    const read = ({ environment, tenant }: Owner.Owner, id: Ids.InvoiceId) =>
      selectInvoices(
        sql,
        sql`select * from invoice where tenant = ${tenant} and environment = ${environment} and id = ${id}`
      )

    const seconds = (duration: Duration.Duration) => Duration.toSeconds(duration)

    /**
     * Key, number, invoice and first attempt in one statement: the counter is locked last, and only as long as the
     * statement commits. Nothing at all happens where the key is known.
     */
    const insert = (intent: Store.InvoiceIntent) => {
      const { account, document, id, keyed, lease, leg, missesCountAfter, owner, request, timeZone } = intent
      const at = DateTime.toDateUtc(intent.createdAt)
      const lapsesAt = DateTime.toDateUtc(intent.lapsesAt)
      const wanted = request.tax_document
      return sql<{ readonly our_number: OurNumber.OurNumber; readonly misses_count_from: Date }>`
        with claimed as (
          insert into idempotency_key (tenant, environment, key, fingerprint, resource)
          values (${owner.tenant}, ${owner.environment}, ${keyed.key}, sha256(convert_to(${keyed.fingerprint}, 'UTF8')), ${id})
          on conflict do nothing
          returning tenant, environment
        ), numbered as (
          insert into our_number as o (tenant, environment, series, year, last)
          select tenant, environment, 'INV', extract(year from ${at}::timestamptz at time zone ${timeZone})::int, 1 from claimed
          on conflict (tenant, environment, series, year) do update set last = o.last + 1
          returning tenant, environment,
            'INV-' || year || '-' || lpad(last::text, greatest(6, length(last::text)), '0') as our_number
        ), created as (
          insert into invoice (tenant, environment, id, our_number, status, confirmed, request, amount, currency, method, account,
            cost_center, contractor_reference, created_at, updated_at, lease_token, lease_until)
          select tenant, environment, ${id}, our_number, 'open', false, ${JSON.stringify(request)}::jsonb, ${request.amount},
            ${request.currency}, ${request.payment_method.type}, ${account}, ${request.cost_center},
            ${request.contractor_reference ?? null}, ${at}, ${at}, 1,
            clock_timestamp() + make_interval(secs => ${seconds(lease)})
          from numbered
        ), documented as (
          insert into tax_document (tenant, environment, invoice, id, type, status, auto_issue, service_code, iss_withheld, metadata,
            created_at, updated_at)
          select tenant, environment, ${id}, ${document}::text, ${wanted?.type ?? null}::text, 'pending',
            ${wanted?.auto_issue ?? false}, ${wanted?.service_code ?? null}::text, ${wanted?.iss_withheld ?? false}, '{}', ${at}, ${at}
          from numbered where ${document !== null && wanted !== undefined}
        )
        insert into charge_attempt (tenant, environment, invoice, number, leg, reference, account, status, lapses_at,
          misses_count_from, due_at, created_at)
        select tenant, environment, ${id}, 1, ${leg}, our_number, ${account}, 'sent', ${lapsesAt}, quiet, quiet, ${at}
        from numbered, lateral (select clock_timestamp() + make_interval(secs => ${seconds(missesCountAfter)}) as quiet) q
        returning reference as our_number, misses_count_from`
    }

    /** What the key means now, and the lease where nobody holds it. */
    const decideKnown = Effect.fnUntraced(function* ({ keyed, lease, owner }: Store.InvoiceIntent) {
      const found = yield* findKey(sql, owner, keyed)
      if (found === undefined) return Option.none<Operations.Opened<Invoice.Invoice>>() // purged in between
      const decision = Idempotency.decide(found)
      if (decision._tag !== "Resume") return Option.some<Operations.Opened<Invoice.Invoice>>(decision)
      const taken = isInvoiceId(found.resource) ? yield* takeLease(owner, found.resource, lease) : Option.none()
      return Option.some<Operations.Opened<Invoice.Invoice>>(
        Option.match(taken, {
          onNone: () => inProgress,
          onSome: (holder) => ({ _tag: "Resumed", ...holder })
        })
      )
    })

    const open = Effect.fn("InvoiceStore.open")(function* (intent: Store.InvoiceIntent) {
      const [inserted] = yield* orUnavailable(insert(intent))
      if (inserted !== undefined) {
        const numbered = {
          ...intent,
          ourNumber: inserted.our_number,
          missesCountFrom: DateTime.fromDateUnsafe(inserted.misses_count_from)
        }
        return {
          _tag: "Created",
          current: Invoice.requested(numbered),
          lease: { token: 1 }
        } satisfies Operations.Opened<Invoice.Invoice>
      }
      return Option.getOrThrow(yield* transact(decideKnown(intent)))
    })

    /** Compare-and-set on the row: of several takers one gets it. */
    const takeLease = Effect.fnUntraced(function* (owner: Owner.Owner, id: Ids.InvoiceId, duration: Duration.Duration) {
      const [taken] = yield* sql<{ readonly lease_token: bigint }>`
        update invoice set lease_token = lease_token + 1,
          lease_until = clock_timestamp() + make_interval(secs => ${seconds(duration)})
        where tenant = ${owner.tenant} and environment = ${owner.environment} and id = ${id}
          and (lease_until is null or lease_until <= clock_timestamp())
        returning lease_token`
      if (taken === undefined) return Option.none()
      const [row] = yield* read(owner, id)
      return Option.fromUndefinedOr(row).pipe(
        Option.map((found) => ({ current: toInvoice(found), lease: { token: Number(taken.lease_token) } }))
      )
    })

    /** What a key means already; undefined when it is new, or its operation is to be gone on with. */
    const settledKey = Effect.fnUntraced(function* (owner: Owner.Owner, keyed: Idempotency.Keyed | null) {
      const found = keyed === null ? undefined : yield* findKey(sql, owner, keyed)
      const decision = found === undefined ? undefined : Idempotency.decide(found)
      return { isKnown: found !== undefined, decision: decision?._tag === "Resume" ? undefined : decision }
    })

    const begin = Effect.fnUntraced(function* (
      owner: Owner.Owner,
      id: Ids.InvoiceId,
      keyed: Idempotency.Keyed | null,
      duration: Duration.Duration
    ): Effect.fn.Return<Operations.Begun<Invoice.Invoice>, KeyTaken | SqlError.SqlError> {
      const before = yield* settledKey(owner, keyed)
      if (before.decision !== undefined) return before.decision
      const taken = yield* takeLease(owner, id, duration)
      if (Option.isNone(taken)) {
        const [row] = yield* sql<{ readonly seconds: number }>`
          select extract(epoch from lease_until - clock_timestamp())::float8 as seconds from invoice
          where tenant = ${owner.tenant} and environment = ${owner.environment} and id = ${id}`
        if (row === undefined) return { _tag: "Missing" }
        // Whoever holds it may have taken the key with it a moment ago.
        const { decision } = yield* settledKey(owner, keyed)
        return decision ?? { _tag: "Busy", retryAfterSeconds: Math.max(1, Math.ceil(row.seconds)) }
      }
      if (keyed !== null && !before.isKnown && !(yield* claim(sql, owner, keyed, id))) return yield* new KeyTaken()
      return { _tag: "Begun", ...taken.value }
    })

    /** The lock is taken by a statement of its own: the next one then sees all that was committed before it. */
    const lock = ({ environment, tenant }: Owner.Owner, id: Ids.InvoiceId) =>
      sql`select 1 from invoice where tenant = ${tenant} and environment = ${environment} and id = ${id} for update`

    /**
     * State, attempts, the stored answer and what was seen, in one statement: if the invoice still is what it was read as,
     * else nothing. Only who holds the lease may end the operation.
     */
    const write = ({ change, held, row }: Decided) => {
      const { next: invoice, seen } = change
      const finished = held.holdsLease ? change.finished : undefined
      const released = held.holdsLease && change.released === true
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
            lease_until = case when ${finished !== undefined || released} then null else lease_until end
          where tenant = ${row.tenant} and environment = ${row.environment} and id = ${row.id}
            and updated_at = ${row.updated_at} and lease_token = ${row.lease_token}
          returning tenant, environment, id
        ), attempted as (
          insert into charge_attempt as a (tenant, environment, invoice, number, leg, reference, account, status, provider_id,
            artifact, exchange, expires_at, lapses_at, canceled_at, end_reason, cancel, refund, misses, misses_count_from, due_at,
            created_at)
          select c.*, r.* from changed c, jsonb_to_recordset(${JSON.stringify(attempts.map(fromAttempt))}::jsonb)
            as r (number int, leg text, reference text, account text, status text, provider_id text, artifact jsonb,
              exchange jsonb, expires_at timestamptz, lapses_at timestamptz, canceled_at timestamptz, end_reason text, cancel jsonb,
              refund jsonb, misses int, misses_count_from timestamptz, due_at timestamptz, created_at timestamptz)
          on conflict (tenant, environment, invoice, number) do update set status = excluded.status,
            provider_id = excluded.provider_id, artifact = excluded.artifact, exchange = excluded.exchange,
            expires_at = excluded.expires_at, lapses_at = excluded.lapses_at, canceled_at = excluded.canceled_at,
            end_reason = excluded.end_reason, cancel = excluded.cancel, refund = excluded.refund, misses = excluded.misses,
            misses_count_from = excluded.misses_count_from,
            -- A notification that came meanwhile has made it due: that is not forgotten unless it is over.
            due_at = case when a.due_at <= clock_timestamp() and excluded.due_at is not null
              then a.due_at else excluded.due_at end
        ), documented as (
          insert into tax_document as d (tenant, environment, invoice, id, type, status, auto_issue, service_code, iss_withheld,
            metadata, sending, held, document_number, access_key, issued_at, canceled_at, cancel, failure, due_at, created_at,
            updated_at)
          select c.*, r.* from changed c, jsonb_to_recordset(${JSON.stringify(documents.map(fromDocument))}::jsonb)
            as r (id text, type text, status text, auto_issue boolean, service_code text, iss_withheld boolean, metadata jsonb,
              sending jsonb, held text, document_number text, access_key text, issued_at timestamptz, canceled_at timestamptz,
              cancel jsonb, failure jsonb, due_at timestamptz, created_at timestamptz, updated_at timestamptz)
          on conflict (tenant, environment, id) do update set status = excluded.status, auto_issue = excluded.auto_issue,
            sending = excluded.sending, held = excluded.held, document_number = excluded.document_number,
            access_key = excluded.access_key, issued_at = excluded.issued_at, canceled_at = excluded.canceled_at,
            cancel = excluded.cancel, failure = excluded.failure, due_at = excluded.due_at, updated_at = excluded.updated_at
        ), answered as (
          update idempotency_key k set response_status = ${finished?.response?.status ?? null},
            response_body = ${finished?.response?.body ?? null}, finished_at = clock_timestamp()
          from changed c
          where ${finished !== undefined}
            and (k.tenant, k.environment, k.key) = (c.tenant, c.environment, ${finished?.keyed.key ?? null})
        ), observed as (
          insert into observation (tenant, environment, invoice, attempt, raw)
          select c.*, ${seen?.attempt ?? null}::int, r.raw
          from changed c, (select ${seen === undefined ? null : JSON.stringify(seen.raw)}::jsonb as raw) r
          where ${seen !== undefined} and r.raw is distinct from (
            select o.raw from observation o
            where (o.tenant, o.environment, o.invoice, o.attempt) = (c.tenant, c.environment, c.id, ${seen?.attempt ?? null})
            order by o.seen_at desc limit 1)
        )
        select 1 from changed`.pipe(Effect.map((rows) => rows.length > 0))
    }

    /**
     * A new fact takes its key, and a second taker fails the transaction; a known one may learn its fee, and one that was only
     * inferred what it really was.
     */
    const recordFacts = (invoice: Invoice.Invoice, facts: Invoice.Invoice["facts"]) => sql`
      insert into money_fact as f (tenant, environment, invoice, key, kind, attempt, amount, currency, fee, occurred_at, booked_as,
        inferred, settlements)
      select ${invoice.owner.tenant}, ${invoice.owner.environment}, ${invoice.id}, r.*
      from jsonb_to_recordset(${JSON.stringify(facts.map(fromFact))}::jsonb) as r (key text, kind text, attempt int, amount bigint,
        currency text, fee bigint, occurred_at timestamptz, booked_as text, inferred boolean, settlements jsonb)
      on conflict (tenant, environment, key) do update set fee = excluded.fee, amount = excluded.amount,
        currency = excluded.currency, occurred_at = excluded.occurred_at, inferred = excluded.inferred
      where (f.fee is null or f.inferred) and f.invoice = excluded.invoice`

    const booked = ({ change: { events, next: invoice, posted }, held }: Decided) => ({
      facts: invoice.facts.filter((fact) => !held.current.facts.includes(fact)),
      posted,
      events
    })

    const change: Store.InvoiceStore["Service"]["change"] = (owner, id, lease, decide) => {
      const decided = Effect.gen(function* () {
        const [row] = yield* read(owner, id)
        if (row === undefined) return undefined
        const held = toHeld(row, lease)
        return { row, held, ...(yield* decide(held)) }
      })
      // Most changes are one statement, which sees for itself whether another change came in between.
      const alone = Effect.gen(function* () {
        const found = yield* decided
        if (found === undefined) return Option.some(Option.none())
        const { events, facts, posted } = booked(found)
        if (facts.length + posted.length + events.length > 0) return Option.none()
        return (yield* write(found)) ? Option.some(Option.some(found.result)) : Option.none()
      })
      const locked = Effect.gen(function* () {
        yield* lock(owner, id)
        const found = yield* decided
        if (found === undefined) return Option.none()
        if (!(yield* write(found))) return yield* Effect.die("An invoice changed under its lock")
        const { events, facts, posted } = booked(found)
        if (facts.length > 0) yield* recordFacts(found.change.next, facts)
        if (posted.length > 0) yield* post(posted)
        if (events.length > 0) yield* outbox.publish(owner, events)
        return Option.some(found.result)
      })
      return orUnavailable(alone).pipe(
        Effect.flatMap(Option.match({ onNone: () => transact(locked), onSome: Effect.succeed })),
        Effect.provideService(SqlClient.SqlClient, sql),
        Effect.withSpan("InvoiceStore.change")
      )
    }

    const narrowed = (owner: Owner.Owner, filter: Store.InvoiceFilter) =>
      conditions(sql, owner, filter, {
        status: filter.status,
        method: filter.method,
        account: filter.provider,
        cost_center: filter.costCenter,
        our_number: filter.ourNumber,
        contractor_reference: filter.contractorReference
      })

    return Store.InvoiceStore.of({
      open: (intent) => Effect.provideService(open(intent), SqlClient.SqlClient, sql),
      begin: (owner, id, keyed, duration) =>
        transact(begin(owner, id, keyed, duration)).pipe(
          Effect.catchTag("KeyTaken", () => Effect.succeed(inProgress)),
          Effect.provideService(SqlClient.SqlClient, sql)
        ),
      recall: (owner, keyed) =>
        orUnavailable(findKey(sql, owner, keyed)).pipe(
          Effect.map((found) => Option.map(Option.fromUndefinedOr(found), Idempotency.decide))
        ),
      change,
      get: (owner, id) =>
        orUnavailable(read(owner, id)).pipe(
          Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), toInvoice)),
          Effect.withSpan("InvoiceStore.get")
        ),
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
        // By charge_attempt_due; what another worker has just taken is passed over.
        sql<{
          readonly tenant: Ids.TenantId
          readonly environment: Owner.Environment
          readonly invoice: Ids.InvoiceId
          readonly number: ChargeAttempt.ChargeAttempt["number"]
        }>`
          with due as (
            select tenant, environment, invoice, number from charge_attempt
            where due_at <= clock_timestamp() order by due_at limit ${limit} for update skip locked
          )
          update charge_attempt a set due_at = clock_timestamp() + make_interval(secs => ${seconds(retryIn)})
          from due where (a.tenant, a.environment, a.invoice, a.number) = (due.tenant, due.environment, due.invoice, due.number)
          returning a.tenant, a.environment, a.invoice, a.number`.pipe(
          orUnavailable,
          Effect.map((rows) =>
            rows.map(({ environment, invoice, number, tenant }) => ({
              owner: { tenant, environment },
              invoice,
              attempt: number
            }))
          )
        )
    })
  })
)
