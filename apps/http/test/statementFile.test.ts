import { assert, layer } from "@effect/vitest"
import { BalanceTransactions, basePath } from "@salesos/api"
import { Effect, Schema } from "effect"
import { get, type IncomingMessage } from "node:http"
import { Gateway, tenant } from "./support/Gateway.ts"
import type { Answer } from "./support/Http.ts"
import { expectFields } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const decodeRows = Schema.decodeUnknownSync(BalanceTransactions.BalanceTransactionList)

const csv = { headers: { accept: "text/csv" } }

const lines = ({ text }: Answer): ReadonlyArray<string> => text.split("\r\n").slice(0, -1)

/** As many charges as are wanted, booked in one statement as the store would book each. */
const book = (count: number) =>
  Effect.gen(function* () {
    const world = yield* tenant()
    const { gateway, owner } = world
    yield* gateway.sql.withTransaction(
      Effect.gen(function* () {
        yield* gateway.sql`set local statement_timeout = 0`
        yield* gateway.sql`
          with given as (
            select number, upper(lpad(to_hex(number), 26, '0')) as ulid from generate_series(1, ${count}::int) number
          ), posted as (
            insert into ledger_posting (tenant, environment, entry, number, provider_account, account, currency, amount, created_at)
            select ${owner.tenant}, ${owner.environment}, 'ent_' || ulid, p.number, 'infrapsp', p.account, 'BRL', p.amount, now()
            from given, (values (1, 'provider_balance', 100), (2, 'charges', -100)) p (number, account, amount)
          ) select 1`
        yield* gateway.sql`
          insert into balance_transaction (tenant, environment, id, entry, type, amount, currency, fee, net, source_resource, source_id,
            account, our_number, cost_center, metadata, attempt, occurred_at, created_at)
          select ${owner.tenant}, ${owner.environment}, 'btxn_' || ulid, 'ent_' || ulid, 'charge', 100, 'BRL', 0, 100, 'invoice', 'inv',
            'infrapsp', 'INV-' || number, case when number % 2 = 0 then 'even' else '=odd' end, '{}', 1, now(), now()
          from generate_series(1, ${count}::int) number, lateral (select upper(lpad(to_hex(number), 26, '0')) as ulid) u`
      })
    )
    return world
  })

layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })("the statement as a file", (it) => {
  it.effect(
    "has what the list has, with the headers of a download",
    () =>
      Effect.gen(function* () {
        const { call, created, read } = yield* tenant()
        for (const cost_center of ["=1+1", "B"]) {
          const { id } = yield* created(Samples.invoice({ cost_center, metadata: { order: "77" } }))
          yield* call("POST", `/sandbox/invoices/${id}/pay`)
        }
        const { data } = decodeRows(yield* read("/balance-transactions"))
        const answer = yield* call("GET", "/balance-transactions", csv)
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(answer.headers["content-type"], "text/csv; charset=utf-8; header=present")
        assert.match(
          answer.headers["content-disposition"] ?? "",
          /^attachment; filename="balance-transactions-\d{4}-\d\d-\d\d\.csv"$/
        )
        assert.strictEqual(answer.headers["cache-control"], "no-store")
        assert.strictEqual(answer.headers["vary"], "accept")
        assert.match(answer.headers["request-id"] ?? "", /^req_/)
        const [header = "", ...rows] = lines(answer)
        assert.isTrue(header.startsWith("id,created_at,type,amount,fee,net,currency,"))
        assert.deepEqual(
          rows.map((row) => row.slice(0, 31)),
          data.map(({ id }) => id)
        )
        assert.include(rows[1], ",'=1+1,")
        const [newest] = data
        const decimal = `${Math.floor((newest?.net ?? 0) / 100)}.${String((newest?.net ?? 0) % 100).padStart(2, "0")}`
        assert.include(rows[0], `,${decimal},BRL,`)

        const brazilian = yield* call("GET", "/balance-transactions?csv=pt-BR", csv)
        assert.isTrue(brazilian.text.startsWith("\ufeffid;created_at;type;"))
        assert.include(lines(brazilian)[1], `;${decimal.replace(".", ",")};BRL;`)
      }),
    120_000
  )

  it.effect(
    "is the whole of it, in order, each row once, and narrowed by the filters of the list",
    () =>
      Effect.gen(function* () {
        const { call } = yield* book(2345)
        const numbers = (answer: Answer) =>
          lines(answer)
            .slice(1)
            .map((line) => Number(/,INV-(\d+),/.exec(line)?.[1]))
        const all = Array.from({ length: 2345 }, (_, place) => 2345 - place)
        const answer = yield* call("GET", "/balance-transactions", csv)
        assert.deepEqual(numbers(answer), all)
        assert.strictEqual(answer.headers["content-length"], undefined)
        const even = yield* call(
          "GET",
          "/balance-transactions?cost_center=even&type=charge&account=infrapsp&currency=BRL",
          csv
        )
        assert.deepEqual(
          numbers(even),
          all.filter((number) => number % 2 === 0)
        )
        assert.deepEqual(numbers(yield* call("GET", "/balance-transactions?type=fee", csv)), [])
        assert.deepEqual(numbers(yield* call("GET", "/balance-transactions?created[gte]=2020-01-01", csv)), [])
      }),
    120_000
  )

  it.effect(
    "has no pages, and its separators are asked for with it only",
    () =>
      Effect.gen(function* () {
        const { call } = yield* tenant()
        const id = "btxn_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"
        assert.deepEqual(
          yield* expectFields(yield* call("GET", `/balance-transactions?limit=5&starting_after=${id}`, csv)),
          ["limit: not_applicable", "starting_after: not_applicable"]
        )
        assert.deepEqual(yield* expectFields(yield* call("GET", "/balance-transactions?csv=pt-BR")), [
          "csv: not_applicable"
        ])
        assert.deepEqual(yield* expectFields(yield* call("GET", "/balance-transactions?csv=de", csv)), [
          "csv: invalid_value"
        ])
        assert.deepEqual(yield* expectFields(yield* call("GET", "/balance-transactions?sort=asc", csv)), [
          "sort: unknown_field"
        ])
      }),
    120_000
  )

  it.effect(
    "is what a client gets that would rather have it than JSON, and no other",
    () =>
      Effect.gen(function* () {
        const { call } = yield* tenant()
        for (const [accept, type] of [
          ["text/csv", "text/csv"],
          ["TEXT/CSV", "text/csv"],
          ["application/json;q=0.5, text/csv", "text/csv"],
          ["text/csv;q=0.5, application/json", "application/json"],
          ["text/csv;q=0, */*", "application/json"],
          ["*/*", "application/json"],
          ["application/json", "application/json"]
        ] as const) {
          const { headers } = yield* call("GET", "/balance-transactions", { headers: { accept } })
          assert.strictEqual(headers["content-type"]?.split(";")[0], type, accept)
        }
      }),
    120_000
  )

  it.effect(
    "breaks the connection off when its rest can't be read, so that no half looks like a whole",
    () =>
      Effect.gen(function* () {
        const { gateway, key } = yield* book(40_000)
        const rename = (from: string, to: string) =>
          gateway.sql`alter table ${gateway.sql(from)} rename to ${gateway.sql(to)}`
        const { received, whole } = yield* Effect.promise(async () => {
          const response = await new Promise<IncomingMessage>((resolve, reject) =>
            get(
              `${gateway.url}${basePath}/balance-transactions`,
              { headers: { accept: "text/csv", authorization: `Bearer ${key}` }, agent: false },
              resolve
            ).once("error", reject)
          )
          assert.strictEqual(response.statusCode, 200)
          // A reader that waits is waited for: what it does not take is not read.
          await Effect.runPromise(rename("balance_transaction", "out_of_reach"))
          let received = 0
          response.on("data", (bytes: Uint8Array) => (received += bytes.length))
          await new Promise((resolve) => response.once("close", resolve).once("error", () => {}))
          await Effect.runPromise(rename("out_of_reach", "balance_transaction"))
          return { received, whole: response.complete }
        })
        assert.isFalse(whole)
        assert.isAbove(received, 0)
        assert.isBelow(received, 40_000 * 100)
        assert.isTrue(gateway.logs.some((line) => line.includes("A statement broke off")))
      }),
    120_000
  )
})
