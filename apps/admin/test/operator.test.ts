/** The command line as an operator uses it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Salesos from "./support/Salesos.ts"

const minutes = 300_000

const Invoice = Schema.Struct({ id: Schema.String, our_number: Schema.String, status: Schema.String })
const asInvoice = Schema.decodeUnknownEffect(Schema.fromJsonString(Invoice))

const History = Schema.Struct({
  id: Schema.String,
  status: Schema.String,
  amount_reversed: Schema.Number,
  requests: Schema.Array(Schema.Struct({ action: Schema.String, outcome: Schema.String, actor: Schema.String })),
  attempts: Schema.Array(Schema.Struct({ number: Schema.Number, status: Schema.String, reference: Schema.String })),
  observations: Schema.Array(Schema.Record(Schema.String, Schema.Unknown)),
  facts: Schema.Array(Schema.Struct({ kind: Schema.String, amount: Schema.Number })),
  entries: Schema.Array(
    Schema.Struct({
      type: Schema.String,
      net: Schema.Number,
      postings: Schema.Array(Schema.Struct({ account: Schema.String, amount: Schema.Number }))
    })
  ),
  events: Schema.Array(Schema.Struct({ type: Schema.String })),
  deliveries: Schema.Array(Schema.Struct({ type: Schema.String, status: Schema.String })),
  letters: Schema.Array(Schema.Struct({ kind: Schema.String, status: Schema.String }))
})

const Doubts = Schema.Array(Schema.Struct({ id: Schema.String, our_number: Schema.String, doubt: Schema.String }))

const directory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "salesos-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true }))
)

describe("salesos", () => {
  it.live(
    "sets a tenant up, explains a paid invoice, gives it back, and settles what is in doubt",
    () =>
      Effect.gen(function* () {
        const salesos = yield* Salesos.make
        const { key, owner, tenant } = yield* Salesos.setUp(salesos)
        yield* salesos.http()
        yield* salesos.worker
        const list = ["cost-centers", "set", ...owner, "CC-MKT=Marketing", "CC-PRZ=Prizes = gifts"]
        assert.match((yield* salesos.run(list)).stdout, /^code +name\nCC-MKT +Marketing\nCC-PRZ +Prizes = gifts\n$/)
        const refused = yield* salesos.call(key, "POST", "/invoices", Salesos.invoice({ cost_center: "CC-OLD" }))
        assert.include(refused.text, "unknown_cost_center")
        yield* salesos.call(key, "POST", "/webhook-endpoints", { url: "http://127.0.0.1:9/hooks", events: ["*"] })

        const paid = yield* asInvoice((yield* salesos.call(key, "POST", "/invoices", Salesos.invoice())).text)
        const { transactions = [] } = yield* salesos.simulator.control(
          "GET",
          `transactions?externalId=${paid.our_number}`
        )
        yield* salesos.simulator.control("POST", `transactions/${transactions[0]?.id}/pay`)
        const current = Effect.flatMap(salesos.call(key, "GET", `/invoices/${paid.id}`), ({ text }) => asInvoice(text))
        yield* Salesos.eventually("the payment", current, ({ status }) => status === "paid")

        yield* Salesos.eventually(
          "the first delivery",
          salesos.sql`select 1 from webhook_attempt`,
          (tried) => tried.length > 0
        )
        const shown = yield* salesos.json(History, ["show", paid.our_number, ...owner])
        assert.deepInclude(shown, { id: paid.id, status: "paid", amount_reversed: 0 })
        assert.deepInclude(shown.requests[0], { action: "POST /functions/v1/payments/invoices", outcome: "201" })
        assert.deepEqual(
          shown.attempts.map(({ number, reference, status }) => [number, reference, status]),
          [[1, paid.our_number, "paid"]]
        )
        assert.isAtLeast(shown.observations.length, 1)
        assert.deepEqual(
          shown.facts.map(({ amount, kind }) => [kind, amount]),
          [["payment", 12398]]
        )
        const [entry] = shown.entries
        assert.strictEqual(
          entry?.postings.reduce((sum, { amount }) => sum + amount, 0),
          0
        )
        assert.deepEqual(
          shown.events.map(({ type }) => type),
          ["invoice.paid"]
        )
        assert.deepEqual(
          shown.deliveries.map(({ type }) => type),
          ["invoice.paid"]
        )
        assert.deepEqual(
          shown.letters.map(({ kind, status }) => [kind, status]),
          [["receipt", "waiting"]]
        )
        assert.strictEqual((yield* salesos.run(["tenants", "letters", "--tenant", tenant, "off"])).code, 0)
        assert.isFalse((yield* salesos.sql<{ readonly letters: boolean }>`select letters from tenant`)[0]?.letters)
        // What the provider said word by word is about a person: it is shown when that is asked for.
        assert.isFalse(shown.observations.some((each) => "raw" in each))
        const raw = yield* salesos.json(History, ["show", paid.id, "--raw"])
        assert.isTrue(raw.observations.every((each) => "raw" in each))
        const forPeople = yield* salesos.run(["show", paid.id])
        for (const section of [
          "REQUESTS",
          "ATTEMPTS",
          "OBSERVATIONS",
          "FACTS",
          "ENTRIES",
          "EVENTS",
          "DELIVERIES",
          "LETTERS"
        ]) {
          assert.include(forPeople.stdout, `\n${section}\n`)
        }

        const given = yield* salesos.json(Schema.Unknown, ["refund", paid.our_number, ...owner])
        assert.deepInclude(given, { id: paid.id, status: "paid", amount_reversed: 12398 })
        const again = yield* salesos.run(["refund", paid.id])
        assert.strictEqual(again.code, 1)
        assert.include(again.stderr, "went back already")

        assert.include((yield* salesos.run(["doubts", "list"])).stdout, "Nothing is in doubt")
        yield* salesos.simulator.control("POST", "faults", { holdCreateAnswers: true })
        assert.strictEqual((yield* salesos.call(key, "POST", "/invoices", Salesos.invoice())).status, 502)
        const [doubt] = yield* salesos.json(Doubts, ["doubts", "list"])
        assert.deepInclude(doubt, { doubt: "sent" })
        yield* salesos.simulator.control("DELETE", "faults")
        yield* salesos.sql`update invoice set lease_until = now() + interval '1 hour' where id = ${doubt?.id ?? ""}`
        const taken = yield* salesos.run(["doubts", "resolve", doubt?.id ?? ""])
        assert.strictEqual(taken.code, 1)
        assert.include(taken.stderr, "Somebody else is at it")
        yield* salesos.sql`update invoice set lease_until = null where id = ${doubt?.id ?? ""}`
        yield* Salesos.eventually(
          "an end of the doubt",
          salesos.run(["doubts", "resolve", doubt?.id ?? ""]),
          ({ code, stderr }) => code === 0 || stderr.includes("Nothing about")
        )
        assert.deepEqual(yield* salesos.json(Doubts, ["doubts", "list"]), [])
        const settled = yield* salesos.json(History, ["show", doubt?.id ?? ""])
        assert.strictEqual(settled.attempts[0]?.status, "open")

        const acts = yield* salesos.sql<{ readonly action: string; readonly outcome: string; readonly tenant: string }>`
          select action, outcome, tenant from audit_entry where actor like 'operator:%' order by seq`
        const told = acts.map(({ action, outcome }) => `${action} ${outcome}`)
        for (const action of ["tenants create", "accounts set", "keys create", "cost-centers set", "show", "refund"]) {
          assert.includeMembers(told, [`${action} started`, `${action} done`])
        }
        assert.includeMembers(told, ["refund failed", "migrate done", "doubts resolve started"])
        assert.isTrue(acts.filter(({ action }) => action === "refund").every((each) => each.tenant === tenant))
      }),
    minutes
  )

  it.live(
    "says what is wrong in one line, exits with 1, and changes nothing",
    () =>
      Effect.gen(function* () {
        const salesos = yield* Salesos.make
        const unready = yield* salesos.run(["tenants", "create", "--name", "Acme"], {
          more: { DATABASE_URL: "" },
          asOwn: true
        })
        assert.deepInclude(unready, { code: 1, stdout: "" })
        assert.match(unready.stderr, /^DATABASE_URL: [^\n]+\n$/)
        const { owner } = yield* Salesos.setUp(salesos)
        const rows = salesos.sql<{ readonly all: string }>`
          select (select count(*) from tenant) || ' ' || (select count(*) from api_key) || ' ' ||
            (select count(*) from provider_account) as all`
        const before = yield* rows
        const account = ["accounts", "set", ...owner, "--provider", "infrapsp", "--name", "second"]
        const cases: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp, string?]> = [
          [["tenants", "create", "--name", "X", "--time-zone", "Mars/Olympus"], /IANA time zone/],
          [["keys", "create", ...owner, "--name", "x", "--scope", "payments:all"], /payments:all/],
          [
            ["keys", "create", ...owner, "--name", "x", "--scope", "payments:read", "--ip", "10.0.0.1/8"],
            /^ip_allowlist\.0: /m
          ],
          [
            [
              "keys",
              "create",
              ...owner,
              "--name",
              "x",
              "--scope",
              "payments:read",
              "--expires-at",
              "2020-01-01T00:00:00Z"
            ],
            /^expires_at: /m
          ],
          [["keys", "revoke", ...owner, "key_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"], /No such API key/],
          [account, /Expected credentials as JSON/, '{"apiKey": "very-secret", "apiSecret": 7}'],
          [account, /Expected credentials as JSON/, "very-secret"],
          [[...account, "--credentials-file", "/nowhere.json"], /nowhere\.json can't be read/],
          [["accounts", "set", ...owner, "--provider", "acme", "--name", "acme"], /expected one of infrapsp, /],
          [
            ["accounts", "set", ...owner, "--provider", "nfse", "--name", "nfse"],
            /^credentials\.pfx: /m,
            '{"pfx": "very-secret", "password": "very-secret"}'
          ],
          [["show", "INV-2026-000001"], /There is no INV-2026-000001/],
          [["refund", "po_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"], /There is no po_/],
          [["refusals", "clear", ...owner, "--account", "infrapsp"], /Nothing is refused to infrapsp/],
          [["audit", "verify", "--head", "1:zz"], /Expected a batch's number and hash/],
          [["keys", "create", "--name", "x"], /tenant/],
          [["notifications", "retry", "n1"], /There is no dead letter n1/],
          [["reconciliations", "request", "acme", ...owner], /No such provider account/],
          [["reconciliations", "request", "infrapsp", ...owner, "--from", "yesterday"], /Expected a day or a time/],
          [["reconciliations", "request", "infrapsp", ...owner, "--from", "2026-02-30"], /Expected a day or a time/],
          [["reconciliations", "request", "infrapsp", ...owner, "--to", "2026-02-30T00:00:00Z"], /Expected a day or/],
          [
            ["reconciliations", "request", "infrapsp", ...owner, "--from", "2026-02-02", "--to", "2026-02-01"],
            /^--from: Expected a time before --to and now: 2026-02-02T03:00:00.000Z/
          ],
          [
            ["reconciliations", "request", "infrapsp", ...owner, "--from", "2100-01-01"],
            /^--from: Expected a time before/
          ],
          [["reconciliations", "show", "rec_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", ...owner], /No such reconciliation/],
          [["reconciliations", "csv", "rec_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", ...owner], /No such reconciliation/],
          [["reconciliations", "list", ...owner, "--limit", "0"], /limit/]
        ]
        for (const [args, message, stdin] of cases) {
          const ran = yield* salesos.run(args, stdin === undefined ? {} : { stdin })
          assert.strictEqual(ran.code, 1, args.join(" "))
          assert.match(ran.stderr, message)
          assert.notInclude(ran.stdout + ran.stderr, "very-secret")
        }
        assert.deepEqual(yield* rows, before)
      }),
    minutes
  )

  it.live(
    "reconciles an account when asked, reads the report in every form, and puts a dead letter back",
    () =>
      Effect.gen(function* () {
        const salesos = yield* Salesos.make
        const { key, owner, tenant } = yield* Salesos.setUp(salesos)
        yield* salesos.http()
        const paid = yield* asInvoice((yield* salesos.call(key, "POST", "/invoices", Salesos.invoice())).text)
        const found = yield* salesos.simulator.control("GET", `transactions?externalId=${paid.our_number}`)
        const [charge = assert.fail("there is a charge")] = found.transactions ?? []
        yield* salesos.simulator.control("POST", `transactions/${charge.id}/pay`)
        assert.include((yield* salesos.run(["reconciliations", "list", ...owner])).stdout, "Nothing was reconciled")

        const request = ["reconciliations", "request", "infrapsp", ...owner, "--from", "2026-01-31"]
        const oneDay = yield* salesos.run([...request, "--to", "2026-01-31"])
        assert.match(oneDay.stdout, /^from +2026-01-31T03:00:00.000Z\nto +2026-02-01T03:00:00.000Z$/m)
        assert.include((yield* salesos.run(request)).stdout, "2026-01-31T03:00:00.000Z")
        const Schedules = Schema.Array(
          Schema.Struct({ account: Schema.String, next_at: Schema.String, covered_to: Schema.NullOr(Schema.String) })
        )
        const schedules = salesos.json(Schedules, ["reconciliations", "schedules", ...owner])
        assert.deepInclude((yield* schedules)[0], { account: "infrapsp", covered_to: null })
        yield* salesos.worker
        const Listed = Schema.Array(Schema.Struct({ id: Schema.String, status: Schema.String, matched: Schema.Number }))
        const [{ id } = assert.fail("there is a report")] = yield* Salesos.eventually(
          "a report",
          salesos.json(Listed, ["reconciliations", "list", ...owner, "--account", "infrapsp", "--limit", "1"]),
          ([report]) => report?.status === "finished" && report.matched === 1
        )
        assert.isNotNull((yield* schedules)[0]?.covered_to)

        const Report = Schema.Struct({
          id: Schema.String,
          from: Schema.String,
          balances: Schema.Array(Schema.Struct({ ours: Schema.Number })),
          rows: Schema.Array(Schema.Struct({ outcome: Schema.String, ours: Schema.Number, reference: Schema.String }))
        })
        const show = ["reconciliations", "show", id, ...owner]
        const report = yield* salesos.json(Report, show)
        assert.deepInclude(report, { id, from: "2026-01-31T03:00:00.000Z" })
        const [{ ours } = assert.fail("there is a balance")] = report.balances
        assert.deepInclude(report.rows[0], { outcome: "matched", reference: paid.our_number, ours })
        assert.deepEqual((yield* salesos.json(Report, [...show, "--outcome", "different"])).rows, [])
        const forPeople = yield* salesos.run(show)
        assert.match(forPeople.stdout, /^id +rec_/m)
        assert.match(forPeople.stdout, /\nROWS\noutcome +at +reference/)
        const csv = yield* salesos.run(["reconciliations", "csv", id, ...owner], { asOwn: true })
        assert.match(csv.stdout, /^outcome,at,reference,[^\r]+\r\nmatched,[^\r]+\r\n$/)
        const folder = yield* directory
        const file = join(folder, "report.csv")
        const toFile = ["reconciliations", "csv", id, ...owner, "--out", file]
        yield* salesos.sql`alter table reconciliation_row rename to elsewhere`
        assert.strictEqual((yield* salesos.run(toFile, { asOwn: true })).code, 1)
        assert.deepEqual(yield* Effect.promise(() => readdir(folder)), [])
        yield* salesos.sql`alter table elsewhere rename to reconciliation_row`
        assert.deepInclude(yield* salesos.run(toFile), { code: 0, stdout: "" })
        assert.strictEqual(yield* Effect.promise(() => readFile(file, "utf8")), csv.stdout)
        const again = yield* salesos.run(toFile)
        assert.strictEqual(again.code, 1)
        assert.include(again.stderr, "report.csv can't be written")

        assert.include((yield* salesos.run(["notifications", "dead"])).stdout, "There are no dead letters")
        const subjects = salesos.sql<{ readonly dedupe_key: string; readonly status: string }>`
          select dedupe_key, status from notification_subject`
        yield* Salesos.eventually("a notification", subjects, (all) => all.some(({ status }) => status === "processed"))
        yield* salesos.sql`update notification_subject set status = 'dead', failures = 5,
          message = ${`No charge of ${Salesos.cpf}\n    at file:///srv/driver.ts:1:1`}`
        const Letters = Schema.Array(Schema.Record(Schema.String, Schema.Unknown))
        const [letter] = yield* salesos.json(Letters, ["notifications", "dead"])
        assert.deepInclude(letter, {
          tenant,
          environment: "sandbox",
          account: "infrapsp",
          kind: "charge",
          provider_id: charge.id,
          resource: paid.id,
          failures: 5
        })
        assert.match(String(letter?.["reason"]), /^No charge of \*\*\*/)
        const elsewhere = ["notifications", "dead", "--tenant", tenant, "--environment", "live", "--json"]
        assert.deepEqual(JSON.parse((yield* salesos.run(elsewhere)).stdout), [])
        const retry = ["notifications", "retry", String(letter?.["notification"])]
        assert.include((yield* salesos.run([...retry, "--environment", "live"])).stderr, "There is no dead letter")
        assert.match((yield* salesos.run(retry)).stdout, new RegExp(`charge +${charge.id} +${paid.id} +now`))
        assert.strictEqual((yield* salesos.run(retry)).code, 1)
        yield* salesos.sql`insert into notification
          select (jsonb_populate_record(n, '{"dedupe_key": "n2"}')).* from notification n limit 1`
        yield* salesos.sql`insert into notification_subject select (jsonb_populate_record(s,
          '{"dedupe_key": "n2", "provider_id": "unknown", "status": "dead"}')).* from notification_subject s limit 1`
        assert.match((yield* salesos.run(["notifications", "retry", "n2"])).stdout, /charge +unknown +– +–$/m)

        const acts = yield* salesos.sql<{ readonly act: string; readonly tenant: string; readonly subject: string }>`
          select concat_ws(' ', action, outcome, detail ->> 'from', detail ->> 'to') as act, tenant, subject from audit_entry
          where action in ('reconciliations request', 'notifications retry') order by seq`
        assert.deepEqual(acts, [
          ...["2026-01-31T03:00:00.000Z 2026-02-01T03:00:00.000Z", "2026-01-31T03:00:00.000Z"].flatMap((range) => [
            { act: `reconciliations request started ${range}`, tenant, subject: "infrapsp" },
            { act: `reconciliations request done ${range}`, tenant, subject: "infrapsp" }
          ]),
          ...[String(letter?.["notification"]), "n2"].flatMap((subject) => [
            { act: "notifications retry started", tenant, subject },
            { act: "notifications retry done", tenant, subject }
          ])
        ])
        assert.isFalse(salesos.printed.some(({ stderr, stdout }) => (stdout + stderr).includes(Salesos.cpf)))
      }),
    minutes
  )

  it.live(
    "shows what providers refuse, clears it, and finds who tampered with the audit log",
    () =>
      Effect.gen(function* () {
        const salesos = yield* Salesos.make
        const { owner, tenant } = yield* Salesos.setUp(salesos)
        yield* salesos.sql`insert into account_refusal (tenant, environment, account, kind, message, probe_at)
          select ${tenant}, 'sandbox', 'infrapsp', kind, 'refused', now() from unnest(array['credentials', 'payouts']) as kind`
        const refused = Schema.Array(Schema.Struct({ account: Schema.String, kind: Schema.String }))
        assert.lengthOf(yield* salesos.json(refused, ["refusals", "list", ...owner]), 2)
        const cleared = yield* salesos.run([
          "refusals",
          "clear",
          ...owner,
          "--account",
          "infrapsp",
          "--kind",
          "payouts"
        ])
        assert.match(cleared.stdout, /infrapsp +payouts/)
        assert.deepEqual(
          (yield* salesos.json(refused, ["refusals", "list", ...owner])).map(({ kind }) => kind),
          ["credentials"]
        )

        const Report = Schema.Struct({
          intact: Schema.Boolean,
          batches: Schema.Number,
          head: Schema.NullOr(Schema.String),
          findings: Schema.Array(Schema.Struct({ kind: Schema.String }))
        })
        yield* salesos.sql`alter table audit_entry disable trigger user`
        yield* salesos.sql`update audit_entry set recorded_at = recorded_at - interval '1 minute'`
        yield* salesos.worker
        const report = yield* Salesos.eventually(
          "a sealed batch",
          salesos.json(Report, ["audit", "verify"]),
          ({ batches }) => batches > 0
        )
        assert.isTrue(report.intact)
        assert.isTrue((yield* salesos.json(Report, ["audit", "verify", "--head", report.head ?? ""])).intact)
        yield* salesos.sql`update audit_entry set actor = 'operator:nobody@nowhere' where seq = 1`
        const tampered = yield* salesos.run(["audit", "verify", "--json"])
        assert.strictEqual(tampered.code, 1)
        const { findings } = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(Report))(tampered.stdout)
        assert.deepEqual(findings, [{ kind: "entry_changed" }])
        assert.match(tampered.stderr, /not as it was sealed/)
      }),
    minutes
  )

  it.live(
    "encrypts everything anew under another key while the API runs, and prints no secret but a new API key's, once",
    () =>
      Effect.gen(function* () {
        const salesos = yield* Salesos.make
        const { key, keyId, owner } = yield* Salesos.setUp(salesos)
        const old = salesos.encryptionKey
        const next = Buffer.alloc(32, 7).toString("base64")
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* salesos.http({ SALESOS_ENCRYPTION_KEY: `${next},${old}` })
            const create = salesos.call(key, "POST", "/invoices", Salesos.invoice())
            assert.strictEqual((yield* create).status, 201)
            yield* salesos.call(key, "POST", "/webhook-endpoints", { url: "http://127.0.0.1:9/", events: ["*"] })
            const Rotated = Schema.Array(
              Schema.Struct({ column: Schema.String, rotated: Schema.Number, unreadable: Schema.Number })
            )
            const wrong = yield* salesos.run(["keys", "rotate-encryption", "--json"], {
              more: { SALESOS_ENCRYPTION_KEY: Buffer.alloc(32, 9).toString("base64") }
            })
            assert.strictEqual(wrong.code, 1)
            assert.match(wrong.stderr, /encrypted by a key that is not given/)
            const rotate = salesos.json(Rotated, ["keys", "rotate-encryption"], {
              more: { SALESOS_ENCRYPTION_KEY: `${next},${old}` }
            })
            const rotated = yield* rotate
            assert.isTrue(rotated.every(({ unreadable }) => unreadable === 0))
            assert.deepInclude(rotated, { column: "provider_account.credentials", rotated: 1, unreadable: 0 })
            assert.isTrue((yield* rotate).every((column) => column.rotated === 0))
            assert.strictEqual((yield* create).status, 201)
          })
        )
        // The old key is gone for good.
        yield* salesos.http({ SALESOS_ENCRYPTION_KEY: next })
        assert.strictEqual((yield* salesos.call(key, "POST", "/invoices", Salesos.invoice())).status, 201)

        yield* salesos.run(["keys", "list", ...owner])
        yield* salesos.run(["accounts", "list", ...owner])
        yield* salesos.run(["keys", "revoke", ...owner, keyId])
        assert.strictEqual((yield* salesos.call(key, "GET", "/invoices")).status, 401)
        const output = salesos.printed.map(({ stderr, stdout }) => stdout + stderr).join("\n")
        const [{ log } = assert.fail()] = yield* salesos.sql<{ readonly log: string }>`
          select string_agg(a::text, ',') as log from audit_entry a`
        const [account = assert.fail()] = yield* salesos.sql<{ readonly notification_token: string }>`
          select notification_token from provider_account`
        const secrets = [Salesos.credentials.apiSecret, old, next, account.notification_token]
        for (const secret of secrets) assert.isFalse(output.includes(secret), "a secret was printed")
        for (const secret of [...secrets, key, Salesos.cpf]) assert.isFalse(log.includes(secret), "a secret was logged")
        assert.strictEqual(output.split(key).length - 1, 1)
      }),
    minutes
  )
})
