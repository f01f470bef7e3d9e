/** Processes whose machines have another time than the database. */
import { assert, describe, it } from "@effect/vitest"
import { Webhook } from "@salesos/client"
import { MovableClock } from "@salesos/store-postgres/testing"
import { Clocks } from "@salesos/test-servers"
import { Effect, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { asInvoice, invoice } from "./support/Api.ts"
import * as Receiver from "./support/Receiver.ts"
import { eventually } from "./support/Waiting.ts"
import * as World from "./support/World.ts"

const minutes = 5 * 60_000

const Line = Schema.fromJsonString(
  Schema.Struct({
    message: Schema.Unknown,
    timestamp: Schema.String,
    annotations: Schema.Record(Schema.String, Schema.Unknown)
  })
)
const decodeLine = Schema.decodeUnknownOption(Line)

const lines = (output: string) => output.split("\n").flatMap((line) => Option.toArray(decodeLine(line)))

/** Lines that say that the clock was put right, and by how much. */
const corrections = (output: string): ReadonlyArray<number> =>
  lines(output).flatMap(({ annotations }) =>
    "off_by_seconds" in annotations ? [Number(annotations["off_by_seconds"])] : []
  )

const create = ({ api }: World.World, amount: number) =>
  Effect.map(api.create(randomUUID(), invoice(amount)), (answer) => Option.getOrThrow(asInvoice(answer)))

describe.concurrent("a process whose machine's clock is off", () => {
  it.live.each([600, -600])(
    "by %i seconds tells the database's time, signs by it, and writes its log in it",
    (seconds) =>
      Effect.gen(function* () {
        const world = yield* World.make
        const [http, worker] = yield* Effect.all([
          world.httpWith(Clocks.ahead(seconds)),
          world.workerWith(Clocks.ahead(-seconds))
        ])
        const shop = yield* Receiver.start(200)
        const secret = yield* world.api.register(shop.url)

        // The database's machine is this one.
        const begun = Date.now()
        const created = yield* create(world, 1002)
        const [delivery] = yield* eventually("the webhook", shop.received, ({ length }) => length >= 1)
        const ended = Date.now()
        const isNow = (at: string) => Date.parse(at) >= begun - 2000 && Date.parse(at) <= ended + 2000

        assert.isTrue(isNow(created.created_at), created.created_at)
        const event = yield* Effect.promise(() =>
          Webhook.verify({
            payload: delivery?.body ?? "",
            header: delivery?.headers[Webhook.signatureHeader] ?? "",
            secret
          })
        )
        assert.strictEqual(event.type, "invoice.paid")
        assert.isTrue(isNow(event.created_at), event.created_at)

        for (const [child, off] of [
          [http, seconds],
          [worker, -seconds]
        ] as const) {
          assert.strictEqual(Math.round((corrections(child.output())[0] ?? 0) / 60), off / 60)
        }
        const requests = lines(http.output()).filter(({ message }) => String(message).includes("/invoices"))
        assert.isNotEmpty(requests)
        for (const { timestamp } of requests) assert.isTrue(isNow(timestamp), timestamp)
      }),
    minutes
  )

  it.live(
    "has a new year when the database has it, and no earlier",
    () =>
      Effect.gen(function* () {
        const world = yield* World.make
        yield* Effect.provideService(MovableClock.prepare, SqlClient.SqlClient, world.sql)
        const year = new Date().getUTCFullYear() + 1
        const newYear = Date.UTC(year, 0, 1, 3) // in São Paulo
        const at = (millis: number) => world.sql`update moved.clock set seconds = ${(millis - Date.now()) / 1000}`
        const hour = 3600_000

        yield* at(newYear - hour)
        const http = yield* world.httpWith(Clocks.ahead(3 * 366 * 24 * 3600))
        const before = yield* create(world, 1098)
        assert.strictEqual(before.our_number, `INV-${year - 1}-000001`)

        yield* at(newYear + hour)
        yield* eventually(
          "its clock follows",
          Effect.sync(() => corrections(http.output())),
          (all) => all.some((off) => Math.round(off / 3600) === -2)
        )
        const after = yield* create(world, 1098)
        assert.strictEqual(after.our_number, `INV-${year}-000001`)
      }),
    minutes
  )
})
