import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Records, Table } from "@salesos/simulator-kit"
import { Effect, Exit, Schema } from "effect"
import { TestClock } from "effect/testing"

const Account = Schema.Struct({ id: Schema.String, owner: Schema.String, amount: Schema.Int })
const Alarm = Schema.Struct({ id: Schema.String, at: Schema.NullOr(Schema.Int) })

const makeTables = () => {
  let sum = 0
  const tables = {
    accounts: Table.make({
      schema: Account,
      id: ({ id }: typeof Account.Type) => id,
      keys: { owner: ({ owner }: typeof Account.Type) => owner },
      onPut: ({ amount }, before) => {
        sum += amount - (before?.amount ?? 0)
      }
    }),
    alarms: Table.make({
      schema: Alarm,
      id: ({ id }: typeof Alarm.Type) => id,
      dueAt: ({ at }) => at
    })
  }
  return { tables, sum: () => sum }
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "simulator-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** Not zero, whose sign JSON forgets. */
const number = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))
const letter = Schema.Literals(["a", "b", "c"])
const Changes = Schema.Array(
  Schema.Struct({
    accounts: Schema.optionalKey(Schema.Array(Schema.Struct({ ...Account.fields, id: letter, amount: number }))),
    alarms: Schema.optionalKey(Schema.Array(Schema.Struct({ ...Alarm.fields, id: letter, at: Schema.NullOr(number) })))
  })
).check(Schema.isMaxLength(10))

describe("records", () => {
  it.effect.prop("are after a restart what they were before, sums included", [Changes], ([changes]) =>
    Effect.gen(function* () {
      const file = join(yield* folder, "state.jsonl")
      const before = makeTables()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { commit } = yield* Records.open(before.tables, file)
          for (const change of changes) commit(change)
        })
      )
      const after = makeTables()
      yield* Records.open(after.tables, file)
      assert.deepStrictEqual([...after.tables.accounts.rows()], [...before.tables.accounts.rows()])
      assert.deepStrictEqual([...after.tables.alarms.rows()], [...before.tables.alarms.rows()])
      assert.strictEqual(after.sum(), before.sum())
      assert.strictEqual(
        after.sum(),
        [...after.tables.accounts.rows()].reduce((sum, { amount }) => sum + amount, 0)
      )
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.effect("are found by id and by the other key, oldest first", () =>
    Effect.gen(function* () {
      const { tables } = makeTables()
      const { commit } = yield* Records.open(tables, undefined)
      commit({
        accounts: [
          { id: "1", owner: "ann", amount: 1 },
          { id: "2", owner: "bob", amount: 1 }
        ]
      })
      commit({
        accounts: [
          { id: "3", owner: "ann", amount: 1 },
          { id: "1", owner: "ann", amount: 2 }
        ]
      })
      assert.deepStrictEqual(tables.accounts.idsOf("owner", "ann"), ["1", "3"])
      assert.deepStrictEqual(tables.accounts.idsOf("owner", "eve"), [])
      assert.strictEqual(tables.accounts.get("1")?.amount, 2)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.effect("move at their time, and not at a time that was taken back", () =>
    Effect.gen(function* () {
      const { tables } = makeTables()
      const { commit, run } = yield* Records.open(tables, undefined)
      const rung: Array<string> = []
      yield* Effect.forkChild(
        run({
          alarms: (alarm) =>
            Effect.sync(() => {
              rung.push(alarm.id)
              commit({ alarms: [{ ...alarm, at: null }] })
            })
        })
      )
      commit({
        alarms: [
          { id: "kept", at: 10 },
          { id: "moved", at: 10 },
          { id: "stopped", at: 10 }
        ]
      })
      commit({
        alarms: [
          { id: "moved", at: 20 },
          { id: "stopped", at: null }
        ]
      })
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(rung, ["kept"])
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(rung, ["kept", "moved"])
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.effect("refuse a file with a line that is no change, unless a kill cut the last one", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "state.jsonl")
      const good = JSON.stringify({ accounts: [{ id: "1", owner: "ann", amount: 1 }] })
      const open = Effect.scoped(
        Effect.gen(function* () {
          const { tables } = makeTables()
          yield* Records.open(tables, file)
          return tables.accounts.ids.length
        })
      )
      for (const bad of ["{", "[]", '{"strangers":[]}', '{"accounts":[{"id":1}]}', '{"accounts":{}}']) {
        writeFileSync(file, `${good}\n${bad}`)
        assert.strictEqual(yield* open, 1)
        assert.strictEqual(readFileSync(file, "utf8"), `${good}\n`)
        writeFileSync(file, `${bad}\n${good}\n`)
        assert.isTrue(Exit.isFailure(yield* Effect.exit(open)))
      }
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )
})
