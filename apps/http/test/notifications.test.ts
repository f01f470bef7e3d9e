import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Gateway, tenant } from "./support/Gateway.ts"
import { expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const megabyte = 1_048_576

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })

/** A notification as the provider sends it, that a charge was paid. */
const paidNotice = (charge: string, id = `n-${charge}`) =>
  JSON.stringify({
    id,
    event: "transaction",
    entityId: charge,
    data: { id: charge, status: "paid", amount: 12398, paidAt: "2026-11-21T20:00:00.000Z" },
    meta: { url: "http://127.0.0.1:9/" }
  })

/** An open invoice, and the provider's id of its charge. */
const opened = Effect.gen(function* () {
  const world = yield* tenant()
  const { id, our_number } = yield* world.created(Samples.invoice())
  const [charge] = yield* world.simulator.charges(our_number)
  const notify = (raw: string | Uint8Array, path = world.notificationPath) =>
    world.call("POST", path, { key: null, raw })
  return { ...world, id, our_number, notify, charge: charge?.id ?? assert.fail("There is no charge") }
})

shared("a notification", (it) => {
  it.effect("of a payment makes the invoice paid, by what the provider says when asked", () =>
    Effect.gen(function* () {
      const { id, lookedUp, our_number, simulator } = yield* opened
      yield* simulator.pay(our_number)
      const paid = yield* lookedUp(id, ({ status }) => status !== "open")
      assert.deepInclude(paid, { status: "paid", amount_paid: 12398, late_payment: false })
      assert.match(paid.payment_method.pix?.end_to_end_id ?? "", /^E\w{31}$/)
    })
  )

  it.effect("that is forged for an unpaid charge changes nothing", () =>
    Effect.gen(function* () {
      const { charge, gateway, get, id, notify, read } = yield* opened
      const before = yield* get(id)
      const answer = yield* notify(paidNotice(charge))
      assert.deepInclude(answer, { status: 200, text: "" })
      const due = yield* gateway.dueAt(id)
      yield* gateway.lookUpDue
      assert.notStrictEqual(yield* gateway.dueAt(id), due) // it was asked about
      assert.deepEqual(yield* get(id), before)
      assert.deepEqual(yield* read("/balance-transactions"), { object: "list", data: [], has_more: false })
    })
  )

  it.effect("that comes again is kept once", () =>
    Effect.gen(function* () {
      const { charge, gateway, notify } = yield* opened
      yield* notify(paidNotice(charge))
      const before = yield* gateway.rows
      assert.strictEqual((yield* notify(paidNotice(charge))).status, 200)
      assert.deepEqual(yield* gateway.rows, before)
    })
  )

  it.effect("at another tenant's address does not touch the charge it names", () =>
    Effect.gen(function* () {
      const { charge, get, gateway, id, notify, our_number, simulator } = yield* opened
      const another = yield* tenant()
      yield* simulator.set({ dropNotifications: true })
      yield* simulator.pay(our_number)
      const due = yield* gateway.dueAt(id)
      yield* notify(paidNotice(charge), another.notificationPath)
      assert.strictEqual(yield* gateway.dueAt(id), due)
      assert.strictEqual((yield* get(id)).status, "open")
    })
  )

  const nobody: ReadonlyArray<readonly [string, string]> = [
    ["an unknown token", "./notifications/infrapsp/unguessable"],
    ["an unknown provider", "./notifications/sellxpay/unguessable"],
    ["a token that no database can hold", "./notifications/infrapsp/%00"],
    ["a provider that no database can hold", "./notifications/%00/unguessable"]
  ]
  it.effect.each(nobody)("at an address with $0 is answered 404", ([, path]) =>
    Effect.gen(function* () {
      const { charge, gateway, notify } = yield* opened
      const before = yield* gateway.rows
      yield* expectProblem(yield* notify(paidNotice(charge), path), "not_found")
      assert.deepEqual(yield* gateway.rows, before)
    })
  )

  const rubbish: ReadonlyArray<readonly [string, string | Uint8Array]> = [
    ["nothing", ""],
    ["no JSON", "paid=true"],
    ["half a JSON", '{"event":'],
    ["null", "null"],
    ["a list", "[1,2]"],
    ["no fields", "{}"],
    ["bytes", new Uint8Array([0, 255, 254, 0])],
    ["another event", '{"id":"1","event":"payout","entityId":"2"}'],
    ["ids that are no text", '{"id":1,"event":"transaction","entityId":{"a":1}}'],
    ["depth", `${"[".repeat(400_000)}${"]".repeat(400_000)}`]
  ]
  it.effect.each(rubbish)("that holds $0 is taken, and changes nothing", ([, raw]) =>
    Effect.gen(function* () {
      const { gateway, get, id, notify } = yield* opened
      const look = Effect.all({ invoice: get(id), rows: gateway.rows, due: gateway.dueAt(id) })
      const before = yield* look
      assert.deepInclude(yield* notify(raw), { status: 200, text: "" })
      assert.deepEqual(yield* look, before)
    })
  )

  const odd: ReadonlyArray<readonly [string, string]> = [
    ["a charge that we do not know", paidNotice("unknown")],
    ["a charge with U+0000 in its id", paidNotice("a\u0000b")],
    ["a notification id with U+0000", paidNotice("unknown", "a\u0000b")],
    ["a lone surrogate", paidNotice("a\ud800b")],
    [
      "an id that is longer than an index entry",
      paidNotice("unknown", Array.from({ length: 9_000 }, (_, i) => (i * 7919).toString(36)).join(""))
    ]
  ]
  it.effect.each(odd)("that names $0 is taken, and changes no invoice", ([, raw]) =>
    Effect.gen(function* () {
      const { gateway, get, id, notify } = yield* opened
      const look = Effect.all({ invoice: get(id), due: gateway.dueAt(id) })
      const before = yield* look
      assert.deepInclude(yield* notify(raw), { status: 200, text: "" })
      assert.deepEqual(yield* look, before)
    })
  )

  it.effect("may be as large as a megabyte, and no larger", () =>
    Effect.gen(function* () {
      const { charge, gateway, get, id, notify } = yield* opened
      const before = yield* get(id)
      assert.strictEqual((yield* notify(paidNotice(charge).padEnd(megabyte))).status, 200)
      const rows = yield* gateway.rows
      yield* expectProblem(yield* notify(paidNotice(charge, "another").padEnd(megabyte + 1)), "payload_too_large")
      assert.deepEqual(yield* gateway.rows, rows)
      yield* gateway.lookUpDue
      assert.deepEqual(yield* get(id), before)
    })
  )
})
