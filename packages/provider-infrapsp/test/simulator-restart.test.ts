import { spawn } from "node:child_process"
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import { allDelivered, nextTry } from "@salesos/simulator-kit/testing"
import { books, linkRequest, openLink, receiver, request, type Simulated, start } from "./fixtures/simulator.ts"

/** A folder for this test only. */
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "infrapsp-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** Runs `use` with a simulator that stops before this returns. */
const session = <A, E>(stateFile: string, use: (psp: Simulated) => Effect.Effect<A, E, Scope.Scope>) =>
  Effect.scoped(Effect.flatMap(start({ stateFile }), use))

describe("a restart", () => {
  it.effect("keeps transactions, what they booked, and their timers", () =>
    Effect.gen(function* () {
      const stateFile = join(yield* folder, "new", "state.jsonl")
      const before = yield* session(stateFile, (psp) =>
        Effect.gen(function* () {
          const paid = yield* psp.create(request(2000, { externalId: "paid" }))
          const due = yield* psp.create(request(1030, { externalId: "due" }))
          const late = yield* psp.create(request(1060, { methodSettings: { expiresIn: 50 } }))
          yield* TestClock.adjust("1 second")
          return { paid: yield* psp.get(paid.id), due, late, balance: (yield* psp.call("GET", "/v1/balance")).text }
        })
      )
      assert.strictEqual(before.paid.status, "paid")
      yield* session(stateFile, (psp) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* psp.get(before.paid.id), before.paid)
          assert.deepStrictEqual(yield* psp.list("externalId=due"), [before.due])
          assert.strictEqual((yield* psp.call("GET", "/v1/balance")).text, before.balance)
          yield* TestClock.adjust("29 seconds")
          assert.strictEqual((yield* psp.get(before.due.id)).status, "paid")
        })
      )
      // What fell due while the simulator was down happens when it is back.
      yield* TestClock.adjust("1 hour")
      yield* session(stateFile, (psp) =>
        Effect.gen(function* () {
          yield* TestClock.adjust(0)
          assert.strictEqual((yield* psp.get(before.late.id)).status, "expired")
          assert.lengthOf(yield* psp.list("sortOrder=asc"), 3)
        })
      )
    })
  )

  it.effect(
    "keeps links, installments, refunds, disputes, transfers, invoices, webhooks, and the balance they give",
    () =>
      Effect.gen(function* () {
        const stateFile = join(yield* folder, "state.jsonl")
        const lists = [
          "pre-transactions",
          "transactions",
          "payables",
          "operations",
          "transactions/chargebacks",
          "transfers",
          "invoices",
          "fee-rules",
          "webhooks",
          "balance"
        ]
        const everything = (psp: Simulated) =>
          Effect.forEach(lists, (path) => Effect.map(psp.call("GET", `/v1/${path}`), ({ json }) => json))

        const before = yield* session(stateFile, (psp) =>
          Effect.gen(function* () {
            const { paying } = yield* openLink(psp, linkRequest(10_000))
            const card = yield* paying("95643732041", { installments: 2 })
            const pix = yield* psp.create(request(2000))
            yield* TestClock.adjust(0)
            yield* psp.call("POST", `/v1/transactions/${pix.id}/refunds`)
            yield* psp.call("POST", `/control/transactions/${card.id}/charge-back`)
            yield* psp.call("POST", "/v1/transfers", { amount: 1060, method: "pix" })
            yield* psp.call("POST", "/control/invoices", { amount: 100 })
            yield* psp.call("POST", "/v1/webhooks", { url: "http://127.0.0.1:9/hook" })
            return yield* everything(psp)
          })
        )
        for (const list of before) assert.isNotEmpty(list)
        yield* session(stateFile, (psp) =>
          Effect.gen(function* () {
            assert.deepStrictEqual(yield* everything(psp), before)
            yield* TestClock.adjust("60 days")
            const { balance } = yield* books(psp)
            // 2,000 less fees came and went; the card brought 9,511; the transfer took 1,160 and the invoice 100.
            assert.strictEqual(balance.amountAvailable, 100_000_000 - 50 + 9_511 - 1_160 - 100)
            assert.strictEqual(balance.amountWaitingFunds, 0)
          })
        )
      })
  )

  it.effect("sends the notification that was not delivered before", () =>
    Effect.gen(function* () {
      const stateFile = join(yield* folder, "state.jsonl")
      const hook = yield* receiver(503, 200)
      const first = yield* session(stateFile, (psp) =>
        Effect.gen(function* () {
          yield* psp.create(request(2000, { notifyUrl: hook.url }))
          const received = yield* hook.take
          yield* nextTry(psp, 1)
          return received
        })
      )
      const second = yield* session(stateFile, (psp) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(yield* nextTry(psp, 1))
          const received = yield* hook.take
          yield* allDelivered(psp)
          return received
        })
      )
      assert.deepStrictEqual(second.body, first.body)
      assert.lengthOf(yield* session(stateFile, (psp) => psp.undelivered), 0)
    })
  )

  it.effect("after a kill in the middle of a line loses that line only", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const stateFile = join(path, "state.jsonl")
      const copy = join(path, "killed.jsonl")
      const scope = yield* Scope.make()
      const psp = yield* Scope.provide(start({ stateFile }), scope)
      const { id } = yield* psp.create(request(1030))
      // The answer is here, so the line is in the file: what a killed process leaves is what the file holds now.
      copyFileSync(stateFile, copy)
      appendFileSync(copy, readFileSync(stateFile, "utf8").slice(0, 700))
      yield* Scope.close(scope, Exit.void)

      yield* session(copy, (psp) =>
        Effect.gen(function* () {
          assert.lengthOf(yield* psp.list(""), 1)
          const second = yield* psp.create(request(1030))
          yield* TestClock.adjust("30 seconds")
          assert.strictEqual((yield* psp.get(id)).status, "paid")
          assert.strictEqual((yield* psp.get(second.id)).status, "paid")
        })
      )
      yield* session(copy, (psp) => Effect.map(psp.list(""), (rows) => assert.lengthOf(rows, 2)))
    })
  )

  it.effect("refuses a file that is damaged elsewhere than at its end", () =>
    Effect.gen(function* () {
      const stateFile = join(yield* folder, "state.jsonl")
      yield* session(stateFile, (psp) => psp.create(request(1030)))
      appendFileSync(stateFile, "{\n{}\n")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.scoped(start({ stateFile })))))
    })
  )
})

describe("the simulator alone", () => {
  const main = fileURLToPath(new URL("../simulator/main.ts", import.meta.url))

  /** Starts the program and gives it with the address it prints. */
  const program = (stateFile: string) =>
    Effect.acquireRelease(
      Effect.callback<{ readonly url: string; readonly stop: (signal: NodeJS.Signals) => Promise<number | null> }>(
        (resume) => {
          const child = spawn(process.execPath, [main], {
            env: { ...process.env, PORT: "0", STATE_FILE: stateFile, API_KEY: "key", API_SECRET: "secret" },
            stdio: ["ignore", "pipe", "inherit"]
          })
          const exit = new Promise<number | null>((resolve) => child.once("exit", resolve))
          const stop = (signal: NodeJS.Signals) => {
            child.kill(signal)
            return exit
          }
          child.stdout.setEncoding("utf8").on("data", (line: string) => {
            const url = /http:\S+/.exec(line)?.[0]
            if (url !== undefined) resume(Effect.succeed({ url, stop }))
          })
        }
      ),
      ({ stop }) => Effect.promise(() => stop("SIGKILL"))
    )

  const Created = Schema.Struct({ id: Schema.String })
  const headers = { authorization: "Bearer key.secret" }

  it.live(
    "prints its address, survives SIGKILL, and stops cleanly on SIGTERM",
    () =>
      Effect.gen(function* () {
        const stateFile = join(yield* folder, "state.jsonl")
        const first = yield* program(stateFile)
        const { id } = yield* Effect.promise(() =>
          fetch(`${first.url}/transactions`, { method: "POST", headers, body: JSON.stringify(request(1098)) }).then(
            (response) => response.json()
          )
        ).pipe(Effect.flatMap(Schema.decodeUnknownEffect(Created)))
        yield* Effect.promise(() => first.stop("SIGKILL"))

        const second = yield* program(stateFile)
        const found = yield* Effect.promise(() => fetch(`${second.url}/transactions/${id}`, { headers }))
        assert.strictEqual(found.status, 200)
        assert.containsSubset(yield* Effect.promise(() => found.json()), { id, status: "waiting_payment" })
        assert.include([0, 130, 143], yield* Effect.promise(() => second.stop("SIGTERM")))
      }),
    60_000 // two processes start: that takes as long as the machine is busy
  )
})
