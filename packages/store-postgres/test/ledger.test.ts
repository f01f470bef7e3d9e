import { assert, layer as testLayer } from "@effect/vitest"
import { BalanceTransaction, Currency, Ids, Ledger } from "@salesos/core"
import { TestOwners } from "@salesos/core/testing"
import { DateTime, Effect, Result } from "effect"
import { SqlClient } from "effect/sql"
import { post } from "../src/Ledger.ts"
import { layer } from "./support/store.ts"

const brl = Currency.Currency.make("BRL")

const posted = Effect.fnUntraced(function* (amount: number, fee: number) {
  const { sandbox: owner } = yield* (yield* TestOwners.TestOwners).fresh([])
  const { line, postings } = Result.getOrThrow(Ledger.chargePaid({ amount, fee, currency: brl }))
  return {
    postings,
    transaction: {
      owner,
      id: yield* Ids.generate("btxn"),
      entry: yield* Ids.generate("ent"),
      line,
      availableOn: "2026-11-21",
      source: { resource: "invoice", id: "inv" },
      attempt: 1,
      occurredAt: yield* DateTime.now,
      account: "infrapsp",
      ourNumber: null,
      costCenter: null,
      contractorReference: null,
      metadata: {},
      createdAt: yield* DateTime.now
    }
  } satisfies BalanceTransaction.Posted
})

testLayer(layer, { excludeTestServices: true })("the ledger's tables", (it) => {
  it.effect("take an entry that moves no balance, such as a payment that its fee eats up", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const entry = yield* posted(2, 2)
      yield* post([entry])
      const rows = yield* sql<{
        readonly net: bigint
      }>`select net from balance_transaction where id = ${entry.transaction.id}`
      assert.deepStrictEqual(rows, [{ net: 0n }])
    })
  )

  it.effect("refuse an entry out of balance, whoever writes it", () =>
    Effect.gen(function* () {
      const entry = yield* posted(1010, 40)
      const [first, ...rest] = entry.postings
      const wrong = { ...entry, postings: [{ ...first!, amount: first!.amount + 1 }, ...rest] }
      yield* Effect.flip(post([wrong]))
      yield* post([entry])
    })
  )

  it.effect("refuse a statement row that is not what its entry moved, or that has no entry", () =>
    Effect.gen(function* () {
      const entry = yield* posted(1010, 40)
      const line = { ...entry.transaction.line, amount: 1011, net: 971 }
      yield* Effect.flip(post([{ ...entry, transaction: { ...entry.transaction, line } }]))
      yield* Effect.flip(post([{ ...(yield* posted(2, 2)), postings: [] }]))
    })
  )

  it.effect("are never changed, emptied or shortened", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* post([yield* posted(1010, 40)])
      for (const table of ["ledger_posting", "balance_transaction"]) {
        for (const statement of [
          `update ${table} set currency = 'USD'`,
          `delete from ${table}`,
          `truncate ${table} cascade`
        ]) {
          const error = yield* Effect.flip(sql.unsafe(statement))
          assert.include(String(error.reason.cause), "append-only", statement)
        }
      }
    })
  )
})
