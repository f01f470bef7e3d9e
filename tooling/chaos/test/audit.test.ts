import { assert, it } from "@effect/vitest"
import { Events, Ids } from "@salesos/core"
import { DateTime, Effect } from "effect"
import { createHmac } from "node:crypto"
import * as Audit from "../audit.ts"
import * as Receiver from "../receiver.ts"

const event = (id: string, body: string): Events.PublicEvent => ({
  id: Ids.EventId.make(id),
  type: "invoice.paid",
  subject: "inv",
  body,
  createdAt: DateTime.makeUnsafe("2026-11-28T00:00:00Z")
})
const id = "evt_00000000000000000000000001"
const other = "evt_00000000000000000000000002"

it("notices an event that never came, one that came otherwise, and one that is none", () => {
  const events = [event(id, "a")]
  const came = (...bodies: ReadonlyArray<string>) => bodies.map((body) => ({ tenant: 0, id, body }))
  assert.isEmpty(Audit.webhooks(came("a", "a"), { events }))
  assert.lengthOf(Audit.webhooks([], { events }), 1)
  assert.lengthOf(Audit.webhooks(came("a", "b"), { events }), 1)
  assert.lengthOf(Audit.webhooks(came("b"), { events }), 1)
  assert.lengthOf(Audit.webhooks([...came("a"), { tenant: 0, id: other, body: "a" }], { events }), 1)
})

it("notices a balance that the statement does not explain", () => {
  const balance = (held: number) => new Map([["infrapsp in BRL", held]])
  assert.isEmpty(Audit.moved(balance(100), balance(100), { statement: [] }))
  assert.lengthOf(Audit.moved(balance(100), balance(101), { statement: [] }), 1)
})

it.live("notices a webhook that is not signed with its tenant's secret, or long ago", () =>
  Effect.gen(function* () {
    const now = { least: 1_800_000_000_000, most: 1_800_000_000_000 }
    const receiver = yield* Receiver.make(["one", "two"], () => now)
    const send = (tenant: number, secret: string, time = 1_800_000_000) =>
      Effect.promise(() => {
        const body = JSON.stringify({ id })
        const signature = `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`
        return fetch(receiver.urlOf(tenant), { method: "POST", body, headers: { "x-pay-signature": signature } })
      })
    yield* send(0, "one")
    assert.isEmpty(receiver.findings)
    assert.lengthOf(receiver.received(), 1)
    const { status } = yield* send(1, "one")
    assert.strictEqual(status, 400)
    assert.lengthOf(receiver.findings, 1)
    yield* send(0, "one", 1_800_000_000 - 301)
    assert.lengthOf(receiver.findings, 2)
    assert.lengthOf(receiver.received(), 1)
  }).pipe(Effect.scoped)
)
