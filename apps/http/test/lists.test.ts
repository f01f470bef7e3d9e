import { assert, layer } from "@effect/vitest"
import { BalanceTransactions, Invoices, WebhookEndpoints } from "@salesos/api"
import { Effect, Schema } from "effect"
import { Gateway, newKey, tenant } from "./support/Gateway.ts"
import * as Http from "./support/Http.ts"
import { expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const strict = { onExcessProperty: "error" } as const
const decodeInvoices = Schema.decodeUnknownSync(Invoices.InvoiceList, strict)
const decodeRows = Schema.decodeUnknownSync(BalanceTransactions.BalanceTransactionList, strict)
const decodeRow = Schema.decodeUnknownSync(BalanceTransactions.BalanceTransaction, strict)
const decodeEndpoints = Schema.decodeUnknownSync(WebhookEndpoints.WebhookEndpointList, strict)
const decodeEndpoint = Schema.decodeUnknownSync(WebhookEndpoints.CreatedWebhookEndpoint, strict)

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })

/** A tenant with some invoices, oldest first, and what lists them by number. */
const withInvoices = Effect.fnUntraced(function* (...bodies: ReadonlyArray<Readonly<Record<string, unknown>>>) {
  const world = yield* tenant()
  const invoices = yield* Effect.forEach(bodies, (changes) => world.created(Samples.invoice(changes)))
  const list = (query = "") =>
    Effect.map(world.read(`/invoices${query}`), (answer) => {
      const { data, has_more } = decodeInvoices(answer)
      return {
        ids: data.map(({ id }) => id),
        numbers: data.map(({ our_number }) => Number(our_number.slice(9))),
        has_more
      }
    })
  return { ...world, invoices, list }
})

shared("the list of invoices", (it) => {
  it.effect("shows the newest first, each as it is when it is asked for alone", () =>
    Effect.gen(function* () {
      const { get, invoices, list, read } = yield* withInvoices({}, {}, {})
      assert.deepEqual(yield* list(), {
        ids: invoices.map(({ id }) => id).toReversed(),
        numbers: [3, 2, 1],
        has_more: false
      })
      const { data } = decodeInvoices(yield* read("/invoices"))
      for (const invoice of data) assert.deepEqual(yield* get(invoice.id), invoice)
    })
  )

  it.effect("is turned page by page in both directions, also while invoices are being added", () =>
    Effect.gen(function* () {
      const { created, list } = yield* withInvoices({}, {}, {}, {}, {})
      const first = yield* list("?limit=2")
      assert.deepInclude(first, { numbers: [5, 4], has_more: true })
      yield* created(Samples.invoice())
      const second = yield* list(`?limit=2&starting_after=${first.ids.at(-1)}`)
      assert.deepInclude(second, { numbers: [3, 2], has_more: true })
      const third = yield* list(`?limit=2&starting_after=${second.ids.at(-1)}`)
      assert.deepInclude(third, { numbers: [1], has_more: false })
      const end = yield* list(`?starting_after=${third.ids.at(-1)}`)
      assert.deepInclude(end, { numbers: [], has_more: false })

      const back = yield* list(`?limit=2&ending_before=${third.ids[0]}`)
      assert.deepEqual(back, { ...second, has_more: true })
      const start = yield* list(`?limit=2&ending_before=${back.ids[0]}`)
      assert.deepEqual(start, { ...first, has_more: true }) // the sixth came meanwhile
      const newest = yield* list(`?limit=2&ending_before=${start.ids[0]}`)
      assert.deepInclude(newest, { numbers: [6], has_more: false })
    })
  )

  it.effect("shows twenty unless it is told how many, and up to a hundred", () =>
    Effect.gen(function* () {
      const { list } = yield* withInvoices(...Array.from({ length: 21 }, () => ({})))
      const shown = yield* list()
      assert.lengthOf(shown.ids, 20)
      assert.isTrue(shown.has_more)
      assert.deepInclude(yield* list("?limit=21"), { has_more: false })
      assert.lengthOf((yield* list("?limit=100")).ids, 21)
    })
  )

  it.effect("is narrowed by what an invoice has, and by several things at once", () =>
    Effect.gen(function* () {
      const { invoices, list, lookedUp, simulator } = yield* withInvoices(
        { cost_center: "A", contractor_reference: "one" },
        { cost_center: "A", contractor_reference: "two" },
        { cost_center: "B" },
        { cost_center: "B", contractor_reference: "one & only" }
      )
      const [, second, third] = invoices
      yield* simulator.pay(second?.our_number ?? "")
      yield* lookedUp(second?.id ?? "", ({ status }) => status === "paid")
      const numbers = (query: string) => Effect.map(list(query), (page) => page.numbers)
      assert.deepEqual(yield* numbers("?cost_center=A"), [2, 1])
      assert.deepEqual(yield* numbers("?cost_center=a"), [])
      assert.deepEqual(yield* numbers("?contractor_reference=one"), [1])
      assert.deepEqual(yield* numbers("?contractor_reference=one%20%26%20only"), [4])
      assert.deepEqual(yield* numbers("?status=paid"), [2])
      assert.deepEqual(yield* numbers("?status=open&cost_center=B"), [4, 3])
      assert.deepEqual(yield* numbers("?status=paid&cost_center=B"), [])
      assert.deepEqual(yield* numbers("?payment_method.type=pix"), [4, 3, 2, 1])
      assert.deepEqual(yield* numbers("?payment_method.type=boleto"), [])
      assert.deepEqual(yield* numbers("?provider=infrapsp"), [4, 3, 2, 1])
      assert.deepEqual(yield* numbers("?provider=sellxpay"), [])
      assert.deepEqual(yield* numbers(`?our_number=${third?.our_number}`), [3])
      const at = third?.created_at ?? ""
      assert.deepEqual(yield* numbers(`?created[gte]=${at}`), [4, 3])
      assert.deepEqual(yield* numbers(`?created[lte]=${at}`), [3, 2, 1])
      assert.deepEqual(yield* numbers(`?created%5Bgte%5D=${at}&created%5Blte%5D=${at}`), [3])
      assert.deepEqual(yield* numbers(`?created[gte]=${at.slice(0, 10)}&created[lte]=${at.slice(0, 10)}`), [4, 3, 2, 1])
      assert.deepEqual(yield* numbers("?created[lte]=2020-01-01"), [])
      assert.deepEqual(yield* list(`?cost_center=A&limit=1`), { ids: [second?.id], numbers: [2], has_more: true })
    })
  )
})

shared("the statement", (it) => {
  it.effect("shows a paid charge with the provider's own fee and date, and its postings add up to nothing", () =>
    Effect.gen(function* () {
      const { gateway, invoices, lookedUp, owner, read, simulator } = yield* withInvoices(
        { metadata: { order: "77" }, contractor_reference: "CT-1" },
        { amount: 198 }
      )
      for (const { id, our_number } of invoices) {
        yield* simulator.pay(our_number)
        yield* lookedUp(id, ({ status }) => status === "paid")
      }
      const { data, has_more } = decodeRows(yield* read("/balance-transactions"))
      assert.isFalse(has_more)
      assert.lengthOf(data, 2)
      for (const [index, invoice] of invoices.toReversed().entries()) {
        const [charge] = yield* simulator.charges(invoice.our_number)
        const [payable] = yield* simulator.payables(charge?.id ?? "")
        assert.isDefined(payable)
        assert.isAbove(payable?.fee ?? 0, 0)
        const { created_at, id, ...row } = data[index] ?? assert.fail("A row is missing")
        assert.deepEqual(row, {
          object: "balance_transaction",
          livemode: false,
          type: "charge",
          amount: invoice.amount,
          currency: "BRL",
          fee: payable?.fee ?? 0,
          net: invoice.amount - (payable?.fee ?? 0),
          available_on: payable?.paymentDate.slice(0, 10) ?? "",
          source: { resource: "invoice", id: invoice.id },
          account: "infrapsp",
          our_number: invoice.our_number,
          cost_center: invoice.cost_center,
          contractor_reference: invoice.contractor_reference,
          metadata: invoice.metadata
        })
        assert.isAtLeast(Date.parse(created_at), Date.parse(invoice.created_at))
        assert.deepEqual(decodeRow(yield* read(`/balance-transactions/${id}`)), data[index])
      }
      const sums = yield* gateway.sql<{ readonly sum: string; readonly count: string }>`
        select sum(amount)::text as sum, count(*)::text as count from ledger_posting where tenant = ${owner.tenant} group by entry`
      assert.deepEqual(sums, [
        { sum: "0", count: "3" },
        { sum: "0", count: "3" }
      ])
    })
  )

  it.effect("is turned page by page, and narrowed by what a row has", () =>
    Effect.gen(function* () {
      const { call, invoices, lookedUp, read, simulator } = yield* withInvoices(
        { cost_center: "A" },
        { cost_center: "B", contractor_reference: "CT-2" },
        { cost_center: "A" }
      )
      for (const { id, our_number } of invoices) {
        yield* simulator.pay(our_number)
        yield* lookedUp(id, ({ status }) => status === "paid")
      }
      const list = (query: string) =>
        Effect.map(read(`/balance-transactions${query}`), (answer) => {
          const { data, has_more } = decodeRows(answer)
          return {
            ids: data.map(({ id }) => id),
            numbers: data.map((row) => Number(row.our_number?.slice(9))),
            has_more
          }
        })
      const first = yield* list("?limit=2")
      assert.deepInclude(first, { numbers: [3, 2], has_more: true })
      const second = yield* list(`?limit=2&starting_after=${first.ids[1]}`)
      assert.deepInclude(second, { numbers: [1], has_more: false })
      assert.deepEqual(yield* list(`?ending_before=${second.ids[0]}`), { ...first, has_more: false })
      const numbers = (query: string) => Effect.map(list(query), (page) => page.numbers)
      assert.deepEqual(yield* numbers("?cost_center=A"), [3, 1])
      assert.deepEqual(yield* numbers("?contractor_reference=CT-2"), [2])
      assert.deepEqual(yield* numbers(`?our_number=${invoices[0]?.our_number}`), [1])
      assert.deepEqual(yield* numbers("?type=charge&account=infrapsp&currency=BRL"), [3, 2, 1])
      assert.deepEqual(yield* numbers("?type=payout"), [])
      assert.deepEqual(yield* numbers("?account=sellxpay"), [])
      assert.deepEqual(yield* numbers("?currency=USD"), [])
      assert.deepEqual(yield* numbers("?created[lte]=2020-01-01"), [])
      for (const id of ["btxn_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", invoices[0]?.id, "x", "%00"]) {
        yield* expectProblem(yield* call("GET", `/balance-transactions/${id}`), "not_found")
      }
    })
  )
})

shared("a webhook endpoint", (it) => {
  it.effect("shows its secret when it is registered, and never again", () =>
    Effect.gen(function* () {
      const { call, read } = yield* tenant()
      const body = { url: "https://shop.example/hooks", events: ["invoice.paid"], description: "Shop" }
      const idempotencyKey = newKey()
      const answer = yield* call("POST", "/webhook-endpoints", { body, idempotencyKey })
      assert.strictEqual(answer.status, 201, answer.text)
      const { secret, ...endpoint } = decodeEndpoint(Http.json(answer))
      assert.match(secret ?? "", /^whsec_[\w-]{32,}$/)
      assert.deepInclude<object>(endpoint, { ...body, status: "enabled" })

      const again = yield* call("POST", "/webhook-endpoints", { body, idempotencyKey })
      assert.strictEqual(again.status, 201)
      assert.strictEqual(again.headers["idempotent-replay"], "true")
      assert.deepEqual(decodeEndpoint(Http.json(again)), endpoint)
      assert.deepEqual(decodeEndpoints(yield* read("/webhook-endpoints")).data, [endpoint])
    })
  )

  it.effect("keeps a secret of one's own", () =>
    Effect.gen(function* () {
      const { call, gateway } = yield* tenant()
      const secret = `whsec_${newKey()}`
      const body = { url: "http://127.0.0.1:9/hooks", events: ["*"], secret }
      const answer = yield* call("POST", "/webhook-endpoints", { body })
      assert.strictEqual(decodeEndpoint(Http.json(answer)).secret, secret)
      const [stored] = yield* gateway.sql<{ readonly text: string }>`
        select w::text || coalesce((select string_agg(k::text, '') from idempotency_key k), '') as text
        from webhook_endpoint w order by created_at desc limit 1`
      assert.notInclude(stored?.text ?? assert.fail("It was not stored"), secret)
      assert.notInclude(stored?.text ?? "", Buffer.from(secret).toString("hex"))
    })
  )
})
