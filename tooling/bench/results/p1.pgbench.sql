-- One creation of a PIX invoice, as captured from the application and run by pgbench in its place.
-- Made by `pnpm bench`; don't edit. Its variables:
--
-- :base is given with each run and :n begins at 0; both make every transaction's ids its own.
-- :s2_2 = sandbox
-- :s2_3 = key_00000000000000000000000001
-- :s2_4 = 1
-- :s2_5 = 2147483647
-- :s3_1_0 = [{"id": "
-- :s3_1_2 = ", "key": "
-- :s3_1_4 = ", "leg": "pix", "lease": 120, "quiet": 140, "amount": 798, "method": "pix", "account": "infrapsp", "request": {"amount": 798, "currency": "BRL", "customer": {"name": "Maria da Silva", "email": "maria@example.com", "country": "BR", "document": "52998224725"}, "cost_center": "CC-MKT", "description": "Consulting - April/2026", "payment_method": {"type": "pix"}}, "currency": "BRL", "document": null, "lapses_at": "2026-11-28T21:50:21.487Z", "auto_issue": false, "created_at": "2026-11-28T20:50:21.487Z", "cost_center": "CC-MKT", "fingerprint": "[\"POST\",\"/functions/v1/payments/invoices\",{\"amount\":798,\"cost_center\":\"CC-MKT\",\"currency\":\"BRL\",\"customer\":{\"country\":\"BR\",\"document\":\"52998224725\",\"email\":\"maria@example.com\",\"name\":\"Maria da Silva\"},\"description\":\"Consulting - April/2026\",\"payment_method\":{\"type\":\"pix\"}}]", "iss_withheld": false}]
-- :s3_3 = sandbox
-- :s3_5 = sandbox
-- :s3_7 = sandbox
-- :s3_8 = INV
-- :s3_9 = 2026
-- :s4_2 = sandbox
-- :s5_1 = open
-- :s5_2 = t
-- :s5_3 = infrapsp
-- :s5_5 = 0
-- :s5_6 = f
-- :s5_12 = 2026-11-28 20:50:21.502+00
-- :s5_13 = t
-- :s5_15 = sandbox
-- :s5_17 = 2026-11-28 20:50:21.487+00
-- :s5_18 = 1
-- :s5_19 = [{"due_at": "2026-11-28T20:52:41.488881+00:00", "number": 1}]
-- :s5_20 = charge
-- :s5_21 = []
-- :s5_22_0 = [{"leg": "pix", "cancel": null, "due_at": "2026-11-28T20:50:23.499Z", "misses": 0, "number": 1, "refund": null, "status": "open", "account": "infrapsp", "alerted": false, "artifact": {"type": "pix", "copyPaste": "00020126580014br.gov.bcb.pix013600000000-5a1e-4505-8000-00000000000152040000530398654047.985802BR5917SalesOS Simulador6009Sao Paulo62290525S1v7Eu9R9GMjwxPbBPJ8kSR0N6304987D"}, "exchange": null, "lapses_at": "2026-11-28T21:50:21.493Z", "reference": "INV-2026-000006", "created_at": "2026-11-28T20:50:21.487Z", "end_reason": null, "expires_at": "2026-11-28T21:50:21.493Z", "canceled_at": null, "provider_id": "
-- :s5_22_2 = ", "misses_count_from": "2026-11-28T20:50:21.499Z"}]
-- :s5_23 = []
-- :s5_24 = []
-- :s5_25 = []
-- :s5_26 = 201
-- :s5_27_0 = {"id":"
-- :s5_27_2 = ","object":"invoice","livemode":false,"our_number":"INV-2026-000006","status":"open","confirmed":true,"amount":798,"currency":"BRL","description":"Consulting - April/2026","customer":{"country":"BR","document":"52998224725","name":"Maria da Silva","email":"maria@example.com"},"payment_method":{"type":"pix","expires_at":"2026-11-28T21:50:21.493Z","pix":{"copy_paste":"00020126580014br.gov.bcb.pix013600000000-5a1e-4505-8000-00000000000152040000530398654047.985802BR5917SalesOS Simulador6009Sao Paulo62290525S1v7Eu9R9GMjwxPbBPJ8kSR0N6304987D","qr_code_url":"http://127.0.0.1:19614/qr/
-- :s5_27_4 = .svg","end_to_end_id":null}},"checkout_url":"http://127.0.0.1:19614/pay/dx-IRPKFXNudyf2C-mqEbQ","provider":"infrapsp","exchange":null,"tax_document":null,"amount_paid":null,"amount_reversed":0,"late_payment":false,"payer":null,"failure":null,"paid_at":null,"canceled_at":null,"cost_center":"CC-MKT","contractor_reference":null,"metadata":{},"created_at":"2026-11-28T20:50:21.487Z","updated_at":"2026-11-28T20:50:21.502Z"}
-- :s5_28 = t
-- :s5_30 = 1
-- :s5_31_0 = {"payables": null, "chargebacks": null, "transaction": {"id": "
-- :s5_31_2 = ", "items": [{"code": "INV-2026-000006", "amount": 798, "category": "invoice", "quantity": 1, "description": "Consulting - April/2026"}], "amount": 798, "method": "pix", "paidAt": null, "splits": [{"amount": 798, "isFeePayer": true, "merchantId": "CRutyJmJHin46NXnRdCjN"}], "status": "waiting_payment", "refunds": [], "customer": {"email": "maria@example.com", "gender": "unknown", "phones": [], "personName": "Maria da Silva", "documentType": "cpf", "documentNumber": "52998224725"}, "metadata": {}, "paidData": {}, "shipping": {"amount": 0, "description": "No shipping", "recipientName": "Maria da Silva", "recipientPhones": []}, "createdAt": "2026-11-28T20:50:21.493Z", "updatedAt": "2026-11-28T20:50:21.493Z", "externalId": "INV-2026-000006", "merchantId": "CRutyJmJHin46NXnRdCjN", "methodData": {"qrCode": "00020126580014br.gov.bcb.pix013600000000-5a1e-4505-8000-00000000000152040000530398654047.985802BR5917SalesOS Simulador6009Sao Paulo62290525S1v7Eu9R9GMjwxPbBPJ8kSR0N6304987D", "expirationDate": "2026-11-28T21:50:21.493Z"}, "providerId": "211639f4538042f671742f72762b1aef00563070c6", "refundedAt": null, "antifraudData": null, "statusHistory": [{"status": "created", "message": "transaction created", "createdAt": "2026-11-28T20:50:21.493Z"}, {"status": "waiting_payment", "message": "waiting payment", "createdAt": "2026-11-28T20:50:21.493Z"}], "statusMessage": "waiting payment", "amountRefunded": 0, "methodSettings": {"expiresIn": 3600, "payerRequest": "Consulting - April/2026", "additionalInfo": []}, "preTransactionId": null, "externalSaleChannel": null}}
-- :s5_32 = t
-- :s5_33 = 1
-- :s5_34 = []

\set t random(1, 200)
\set n :n + 1
\set u :base + :n * 32 + :client_id

select tenant, environment, hash, id, name, scopes, rate_limit_per_hour, ip_allowlist, expires_at, created_at, revoked_at from api_key where lookup = (substring(sha256(convert_to('sk_test_' || lpad(:t::text, 24, '0'), 'UTF8')) from 1 for 12));

with counted as (
          insert into api_key_usage as u (tenant, environment, key, hour, requests)
          select ('ten_' || lpad(:t::text, 26, '0')), :s2_2, :s2_3, date_trunc('hour', clock_timestamp()), :s2_4
          where set_config('synchronous_commit', 'off', true) = 'off'
          on conflict (tenant, environment, key) do update set hour = greatest(u.hour, excluded.hour),
            requests = case when u.hour < excluded.hour then 0 else u.requests end + excluded.requests
          where u.hour < excluded.hour or u.requests < :s2_5
          returning hour, requests
        )
        select c.requests as last, least(3600, greatest(1, ceil(extract(epoch from
          coalesce(c.hour, date_trunc('hour', clock_timestamp())) + interval '1 hour' - clock_timestamp()))))::float8 as reset_seconds
        from (select 1) one left join counted c on true;

with 
    wanted as (
      select * from jsonb_to_recordset((:s3_1_0::text || 'inv_' || lpad(:u::text, 26, '0') || :s3_1_2::text || 'pgbench-' || :u::text || :s3_1_4::text)::jsonb) as r (id text, key text, fingerprint text, request jsonb, amount bigint, currency text, cost_center text, contractor_reference text, account text, created_at timestamptz, lease float8, quiet float8, method text, leg text, lapses_at timestamptz, document text, document_type text, auto_issue boolean, service_code text, iss_withheld boolean)
    ), claimed as (
      insert into idempotency_key (tenant, environment, key, fingerprint, resource)
      select ('ten_' || lpad(:t::text, 26, '0')), :s3_3, key, sha256(convert_to(fingerprint, 'UTF8')), id from wanted w
      where (
  exists (select 1 from cost_center where tenant = ('ten_' || lpad(:t::text, 26, '0')) and environment = :s3_5 and code = w.cost_center)
  or not exists (select 1 from cost_center where tenant = ('ten_' || lpad(:t::text, 26, '0')) and environment = :s3_7)) order by key
      on conflict do nothing
      returning tenant, environment, resource
    ), numbered as (
      insert into our_number as o (tenant, environment, series, year, last)
      select tenant, environment, :s3_8, :s3_9::int, count(*) from claimed group by tenant, environment
      on conflict (tenant, environment, series, year) do update set last = o.last + excluded.last
      returning series, year, last
    ), given as (
      select c.tenant, c.environment, w.*,
        n.series || '-' || n.year || '-' || lpad(c.number::text, greatest(6, length(c.number::text)), '0') as our_number
      from numbered n, lateral (
        select *, n.last - count(*) over () + row_number() over (order by resource) as number from claimed
      ) c join wanted w on w.id = c.resource
    ), created as (
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
        returning invoice as id, reference as our_number, misses_count_from;

select i.tenant, i.environment, i.id, i.our_number, i.status, i.confirmed, i.request, i.amount_paid, i.amount_reversed,
      i.late_payment, i.payer, i.end_to_end_id, i.failure, i.paid_at, i.canceled_at, i.created_at, i.updated_at,
      i.lease_token, i.lease_until, clock_timestamp() as now,
      (select json_agg(a order by a.number) from charge_attempt a
        where (a.tenant, a.environment, a.invoice) = (i.tenant, i.environment, i.id)) as attempts,
      (select json_agg(f order by f.recorded_at, f.key) from money_fact f
        where (f.tenant, f.environment, f.invoice) = (i.tenant, i.environment, i.id)) as facts,
      (select json_agg(d order by d.created_at, d.id) from tax_document d
        where (d.tenant, d.environment, d.invoice) = (i.tenant, i.environment, i.id)) as documents
    from (select * from "invoice" where tenant = ('ten_' || lpad(:t::text, 26, '0')) and environment = :s4_2 and id = ('inv_' || lpad(:u::text, 26, '0'))) i;

with changed as (
          update invoice set status = :s5_1, confirmed = :s5_2,
            account = :s5_3,
            amount_paid = null, amount_reversed = :s5_5, late_payment = :s5_6,
            payer = null::jsonb, end_to_end_id = null, failure = null::jsonb,
            paid_at = null, canceled_at = null, updated_at = :s5_12,
            lease_until = case when :s5_13 then null else lease_until end
          where tenant = ('ten_' || lpad(:t::text, 26, '0')) and environment = :s5_15 and id = ('inv_' || lpad(:u::text, 26, '0'))
            and updated_at = :s5_17 and lease_token = :s5_18
          returning tenant, environment, id
        ), 
    "charge_attempt_updated" as (
      update "charge_attempt" was
      set status = r.status, provider_id = r.provider_id, artifact = r.artifact, exchange = r.exchange, expires_at = r.expires_at, lapses_at = r.lapses_at, canceled_at = r.canceled_at, end_reason = r.end_reason, cancel = r.cancel, refund = r.refund, misses = r.misses, misses_count_from = r.misses_count_from, alerted = r.alerted, due_at = 
    case
      when was.due_at is distinct from (
        select read.due_at from jsonb_to_recordset(:s5_19::jsonb) as read (number int, due_at timestamptz)
        where read.number = was.number
      ) then least(was.due_at, r.due_at) -- of what is known: null is no time at all
      when (r.due_at is null or was.due_at <= clock_timestamp()) and exists (
        select from notification_subject s
        where (s.tenant, s.environment, s.account, s.kind, s.provider_id)
            = (was.tenant, was.environment, was.account, :s5_20, r.provider_id) and s.status = 'pending'
          and (s.provider_id, s.dedupe_key) not in (
            select "providerId", notification from jsonb_to_recordset(:s5_21::jsonb)
              as h ("providerId" text, notification text))
      ) then coalesce(was.due_at, clock_timestamp())
      else r.due_at
    end
      from changed c, jsonb_to_recordset((:s5_22_0::text || lpad(:u::text, 21, '0') || :s5_22_2::text)::jsonb) as r (number int, leg text, reference text, account text, status text, provider_id text, artifact jsonb, exchange jsonb, expires_at timestamptz, lapses_at timestamptz, canceled_at timestamptz, end_reason text, cancel jsonb, refund jsonb, misses int, misses_count_from timestamptz, alerted boolean, due_at timestamptz, created_at timestamptz)
      where (was.tenant, was.environment, was."invoice", was."number") = (c.tenant, c.environment, c.id, r."number")
      returning 1
    ), "charge_attempt_inserted" as (
      insert into "charge_attempt" (tenant, environment, "invoice", number, leg, reference, account, status, provider_id, artifact, exchange, expires_at, lapses_at, canceled_at, end_reason, cancel, refund, misses, misses_count_from, alerted, due_at, created_at)
      select c.*, r.* from changed c, jsonb_to_recordset(:s5_23::jsonb) as r (number int, leg text, reference text, account text, status text, provider_id text, artifact jsonb, exchange jsonb, expires_at timestamptz, lapses_at timestamptz, canceled_at timestamptz, end_reason text, cancel jsonb, refund jsonb, misses int, misses_count_from timestamptz, alerted boolean, due_at timestamptz, created_at timestamptz)
      where (select count(*) from "charge_attempt_updated") >= 0 -- after it: one may take the place of the other
    ),
        
    "tax_document_updated" as (
      update "tax_document" was
      set status = r.status, auto_issue = r.auto_issue, asked = r.asked, service_code = r.service_code, iss_withheld = r.iss_withheld, metadata = r.metadata, sending = r.sending, held = r.held, document_number = r.document_number, access_key = r.access_key, issued_at = r.issued_at, canceled_at = r.canceled_at, cancel = r.cancel, failure = r.failure, updated_at = r.updated_at, due_at = r.due_at
      from changed c, jsonb_to_recordset(:s5_24::jsonb) as r (id text, type text, status text, auto_issue boolean, asked boolean, service_code text, iss_withheld boolean, metadata jsonb, sending jsonb, held text, document_number text, access_key text, issued_at timestamptz, canceled_at timestamptz, cancel jsonb, failure jsonb, due_at timestamptz, created_at timestamptz, updated_at timestamptz)
      where (was.tenant, was.environment, was."invoice", was."id") = (c.tenant, c.environment, c.id, r."id")
      returning 1
    ), "tax_document_inserted" as (
      insert into "tax_document" (tenant, environment, "invoice", id, type, status, auto_issue, asked, service_code, iss_withheld, metadata, sending, held, document_number, access_key, issued_at, canceled_at, cancel, failure, due_at, created_at, updated_at)
      select c.*, r.* from changed c, jsonb_to_recordset(:s5_25::jsonb) as r (id text, type text, status text, auto_issue boolean, asked boolean, service_code text, iss_withheld boolean, metadata jsonb, sending jsonb, held text, document_number text, access_key text, issued_at timestamptz, canceled_at timestamptz, cancel jsonb, failure jsonb, due_at timestamptz, created_at timestamptz, updated_at timestamptz)
      where (select count(*) from "tax_document_updated") >= 0 -- after it: one may take the place of the other
    ),
        
    answered as (
      update idempotency_key k set response_status = :s5_26,
        response_body = (:s5_27_0::text || 'inv_' || lpad(:u::text, 26, '0') || :s5_27_2::text || 'inv_' || lpad(:u::text, 26, '0') || :s5_27_4::text), finished_at = clock_timestamp()
      from changed c
      where :s5_28
        and (k.tenant, k.environment, k.key) = (c.tenant, c.environment, ('pgbench-' || :u::text))
    ), observed as (
      insert into observation (tenant, environment, "invoice", attempt, raw)
      select c.*, :s5_30::int, r.raw
      from changed c, (select (:s5_31_0::text || lpad(:u::text, 21, '0') || :s5_31_2::text)::jsonb as raw) r
      where :s5_32 and r.raw is distinct from (
        select o.raw from observation o
        where (o.tenant, o.environment, o."invoice", o.attempt) = (c.tenant, c.environment, c.id, :s5_33)
        order by o.seen_at desc limit 1)
    ), processed as (
      update notification_subject s set status = 'processed', processed_at = clock_timestamp()
      from changed c, jsonb_to_recordset(:s5_34::jsonb)
        as h (account text, notification text, kind text, "providerId" text)
      where (s.tenant, s.environment, s.account, s.kind, s.provider_id, s.dedupe_key)
          = (c.tenant, c.environment, h.account, h.kind, h."providerId", h.notification)
        and s.status = 'pending'
    )
        select 1 from changed;
