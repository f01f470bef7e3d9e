/** Laws of lists: newest first, complete in both directions while rows are being added, filters exact. */
import { DateTime, Effect } from "effect"
import { type Listed, type Page } from "../../ports/Operations.ts"
import { type InvoiceFilter, InvoiceStore, Statement, type StatementFilter } from "../../ports/Store.ts"
import { Amount } from "../../values/Money.ts"
import * as Samples from "../Samples.ts"
import { invoice, observe, owner, paid, stored } from "./given.ts"
import { holds, law, same, times, upTo } from "./law.ts"

interface Row {
  readonly id: string
}

/** All pages from a cursor on, with something happening between them. */
const walk = Effect.fnUntraced(function* <A extends Row, E, R, E2, R2>(
  read: (page: Page) => Effect.Effect<Listed<A>, E, R>,
  direction: "older" | "newer",
  from: string | undefined,
  between: Effect.Effect<unknown, E2, R2>
) {
  const ids: Array<string> = []
  let cursor = from
  for (let pages = 0; pages < 50; pages++) {
    const at = cursor === undefined ? {} : direction === "older" ? { startingAfter: cursor } : { endingBefore: cursor }
    const { data, hasMore } = yield* read({ limit: 4, ...at })
    ids.push(...data.map(({ id }) => id))
    yield* holds(data.length <= 4, `a page of ${data.length}`)
    yield* holds(
      data.every(({ id }, place) => place === 0 || id < (data[place - 1]?.id ?? "")),
      "a page is not newest first"
    )
    if (!hasMore) return ids
    cursor = (direction === "older" ? data.at(-1) : data[0])?.id
    yield* between
  }
  return ids
})

/** Both directions of a list see every row that was there, once. */
export const complete = Effect.fnUntraced(function* <A extends Row, E, R, E2, R2>(
  read: (page: Page) => Effect.Effect<Listed<A>, E, R>,
  add: Effect.Effect<unknown, E2, R2>
) {
  const before = (yield* read({ limit: 100 })).data.map(({ id }) => id)
  const older = yield* walk(read, "older", undefined, add)
  yield* same("rows seen towards the oldest", older, before)
  const all = (yield* read({ limit: 100 })).data.map(({ id }) => id)
  const oldest = all.at(-1) ?? ""
  const newer = yield* walk(read, "newer", oldest, Effect.void)
  yield* same("rows seen towards the newest", newer.toSorted(), all.filter((id) => id !== oldest).toSorted())
  const whileAdding = yield* walk(read, "newer", oldest, add)
  yield* holds(new Set(whileAdding).size === whileAdding.length, "a row was seen twice")
  yield* holds(
    all.every((id) => id === oldest || whileAdding.includes(id)),
    "a row was not seen while others were added"
  )
})

/** Every filter alone and together with another gives the rows that it names. */
export const exact = Effect.fnUntraced(function* <F, A extends Row, E, R>(
  read: (filter: F) => Effect.Effect<Listed<A>, E, R>,
  expected: ReadonlyArray<readonly [F, ReadonlyArray<string>]>
) {
  for (const [filter, ids] of expected) {
    const found = (yield* read(filter)).data.map(({ id }) => id)
    yield* same(`rows by ${JSON.stringify(filter)}`, found.toSorted(), ids.toSorted())
  }
})

const at = (time: string): DateTime.Utc => DateTime.makeUnsafe(time)

/** Laws of `InvoiceStore.list` and `Statement.list`. */
export const lists = [
  law(
    "a list of invoices is complete in both directions, without duplicates, while invoices are created",
    Effect.gen(function* () {
      const of = yield* owner
      const store = yield* InvoiceStore
      yield* times(12, invoice(of))
      yield* complete((page) => store.list(of, {}, page), Effect.andThen(Effect.sleep("2 millis"), invoice(of)))
    })
  ),
  law(
    "a statement is complete in both directions, without duplicates, while payments are booked",
    Effect.gen(function* () {
      const of = yield* owner
      const statement = yield* Statement
      yield* times(9, paid(of))
      yield* complete((page) => statement.list(of, {}, page), Effect.andThen(Effect.sleep("2 millis"), paid(of)))
    })
  ),
  law(
    "a page says exactly whether more follows",
    Effect.gen(function* () {
      const of = yield* owner
      const store = yield* InvoiceStore
      yield* times(3, invoice(of))
      const { data } = yield* store.list(of, {}, { limit: 3 })
      const [newest, middle, oldest] = data.map(({ id }) => id)
      if (newest === undefined || middle === undefined || oldest === undefined)
        return yield* same("rows", data.length, 3)
      for (const [page, ids, hasMore] of [
        [{ limit: 2 }, [newest, middle], true],
        [{ limit: 3 }, [newest, middle, oldest], false],
        [{ limit: 2, startingAfter: newest }, [middle, oldest], false],
        [{ limit: 1, startingAfter: newest }, [middle], true],
        [{ limit: 1, startingAfter: oldest }, [], false],
        [{ limit: 2, endingBefore: oldest }, [newest, middle], false],
        [{ limit: 1, endingBefore: oldest }, [middle], true],
        [{ limit: 1, endingBefore: newest }, [], false]
      ] as const) {
        const listed = yield* store.list(of, {}, page)
        yield* same(
          JSON.stringify(page),
          { ids: listed.data.map(({ id }) => id), hasMore: listed.hasMore },
          { ids, hasMore }
        )
      }
    })
  ),
  law(
    "invoices are found by each filter, exactly",
    Effect.gen(function* () {
      const of = yield* owner
      const store = yield* InvoiceStore
      const one = yield* invoice(of, {
        createdAt: at("2026-03-01T00:00:00.000Z"),
        request: Samples.request({ cost_center: "CC-A", contractor_reference: "CT-1" })
      })
      const two = yield* invoice(of, {
        createdAt: at("2026-03-01T00:00:00.001Z"),
        account: "other account",
        request: Samples.request({ cost_center: "CC-B", payment_method: { type: "boleto" } })
      })
      const three = yield* invoice(of, {
        createdAt: at("2026-03-02T00:00:00.000Z"),
        request: Samples.request({ cost_center: "cc-a", contractor_reference: "CT-10" })
      })
      const [a, b, c] = [one.invoice.id, two.invoice.id, three.invoice.id]
      yield* observe(of, c, Samples.settled("tx3", Samples.payment()))
      const numbers = [one.invoice.ourNumber, two.invoice.ourNumber]
      yield* exact<InvoiceFilter, Row, unknown, never>(
        (filter) => store.list(of, filter, { limit: 10 }),
        [
          [{}, [a, b, c]],
          [{ status: "open" }, [a, b]],
          [{ status: "paid" }, [c]],
          [{ status: "canceled" }, []],
          [{ method: "pix" }, [a, c]],
          [{ method: "boleto" }, [b]],
          [{ provider: "infrapsp" }, [a, c]],
          [{ provider: "other account" }, [b]],
          [{ provider: "other" }, []],
          [{ costCenter: "CC-A" }, [a]],
          [{ ourNumber: numbers[0] ?? "" }, [a]],
          [{ ourNumber: "INV-2026" }, []],
          [{ contractorReference: "CT-1" }, [a]],
          [{ contractorReference: "CT-%" }, []],
          [{ createdFrom: at("2026-03-01T00:00:00.001Z") }, [b, c]],
          [{ createdTo: at("2026-03-01T00:00:00.001Z") }, [a, b]],
          [{ createdFrom: at("2026-03-01T00:00:00.001Z"), createdTo: at("2026-03-01T00:00:00.001Z") }, [b]],
          [
            { status: "open", method: "pix", costCenter: "CC-A", ourNumber: numbers[0] ?? "", provider: "infrapsp" },
            [a]
          ],
          [{ status: "paid", ourNumber: numbers[1] ?? "" }, []]
        ]
      )
    })
  ),
  law(
    "the provider filter is the account that the invoice shows: where its artifact is, else its last attempt's",
    Effect.gen(function* () {
      const of = yield* owner
      const store = yield* InvoiceStore
      const { invoice: made, lease } = yield* invoice(of, { account: "first" })
      yield* store.change(of, made.id, lease, (held) => {
        const second = { ...held.current.attempts[0]!, number: 2, account: "second" }
        const reference = `${held.current.ourNumber}-2` as typeof second.reference
        const attempts = [...held.current.attempts, { ...second, reference }]
        return Effect.succeed({
          change: { next: { ...held.current, attempts }, posted: [], events: [] },
          result: undefined
        })
      })
      const by = (provider: string) => Effect.map(store.list(of, { provider }, { limit: 1 }), ({ data }) => data.length)
      yield* same("before there is an artifact", [yield* by("first"), yield* by("second")], [0, 1])
      yield* observe(of, made.id, Samples.observation("tx1"))
      yield* same("with the artifact of the first", [yield* by("first"), yield* by("second")], [1, 0])
    })
  ),
  law(
    "statement rows are found by each filter, exactly",
    Effect.gen(function* () {
      const of = yield* owner
      const statement = yield* Statement
      const one = yield* paid(of, {
        intent: { request: Samples.request({ cost_center: "CC-A", contractor_reference: "CT-1" }) }
      })
      yield* Effect.sleep("5 millis")
      const two = yield* paid(of, {
        intent: {
          account: "other account",
          request: Samples.request({ cost_center: "CC-B", currency: Samples.usd, amount: Amount.make(5) })
        },
        fee: 0
      })
      yield* Effect.sleep("5 millis")
      const later = Samples.settled(
        `tx${two.id}`,
        Samples.payment({ ordinal: "2", fee: 0, money: { amount: 5, currency: Samples.usd } })
      )
      yield* observe(of, two.id, { ...later, money: { amount: 5, currency: Samples.usd } })
      const rows = (yield* statement.list(of, {}, { limit: 10 })).data
      yield* same(
        "newest first",
        rows.map(({ line, ourNumber }) => [line.type, ourNumber]),
        [
          ["adjustment", two.ourNumber],
          ["charge", two.ourNumber],
          ["charge", one.ourNumber]
        ]
      )
      const [c, b, a] = rows
      if (a === undefined || b === undefined || c === undefined) return
      yield* exact<StatementFilter, Row, unknown, never>(
        (filter) => statement.list(of, filter, { limit: 10 }),
        [
          [{}, [a.id, b.id, c.id]],
          [{ account: "infrapsp" }, [a.id]],
          [{ account: "other account" }, [b.id, c.id]],
          [{ type: "charge" }, [a.id, b.id]],
          [{ type: "adjustment" }, [c.id]],
          [{ type: "payout" }, []],
          [{ costCenter: "CC-A" }, [a.id]],
          [{ ourNumber: one.ourNumber }, [a.id]],
          [{ contractorReference: "CT-1" }, [a.id]],
          [{ contractorReference: "CT" }, []],
          [{ currency: "USD" }, [b.id, c.id]],
          [{ createdFrom: b.createdAt }, [b.id, c.id]],
          [{ createdTo: b.createdAt }, [a.id, b.id]],
          [{ type: "charge", currency: "USD", createdTo: c.createdAt }, [b.id]]
        ]
      )
    })
  ),
  law(
    "a hundred rows fit a page, and a row read from a list is the row itself",
    Effect.gen(function* () {
      const of = yield* owner
      const store = yield* InvoiceStore
      yield* times(101, invoice(of))
      const { data, hasMore } = yield* store.list(of, {}, { limit: 100 })
      yield* same("the page", { rows: data.length, hasMore }, { rows: 100, hasMore: true })
      for (const place of upTo(3)) {
        const row = data[place * 20]
        if (row !== undefined) yield* same("a row", row, yield* stored(of, row.id))
      }
    })
  )
]
