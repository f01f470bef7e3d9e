import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import { randomUUID } from "node:crypto"
import { asInvoice, invoice } from "./support/Api.ts"
import { eventually } from "./support/Waiting.ts"
import * as World from "./support/World.ts"

/** Sends the same request until it is let in: what a client does whose connection broke. */
const untilLetIn = ({ api }: World.World, key: string) =>
  eventually("a final answer", api.create(key, invoice(12398)), (answer) =>
    Option.exists(answer, ({ status }) => status !== 409 && status !== 502)
  )

/** Kills the API in the middle of a creation, at a moment that the test chooses, and starts it again. */
const killedDuring = Effect.fnUntraced(function* (
  faults: Readonly<Record<string, unknown>>,
  moment: (world: World.World) => Effect.Effect<unknown>
) {
  const world = yield* World.make
  const { api, simulator } = world
  const first = yield* world.http
  yield* simulator.set(faults)
  const key = randomUUID()
  const lost = yield* Effect.forkChild(api.create(key, invoice(12398)))
  yield* moment(world)
  assert.deepEqual(yield* first.stop("SIGKILL"), { code: null, signal: "SIGKILL" })
  assert.isTrue(Option.isNone(yield* Fiber.join(lost))) // the client got no answer
  yield* simulator.heal
  yield* world.http
  return { ...world, key }
})

const isListed = ({ api }: World.World) => eventually("the invoice", api.invoices, (all) => all.length === 1)

/** Checks that an answer is the only invoice, and that no number was lost. */
const checkOnly = Effect.fnUntraced(function* (world: World.World, answer: Parameters<typeof asInvoice>[0]) {
  const created = Option.getOrThrow(asInvoice(answer))
  assert.deepInclude(created, { status: "open", confirmed: true, amount: 12398 })
  assert.match(created.our_number, /-000001$/)
  assert.isDefined(created.payment_method.pix)
  assert.deepEqual(yield* world.api.invoices, [created])
  const next = asInvoice(yield* world.api.create(randomUUID(), invoice(12398)))
  assert.match(Option.getOrThrow(next).our_number, /-000002$/)
  return created
})

const minutes = 5 * 60_000

describe.concurrent("kill -9 of the API", () => {
  it.live(
    "between the provider's answer and our commit leaves one charge, one invoice and no gap",
    () =>
      Effect.gen(function* () {
        const world = yield* killedDuring({ holdCreateAnswers: true }, ({ simulator }) =>
          eventually("the charge", simulator.charges, (charges) => charges.length === 1)
        )
        const [pending] = yield* world.api.invoices
        assert.deepInclude(pending, { status: "open", confirmed: false })
        const answer = yield* untilLetIn(world, world.key)
        const [charge, ...others] = yield* world.simulator.charges
        assert.isEmpty(others)
        const created = yield* checkOnly(world, answer)
        assert.strictEqual(created.id, pending?.id)
        assert.strictEqual(charge?.externalId, created.our_number)
      }),
    minutes
  )

  it.live(
    "before the provider commits leaves one charge that can be paid",
    () =>
      Effect.gen(function* () {
        const world = yield* killedDuring({ createDelayMs: 1_500 }, isListed)
        const answer = yield* untilLetIn(world, world.key)
        const created = yield* checkOnly(world, answer)
        const references = (yield* world.simulator.charges).map(({ externalId }) => externalId)
        assert.deepEqual(references.slice(0, -1), [created.our_number]) // the last one is the next invoice's
      }),
    minutes
  )

  it.live(
    "before the provider has heard of it makes the one charge later, under the same number",
    () =>
      Effect.gen(function* () {
        // Far beyond the test: it is as if the request had never arrived.
        const world = yield* killedDuring({ createDelayMs: 3_600_000 }, isListed)
        const answer = yield* untilLetIn(world, world.key)
        const created = yield* checkOnly(world, answer)
        const references = (yield* world.simulator.charges).map(({ externalId }) => externalId)
        assert.deepEqual(references.slice(0, -1), [`${created.our_number}-2`])
      }),
    minutes
  )
})
