/** Commands of an operator whose machine has another time than the database. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Salesos from "./support/Salesos.ts"

const ahead = "--import=data:text/javascript,const%20now=Date.now;Date.now=()=>now()+600000"

it.live(
  "a command is in the audit log at the database's time, whatever its machine's is",
  () =>
    Effect.gen(function* () {
      const salesos = yield* Salesos.make
      const options = { asOwn: true, more: { NODE_OPTIONS: ahead } }
      const ran = [
        yield* salesos.run(["migrate"], options),
        yield* salesos.run(["tenants", "create", "--name", "Acme"], options)
      ]
      for (const { code, stderr } of ran) {
        assert.strictEqual(code, 0, stderr)
        const [, off] = /"off_by_seconds":(-?[\d.]+)/.exec(stderr) ?? []
        assert.strictEqual(Math.round(Number(off) / 60), 10, "its machine's clock is not off")
      }
      const entries = yield* salesos.sql<{ readonly action: string; readonly off: number }>`
        select distinct action, round(abs(extract(epoch from recorded_at - happened_at)) / 60)::int as off
        from audit_entry order by action`
      assert.deepEqual(entries, [
        { action: "migrate", off: 0 },
        { action: "tenants create", off: 0 }
      ])
    }),
  120_000
)
