-- One creation of a PIX invoice, as captured from the application and run by pgbench in its place.
-- Made by `pnpm bench`; don't edit. Its variables:
--
-- :base is given with each run and :n begins at 0; both make every transaction's ids its own.
-- :s2_2 = sandbox
-- :s2_4 = ["POST","/functions/v1/payments/invoices",{"amount":798,"cost_center":"CC-MKT","currency":"BRL","customer":{"country":"BR","document":"52998224725","email":"maria@example.com","name":"Maria da Silva"},"description":"Consulting - April/2026","payment_method":{"type":"pix"}}]
-- :s2_6 = 2026-11-22 00:03:57.526+00
-- :s2_7 = America/Sao_Paulo
-- :s2_9 = {"amount": 798, "currency": "BRL", "customer": {"name": "Maria da Silva", "email": "maria@example.com", "country": "BR", "document": "52998224725"}, "cost_center": "CC-MKT", "description": "Consulting - April/2026", "payment_method": {"type": "pix"}}
-- :s2_10 = 798
-- :s2_11 = BRL
-- :s2_12 = pix
-- :s2_13 = infrapsp
-- :s2_14 = CC-MKT
-- :s2_16 = 2026-11-22 00:03:57.526+00
-- :s2_17 = 2026-11-22 00:03:57.526+00
-- :s2_18 = 120
-- :s2_20 = infrapsp
-- :s2_21 = 2026-11-22 00:03:57.526+00
-- :s2_22 = 140
-- :s3_2 = sandbox
-- :s4_1 = open
-- :s4_2 = t
-- :s4_3 = infrapsp
-- :s4_5 = 0
-- :s4_6 = f
-- :s4_12 = 2026-11-22 00:03:57.535+00
-- :s4_13 = t
-- :s4_15 = sandbox
-- :s4_17 = 2026-11-22 00:03:57.526+00
-- :s4_18 = 1
-- :s4_19_0 = [{"due_at": "2026-11-22T00:03:59.532Z", "misses": 0, "number": 1, "status": "open", "account": "infrapsp", "artifact": {"type": "pix", "copyPaste": "00020126580014br.gov.bcb.pix013600000000-5a1e-4505-8000-00000000000152040000530398654047.985802BR5917SalesOS Simulador6009Sao Paulo62290525rjX2pWLtK5UBR7fjc72KmWJh26304A7DC"}, "reference": "INV-2026-000006", "created_at": "2026-11-22T00:03:57.526Z", "end_reason": null, "expires_at": "2026-11-22T01:03:57.529Z", "canceled_at": null, "provider_id": "
-- :s4_19_2 = ", "misses_count_from": "2026-11-22T00:03:57.532Z"}]
-- :s4_20 = 201
-- :s4_21_0 = {"id":"
-- :s4_21_2 = ","object":"invoice","livemode":false,"our_number":"INV-2026-000006","status":"open","confirmed":true,"amount":798,"currency":"BRL","description":"Consulting - April/2026","customer":{"country":"BR","document":"52998224725","name":"Maria da Silva","email":"maria@example.com"},"payment_method":{"type":"pix","expires_at":"2026-11-22T01:03:57.529Z","pix":{"copy_paste":"00020126580014br.gov.bcb.pix013600000000-5a1e-4505-8000-00000000000152040000530398654047.985802BR5917SalesOS Simulador6009Sao Paulo62290525rjX2pWLtK5UBR7fjc72KmWJh26304A7DC","qr_code_url":"http://127.0.0.1:43383/qr/
-- :s4_21_4 = .svg","end_to_end_id":null}},"checkout_url":null,"provider":"infrapsp","exchange":null,"tax_document":null,"amount_paid":null,"amount_reversed":0,"late_payment":false,"payer":null,"failure":null,"paid_at":null,"canceled_at":null,"cost_center":"CC-MKT","contractor_reference":null,"metadata":{},"created_at":"2026-11-22T00:03:57.526Z","updated_at":"2026-11-22T00:03:57.535Z"}
-- :s4_22 = t
-- :s4_24 = 1
-- :s4_25_0 = {"payables": null, "transaction": {"id": "
-- :s4_25_2 = ", "items": [{"code": "INV-2026-000006", "amount": 798, "category": "invoice", "quantity": 1, "description": "Consulting - April/2026"}], "amount": 798, "method": "pix", "paidAt": null, "splits": [{"amount": 798, "isFeePayer": true, "merchantId": "CRutyJmJHin46NXnRdCjN"}], "status": "waiting_payment", "refunds": [], "customer": {"email": "maria@example.com", "gender": "unknown", "phones": [], "personName": "Maria da Silva", "documentType": "cpf", "documentNumber": "52998224725"}, "metadata": {}, "paidData": {}, "shipping": {"amount": 0, "description": "No shipping", "recipientName": "Maria da Silva", "recipientPhones": []}, "createdAt": "2026-11-22T00:03:57.529Z", "updatedAt": "2026-11-22T00:03:57.529Z", "externalId": "INV-2026-000006", "merchantId": "CRutyJmJHin46NXnRdCjN", "methodData": {"qrCode": "00020126580014br.gov.bcb.pix013600000000-5a1e-4505-8000-00000000000152040000530398654047.985802BR5917SalesOS Simulador6009Sao Paulo62290525rjX2pWLtK5UBR7fjc72KmWJh26304A7DC", "expirationDate": "2026-11-22T01:03:57.529Z"}, "providerId": "d0fca4a819a92d1202b7c98808ee103fb97204d2cb", "refundedAt": null, "antifraudData": null, "statusHistory": [{"status": "created", "message": "transaction created", "createdAt": "2026-11-22T00:03:57.529Z"}, {"status": "waiting_payment", "message": "waiting payment", "createdAt": "2026-11-22T00:03:57.529Z"}], "statusMessage": "waiting payment", "amountRefunded": 0, "methodSettings": {"expiresIn": 3600, "payerRequest": "Consulting - April/2026", "additionalInfo": []}, "preTransactionId": null, "externalSaleChannel": null}}
-- :s4_26 = t
-- :s4_27 = 1

\set t random(1, 200)
\set n :n + 1
\set u :base + :n * 32 + :client_id

select tenant, environment, id, hash, scopes, expires_at, revoked_at is not null as revoked
            from api_key where lookup = (substring(sha256(convert_to('sk_test_' || lpad(:t::text, 24, '0'), 'UTF8')) from 1 for 12));

with claimed as (
          insert into idempotency_key (tenant, environment, key, fingerprint, resource)
          values (('ten_' || lpad(:t::text, 26, '0')), :s2_2, ('pgbench-' || :u::text), sha256(convert_to(:s2_4, 'UTF8')), ('inv_' || lpad(:u::text, 26, '0')))
          on conflict do nothing
          returning tenant, environment
        ), numbered as (
          insert into our_number as o (tenant, environment, series, year, last)
          select tenant, environment, 'INV', extract(year from :s2_6::timestamptz at time zone :s2_7)::int, 1 from claimed
          on conflict (tenant, environment, series, year) do update set last = o.last + 1
          returning tenant, environment,
            'INV-' || year || '-' || lpad(last::text, greatest(6, length(last::text)), '0') as our_number
        ), created as (
          insert into invoice (tenant, environment, id, our_number, status, confirmed, request, amount, currency, method, account,
            cost_center, contractor_reference, created_at, updated_at, lease_token, lease_until)
          select tenant, environment, ('inv_' || lpad(:u::text, 26, '0')), our_number, 'open', false, :s2_9::jsonb, :s2_10,
            :s2_11, :s2_12, :s2_13, :s2_14,
            null, :s2_16, :s2_17, 1,
            clock_timestamp() + make_interval(secs => :s2_18)
          from numbered
        )
        insert into charge_attempt (tenant, environment, invoice, number, reference, account, status, misses_count_from, due_at,
          created_at)
        select tenant, environment, ('inv_' || lpad(:u::text, 26, '0')), 1, our_number, :s2_20, 'sent', quiet, quiet, :s2_21
        from numbered, lateral (select clock_timestamp() + make_interval(secs => :s2_22) as quiet)
        returning reference as our_number, misses_count_from;

select i.tenant, i.environment, i.id, i.our_number, i.status, i.confirmed, i.request, i.amount_paid, i.amount_reversed,
      i.late_payment, i.payer, i.end_to_end_id, i.failure, i.paid_at, i.canceled_at, i.created_at, i.updated_at,
      i.lease_token, i.lease_until, clock_timestamp() as now,
      (select json_agg(a order by a.number) from charge_attempt a
        where (a.tenant, a.environment, a.invoice) = (i.tenant, i.environment, i.id)) as attempts,
      (select json_agg(f order by f.recorded_at, f.key) from money_fact f
        where (f.tenant, f.environment, f.invoice) = (i.tenant, i.environment, i.id)) as facts
    from (select * from invoice where tenant = ('ten_' || lpad(:t::text, 26, '0')) and environment = :s3_2 and id = ('inv_' || lpad(:u::text, 26, '0'))) i;

with changed as (
          update invoice set status = :s4_1, confirmed = :s4_2,
            account = :s4_3,
            amount_paid = null, amount_reversed = :s4_5, late_payment = :s4_6,
            payer = null::jsonb, end_to_end_id = null, failure = null::jsonb,
            paid_at = null, canceled_at = null, updated_at = :s4_12,
            lease_until = case when :s4_13 then null else lease_until end
          where tenant = ('ten_' || lpad(:t::text, 26, '0')) and environment = :s4_15 and id = ('inv_' || lpad(:u::text, 26, '0'))
            and updated_at = :s4_17 and lease_token = :s4_18
          returning tenant, environment, id
        ), attempted as (
          insert into charge_attempt as a (tenant, environment, invoice, number, reference, account, status, provider_id, artifact,
            expires_at, canceled_at, end_reason, misses, misses_count_from, due_at, created_at)
          select c.*, r.* from changed c, jsonb_to_recordset((:s4_19_0::text || lpad(:u::text, 21, '0') || :s4_19_2::text)::jsonb)
            as r (number int, reference text, account text, status text, provider_id text, artifact jsonb, expires_at timestamptz,
              canceled_at timestamptz, end_reason text, misses int, misses_count_from timestamptz, due_at timestamptz,
              created_at timestamptz)
          on conflict (tenant, environment, invoice, number) do update set status = excluded.status,
            provider_id = excluded.provider_id, artifact = excluded.artifact, expires_at = excluded.expires_at,
            canceled_at = excluded.canceled_at, end_reason = excluded.end_reason, misses = excluded.misses,
            misses_count_from = excluded.misses_count_from,
            -- A notification that came meanwhile has made it due: that is not forgotten unless it is over.
            due_at = case when a.due_at <= clock_timestamp() and excluded.due_at is not null
              then a.due_at else excluded.due_at end
        ), answered as (
          update idempotency_key k set response_status = :s4_20,
            response_body = (:s4_21_0::text || 'inv_' || lpad(:u::text, 26, '0') || :s4_21_2::text || 'inv_' || lpad(:u::text, 26, '0') || :s4_21_4::text), finished_at = clock_timestamp()
          from changed c
          where :s4_22
            and (k.tenant, k.environment, k.key) = (c.tenant, c.environment, ('pgbench-' || :u::text))
        ), observed as (
          insert into observation (tenant, environment, invoice, attempt, raw)
          select c.*, :s4_24::int, r.raw
          from changed c, (select (:s4_25_0::text || lpad(:u::text, 21, '0') || :s4_25_2::text)::jsonb as raw) r
          where :s4_26 and r.raw is distinct from (
            select o.raw from observation o
            where (o.tenant, o.environment, o.invoice, o.attempt) = (c.tenant, c.environment, c.id, :s4_27)
            order by o.seen_at desc limit 1)
        )
        select 1 from changed;
