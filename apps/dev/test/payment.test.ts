import { assert, describe, it } from "@effect/vitest"
import { Invoices } from "@salesos/api"
import { Effect, Option, Schema } from "effect"
import { randomUUID } from "node:crypto"
import Stripe from "stripe"
import { asInvoice, cpf, invoice } from "./support/Api.ts"
import * as Receiver from "./support/Receiver.ts"
import { eventually } from "./support/Waiting.ts"
import * as World from "./support/World.ts"

const minutes = 5 * 60_000

const decodeEvent = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({
      id: Schema.String,
      type: Schema.String,
      created_at: Schema.String,
      livemode: Schema.Boolean,
      data: Schema.Struct({ object: Invoices.Invoice })
    })
  ),
  { onExcessProperty: "error" }
)

const created = ({ api }: World.World, amount: number) =>
  Effect.map(api.create(randomUUID(), invoice(amount)), (answer) => Option.getOrThrow(asInvoice(answer)))

const isPaid = ({ api }: World.World, id: string) =>
  eventually(`${id} is paid`, api.get(id), (found) => Option.exists(found, ({ status }) => status === "paid")).pipe(
    Effect.map(Option.getOrThrow)
  )

describe.concurrent("with the API and the worker as processes of their own", () => {
  it.live(
    "a charge is created, paid, booked and told by a webhook that others can verify, until it is taken",
    () =>
      Effect.gen(function* () {
        const world = yield* World.make
        const { api, encryptionKey, key, simulator, sql } = world
        const [http, worker] = yield* Effect.all([world.http, world.worker])
        const shop = yield* Receiver.start(500, 200)
        const secret = yield* api.register(shop.url)
        assert.match(secret, /^whsec_/)

        const open = yield* created(world, 1002)
        assert.deepInclude(open, { status: "open", confirmed: true, amount_paid: null, paid_at: null })
        const paid = yield* isPaid(world, open.id)
        assert.deepInclude(paid, { amount_paid: 1002, amount_reversed: 0, late_payment: false, failure: null })
        assert.isNotNull(paid.paid_at)
        assert.isAbove(Date.parse(paid.updated_at), Date.parse(open.updated_at))

        const [refused, taken] = yield* eventually("two deliveries", shop.received, ({ length }) => length >= 2)
        assert.isDefined(refused)
        assert.isDefined(taken)
        if (refused === undefined || taken === undefined) return
        assert.strictEqual(taken.body, refused.body)
        for (const { body, headers } of [refused, taken]) {
          assert.strictEqual(headers["content-type"], "application/json")
          assert.strictEqual(headers["x-pay-event"], "invoice.paid")
          assert.match(headers["x-pay-delivery"] ?? "", /^whd_[0-9A-Z]{26}$/)
          assert.strictEqual(headers["x-pay-delivery"], refused.headers["x-pay-delivery"])
          assert.notProperty(headers, "traceparent")
          assert.notProperty(headers, "b3")
          const signature = headers["x-pay-signature"] ?? ""
          assert.match(signature, /^t=\d{10},v1=[0-9a-f]{64}$/)
          assert.strictEqual(Stripe.webhooks.constructEvent(body, signature, secret).type, "invoice.paid")
          assert.isTrue(Stripe.webhooks.signature?.verifyHeader(body, signature, secret))
          assert.throws(() => Stripe.webhooks.constructEvent(`${body} `, signature, secret))
          assert.throws(() => Stripe.webhooks.constructEvent(body, signature, `${secret}x`))
        }
        assert.notStrictEqual(taken.headers["x-pay-signature"], refused.headers["x-pay-signature"])
        const event = decodeEvent(taken.body)
        assert.match(event.id, /^evt_[0-9A-Z]{26}$/)
        assert.deepInclude(event, { type: "invoice.paid", livemode: false })
        assert.deepEqual(event.data.object, paid)

        const [charge] = yield* simulator.charges
        const [payable] = yield* simulator.payables(charge?.id ?? "")
        const [row, ...more] = yield* api.statement
        assert.isEmpty(more)
        const { fee, paymentDate } = payable ?? assert.fail("The provider booked nothing")
        assert.isAbove(fee, 0)
        assert.deepInclude(row, {
          type: "charge",
          amount: 1002,
          fee,
          net: 1002 - fee,
          currency: "BRL",
          available_on: paymentDate.slice(0, 10),
          our_number: paid.our_number
        })
        assert.deepEqual(yield* sql`select count(*)::int as postings, sum(amount)::int as sum from ledger_posting`, [
          { postings: 3, sum: 0 }
        ])
        const attempts = eventually(
          "the record of both tries",
          sql<{ readonly status: number }>`select status from webhook_attempt order by number`,
          ({ length }) => length === 2
        )
        assert.deepEqual(yield* attempts, [{ status: 500 }, { status: 200 }])
        assert.lengthOf(yield* shop.received, 2)

        // Both stop when they are told to, and have said nothing that they should keep to themselves.
        for (const child of [http, worker]) {
          const { signal } = yield* child.stop("SIGTERM")
          assert.isNull(signal)
          assert.isNotEmpty(child.output())
          for (const hidden of [key, secret, encryptionKey, cpf, "simulator-secret"]) {
            assert.isFalse(child.output().includes(hidden), `${hidden} is in the logs`)
          }
        }
      }),
    minutes
  )

  it.live(
    "an invoice's id, which is an address too, cannot be foreseen from others",
    () =>
      Effect.gen(function* () {
        const world = yield* World.make
        // Whoever has seen some numbers of Math.random knows the next ones: here everybody does.
        yield* world.httpWith({ NODE_OPTIONS: "--import=data:text/javascript,Math.random%3D()%3D%3E0.5" })
        const ids = yield* Effect.forEach([1098, 1098, 1098], (amount) => created(world, amount))
        assert.strictEqual(new Set(ids.map(({ id }) => id.slice(-16))).size, 3)
      }),
    minutes
  )

  it.live(
    "a payment is noticed also when the provider's notification is lost",
    () =>
      Effect.gen(function* () {
        const world = yield* World.make
        yield* Effect.all([world.http, world.worker])
        yield* world.simulator.set({ dropNotifications: true })
        const { id } = yield* created(world, 1002)
        yield* isPaid(world, id)
        assert.deepEqual(yield* world.sql`select count(*)::int as count from notification`, [{ count: 0 }])
      }),
    minutes
  )

  it.live(
    "a charge that the provider refuses is told as failed",
    () =>
      Effect.gen(function* () {
        const world = yield* World.make
        yield* Effect.all([world.http, world.worker])
        const shop = yield* Receiver.start(200)
        yield* world.api.register(shop.url)
        // An odd amount: the sandbox refuses it at once.
        const { id } = yield* created(world, 1001)
        const [delivery] = yield* eventually("the webhook", shop.received, ({ length }) => length === 1)
        const event = decodeEvent(delivery?.body)
        assert.strictEqual(event.type, "invoice.failed")
        assert.deepInclude(event.data.object, { id, status: "failed", amount_paid: null })
        assert.strictEqual(event.data.object.failure?.code, "refused")
      }),
    minutes
  )
})
