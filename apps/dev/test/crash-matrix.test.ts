/**
 * A part of the crash matrix: every flow is watched from its beginning to its end, and killed after every second call of a port or
 * a provider, when its effect has happened and its answer is lost. What lies before a call is, but for the first, the same as what
 * lies after the one before it: `pnpm crashes` tries those, too.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Semaphore } from "effect"
import { flows } from "./crashes/Flows.ts"
import * as Matrix from "./crashes/Matrix.ts"
import * as Table from "./crashes/Table.ts"

const minutes = 60_000

/** Most of a death is waiting. */
const atOnce = Semaphore.makeUnsafe(4).withPermits(1)

const everySecond = (places: ReadonlyArray<string>): ReadonlyArray<string> =>
  places.filter((place) => place.startsWith("after ")).filter((_, at) => at % 2 === 0)

describe.concurrent("a process that is killed, another that goes on, and a client that asks again", () => {
  const table = Table.read()

  it("are in docs/reliability.md for every flow, and for no other", () => {
    assert.deepStrictEqual(
      [...table.keys()],
      flows.map(({ name }) => name)
    )
  })

  for (const flow of flows) {
    const listed = table.get(flow.name) ?? []

    it.live(
      `${flow.name}: its places are those of docs/reliability.md (\`pnpm crashes\` writes them anew)`,
      () => Effect.map(atOnce(Matrix.placesOf(flow)), (places) => assert.deepStrictEqual(places, listed)),
      10 * minutes
    )

    for (const place of everySecond(listed)) {
      it.live(
        `${flow.name}, killed ${place}: nothing is lost, doubled or invented`,
        () => Effect.map(atOnce(Matrix.killedAt(flow, place)), (row) => assert.strictEqual(row.place, place)),
        10 * minutes
      )
    }
  }
})
