/** How PostgreSQL carries out what the store asks of it when there is much: by an index that gives the order, and never by reading a table through. */
import { assert, layer as testLayer } from "@effect/vitest"
import { BusinessCalendar, Currency, Ids, type Operations, Store } from "@salesos/core"
import { DateTime, Duration, Effect, Layer, Predicate } from "effect"
import { SqlClient, Statement } from "effect/sql"
import { layer } from "./support/store.ts"

const tenant = Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0P")
const owner = { tenant, environment: "sandbox" as const }
const rows = 20_000

/** An id of row `n`, by its place and second. */
const id = (prefix: string) =>
  `'${prefix}_' || ${["01K9X0", "lpad(to_char(n, 'FM99999999'), 8, '0')", "'000000000000'"].map((part, place) => (place === 0 ? `'${part}'` : part)).join(" || ")}`

const of = `'${tenant}', 'sandbox'`

/** One tenant with much of everything, some of it rare, beside as much of many others. */
const seed = [
  `create temporary view wanted as
    select n, now() - interval '1 day' + n * interval '1 second' as at,
      case when n % 1000 = 0 then 'rare' when n % 3 = 0 then 'A' else 'B' end as center from generate_series(1, ${rows}) n`,
  `insert into invoice (tenant, environment, id, our_number, status, confirmed, request, amount, currency, method, account,
      cost_center, contractor_reference, created_at, updated_at, lease_token)
    select ${of}, ${id("inv")}, 'INV-' || n, case when n % 1000 = 0 then 'canceled' else 'paid' end, true, '{}', 1, 'BRL',
      case when n % 1000 = 0 then 'boleto' else 'pix' end, case when n % 1000 = 0 then 'rare' else 'infrapsp' end, center,
      'ref ' || n, at, at, 1 from wanted`,
  `insert into payout (tenant, environment, id, our_number, status, request, amount, currency, account, cost_center,
      contractor_reference, created_at, updated_at, lease_token)
    select ${of}, ${id("po")}, 'PO-' || n, case when n % 1000 = 0 then 'failed' else 'paid' end, '{}', 1, 'BRL',
      case when n % 1000 = 0 then 'rare' else 'sellxpay' end, center, 'ref ' || n, at, at, 1 from wanted`,
  `insert into ledger_posting (tenant, environment, entry, number, provider_account, account, currency, amount, created_at)
    select ${of}, ${id("ent")}, p.number, case when n % 1000 = 0 then 'rare' else 'infrapsp' end, p.account,
      case when n % 1000 = 0 then 'USD' else 'BRL' end, p.amount, at
    from wanted, (values (1, 'provider_balance', 1), (2, 'charges', -1)) p (number, account, amount)`,
  `insert into balance_transaction (tenant, environment, id, entry, type, amount, currency, fee, net, settlements,
      source_resource, source_id, account, our_number, cost_center, contractor_reference, metadata, attempt, occurred_at, created_at)
    select ${of}, ${id("btxn")}, ${id("ent")}, case when n % 1000 = 0 then 'fee' else 'charge' end, 1,
      case when n % 1000 = 0 then 'USD' else 'BRL' end, 0, 1,
      jsonb_build_array(jsonb_build_object('on', ((now() + n % 400 * interval '1 day')::date)::text, 'net', 1)), 'invoice',
      ${id("inv")}, case when n % 1000 = 0 then 'rare' else 'infrapsp' end, 'INV-' || n, center, 'ref ' || n, '{}', 1, at, at from wanted`,
  // The same under other tenants, so that a tenant's rows are a part of the whole.
  `insert into invoice select (jsonb_populate_record(i, jsonb_build_object('tenant', 'ten_' || right(i.id, 3), 'id', 'x' || i.id))).*
    from invoice i`,
  `insert into payout select (jsonb_populate_record(p, jsonb_build_object('tenant', 'ten_' || right(p.id, 3), 'id', 'x' || p.id))).*
    from payout p`,
  `insert into account_settlement select 'ten_' || n, s.environment, s.settles_on, s.account, s.currency, s.stripe, s.amount
    from account_settlement s, generate_series(1, 20) n`,
  `insert into charge_attempt (tenant, environment, invoice, number, reference, account, status, provider_id, misses_count_from, due_at,
      created_at, leg, lapses_at)
    select tenant, environment, id, 1, our_number || right(id, 5), account, 'open', 'tx' || id, created_at,
      case when right(id, 1) = '7' then now() + interval '1 day' end, created_at, 'pix', created_at from invoice`,
  `insert into payout_attempt (tenant, environment, payout, number, reference, account, fee_mode, status, provider_id,
      misses_count_from, due_at, created_at)
    select tenant, environment, id, 1, our_number || right(id, 5), account, 'on_top', 'accepted', 'tx' || id, created_at,
      case when right(id, 1) = '7' then now() + interval '1 day' end, created_at from payout`,
  `insert into money_fact (tenant, environment, key, invoice, attempt, kind, amount, currency, occurred_at, booked_as)
    select tenant, environment, id, id, 1, 'payment', 1, 'BRL', created_at, 'charge' from invoice`,
  `insert into money_fact (tenant, environment, key, payout, attempt, kind, amount, currency, occurred_at, booked_as)
    select tenant, environment, id, id, 1, 'delivery', 1, 'BRL', created_at, 'payout' from payout`,
  `insert into observation (tenant, environment, invoice, attempt, raw) select tenant, environment, id, 1, '{}' from invoice`,
  `insert into observation (tenant, environment, payout, attempt, raw) select tenant, environment, id, 1, '{}' from payout`,
  `insert into tax_document (tenant, environment, invoice, id, type, status, auto_issue, iss_withheld, metadata, due_at, created_at,
      updated_at)
    select tenant, environment, id, id, 'nfse', 'issued', true, false, '{}',
      case when right(id, 1) = '7' then now() + interval '1 day' end, created_at, created_at from invoice`,
  `insert into idempotency_key (tenant, environment, key, fingerprint, resource)
    select tenant, environment, id, sha256('x'), id from invoice`
]

const seeded = Layer.effectDiscard(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql.withTransaction(
      Effect.andThen(
        sql`set local statement_timeout = 0`,
        Effect.forEach([...seed, "analyze"], (each) => sql.unsafe(each))
      )
    )
  })
).pipe(Layer.orDie, Layer.provideMerge(layer))

interface Node {
  readonly type: string
  readonly index: string | undefined
  readonly table: string | undefined
  /** Whether it is the list's own, and not what is read beside each row of it. */
  readonly own: boolean
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** Every node of a plan. */
const nodes = (plan: unknown, own = true): ReadonlyArray<Node> => {
  if (!Predicate.isObject(plan)) return []
  const isOwn = own && plan["Parent Relationship"] !== "SubPlan"
  const children = Array.isArray(plan["Plans"]) ? plan["Plans"] : []
  const node = {
    type: text(plan["Node Type"]) ?? "",
    index: text(plan["Index Name"]),
    table: text(plan["Relation Name"]),
    own: isOwn
  }
  return [node, ...children.flatMap((child) => nodes(child, isOwn))]
}

/** What an effect asks of the database. */
const statementsOf = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const asked: Array<ReturnType<Statement.Statement<unknown>["compile"]>> = []
  yield* effect.pipe(
    Effect.provideService(Statement.CurrentTransformer, (statement) => {
      asked.push(statement.compile())
      return Effect.succeed(statement)
    })
  )
  return asked
})

/** The plan for these parameters, or the one that PostgreSQL makes once for all. */
const planOf = Effect.fnUntraced(function* (
  [query, parameters]: readonly [string, ReadonlyArray<unknown>],
  mode: "force_custom_plan" | "force_generic_plan"
) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql.withTransaction(
    Effect.andThen(
      sql.unsafe(`set local plan_cache_mode = ${mode}`),
      sql.unsafe<{ readonly "QUERY PLAN": ReadonlyArray<{ readonly Plan: unknown }> }>(
        `explain (format json) ${query}`,
        parameters
      )
    )
  )
  return nodes(row?.["QUERY PLAN"][0]?.Plan)
})

const deep = (prefix: string) => `${prefix}_01K9X000005000000000000000`

/** When the older half of the rows was created, by their ids. */
const middle = DateTime.makeUnsafe(
  ["0", "1", "K", "9", "X", "0"].reduce(
    (time, digit) => time * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".indexOf(digit),
    0
  ) *
    32 ** 4
)
const early = { createdTo: middle }

const invoiceLists: ReadonlyArray<readonly [string, Store.InvoiceFilter, ReadonlyArray<string>]> = [
  ["all", {}, ["invoice_pkey"]],
  ["by a status that most have", { status: "paid" }, ["invoice_status", "invoice_pkey"]],
  ["by a status that few have", { status: "canceled" }, ["invoice_status"]],
  ["by a status that none has", { status: "failed" }, ["invoice_status"]],
  ["by a method that few have", { method: "boleto" }, ["invoice_method"]],
  ["by a provider that few have", { provider: "rare" }, ["invoice_account"]],
  ["by a cost center that few have", { costCenter: "rare" }, ["invoice_cost_center"]],
  ["by number", { ourNumber: "INV-77" }, ["invoice_tenant_environment_our_number_key"]],
  ["by reference", { contractorReference: "ref 77" }, ["invoice_contractor_reference"]],
  ["of the older half", early, ["invoice_pkey"]],
  ["by several", { status: "canceled", costCenter: "rare" }, ["invoice_status", "invoice_cost_center"]]
]
const payoutLists: ReadonlyArray<readonly [string, Store.PayoutFilter, ReadonlyArray<string>]> = [
  ["all", {}, ["payout_pkey"]],
  ["by a status that few have", { status: "failed" }, ["payout_status"]],
  ["by a provider that few have", { provider: "rare" }, ["payout_account"]],
  ["by a cost center that few have", { costCenter: "rare" }, ["payout_cost_center"]],
  ["by number", { ourNumber: "PO-77" }, ["payout_tenant_environment_our_number_key"]],
  ["by reference", { contractorReference: "ref 77" }, ["payout_contractor_reference"]],
  ["of the older half", early, ["payout_pkey"]]
]
const statementLists: ReadonlyArray<readonly [string, Store.StatementFilter, ReadonlyArray<string>]> = [
  ["all", {}, ["balance_transaction_pkey"]],
  ["by an account that few have", { account: "rare" }, ["balance_transaction_account"]],
  ["by a type that few have", { type: "fee" }, ["balance_transaction_type"]],
  ["by a currency that few have", { currency: Currency.Currency.make("USD") }, ["balance_transaction_currency"]],
  ["by a cost center that few have", { costCenter: "rare" }, ["balance_transaction_cost_center"]],
  ["by number", { ourNumber: "INV-77" }, ["balance_transaction_our_number"]],
  ["by reference", { contractorReference: "ref 77" }, ["balance_transaction_contractor_reference"]],
  ["of the older half", early, ["balance_transaction_pkey"]]
]

const pages = (prefix: string) =>
  [
    ["the first page", { limit: 100 }],
    ["a page deep inside", { limit: 100, startingAfter: deep(prefix) }],
    ["a page back", { limit: 100, endingBefore: deep(prefix) }]
  ] as const

testLayer(seeded, { excludeTestServices: true, timeout: "5 minutes" })("with much of everything", (it) => {
  const lists = [
    ...invoiceLists.map(([name, filter, indexes]) => ({
      name: `invoices ${name}`,
      table: "invoice",
      prefix: "inv",
      indexes,
      ask: (page: Operations.Page) =>
        statementsOf(Effect.flatMap(Store.InvoiceStore, (store) => Effect.exit(store.list(owner, filter, page))))
    })),
    ...payoutLists.map(([name, filter, indexes]) => ({
      name: `payouts ${name}`,
      table: "payout",
      prefix: "po",
      indexes,
      ask: (page: Operations.Page) =>
        statementsOf(Effect.flatMap(Store.PayoutStore, (store) => Effect.exit(store.list(owner, filter, page))))
    })),
    ...statementLists.map(([name, filter, indexes]) => ({
      name: `the statement ${name}`,
      table: "balance_transaction",
      prefix: "btxn",
      indexes,
      ask: (page: Operations.Page) =>
        statementsOf(Effect.flatMap(Store.Statement, (store) => Effect.exit(store.list(owner, filter, page))))
    }))
  ]

  it.effect.each(lists)("$name: every page is read by an index in its order", ({ ask, indexes, prefix, table }) =>
    Effect.gen(function* () {
      for (const [what, page] of pages(prefix)) {
        const [statement, ...others] = yield* ask(page)
        if (statement === undefined || others.length > 0) return assert.fail("a list is one statement")
        // A list is planned anew for every page, by its own values.
        const plan = yield* planOf(statement, "force_custom_plan")
        const told = `${what}: ${JSON.stringify(plan)}`
        const types = (all: ReadonlyArray<Node>) => all.map(({ type }) => type)
        assert.notInclude(types(plan), "Seq Scan", told)
        const own = plan.filter((node) => node.own)
        // A number is one row's, which needs no order.
        if (!indexes.some((name) => name.includes("our_number"))) assert.notInclude(types(own), "Sort", told)
        const scan = own.find((node) => node.table === table)
        assert.include(["Index Scan", "Index Only Scan"], scan?.type, told)
        assert.include(indexes, scan?.index, told)
      }
    })
  )

  it.effect("nothing that is asked for one resource, or of what is due, reads a table through", () =>
    Effect.gen(function* () {
      const [invoices, payouts, statement] = [
        yield* Store.InvoiceStore,
        yield* Store.PayoutStore,
        yield* Store.Statement
      ]
      const notifications = yield* Store.Notifications
      const balances = yield* Store.Balances
      const invoice = Ids.InvoiceId.make("inv_01K9X000000077000000000000")
      const payout = Ids.PayoutId.make("po_01K9X000000077000000000000")
      const asked = yield* statementsOf(
        Effect.all(
          [
            invoices.get(owner, invoice),
            invoices.begin(owner, invoice, null, Duration.seconds(1)),
            invoices.takeDue(10, Duration.seconds(1)),
            payouts.get(owner, payout),
            payouts.begin(owner, payout, null, Duration.seconds(1)),
            payouts.takeDue(10, Duration.seconds(1)),
            statement.get(owner, Ids.BalanceTransactionId.make("btxn_01K9X000000077000000000000")),
            balances.read(owner, BusinessCalendar.CalendarDate.make("2026-11-21")),
            notifications.accountOf("infrapsp", "token")
          ],
          { mode: "result" }
        )
      )
      const planned = asked.filter(([query]) => /^\s*(select|with|insert|update)\b/i.test(query))
      assert.isAtLeast(planned.length, 9)
      for (const each of planned) {
        const plan = [...(yield* planOf(each, "force_custom_plan")), ...(yield* planOf(each, "force_generic_plan"))]
        // Two do not grow with time.
        const read = plan.filter(({ type }) => type === "Seq Scan").map(({ table }) => table)
        assert.deepEqual(
          read.filter((table) => table !== "provider_account" && table !== "account_balance"),
          [],
          each[0]
        )
      }
    })
  )
})
