/**
 * A part of the crash matrix: every flow is watched from its beginning to its end, and killed where it hurts most. `pnpm crashes`
 * kills it everywhere.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Semaphore } from "effect"
import { flows } from "./crashes/Flows.ts"
import * as Matrix from "./crashes/Matrix.ts"
import * as Table from "./crashes/Table.ts"

const minutes = 60_000

/** Most of a death is waiting. */
const atOnce = Semaphore.makeUnsafe(4).withPermits(1)

/** What changes something elsewhere, in the words of drivers and issuers. */
const changesSomething = /\.(create|createCharge|cancel|cancelCharge|refundCharge|issue)( \(\d+\))?$/

/** After what changes something elsewhere, or else half way; and when all is written, and nobody was told. */
const worst = (places: ReadonlyArray<string>): ReadonlyArray<string> => {
  const after = places.filter((place) => place.startsWith("after "))
  const changes = after.filter((place) => changesSomething.test(place))
  const half = after.slice((after.length - 1) >> 1).slice(0, 1)
  return [...new Set([...(changes.length > 0 ? changes : half), ...after.slice(-1)])]
}

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

    for (const place of worst(listed)) {
      it.live(
        `${flow.name}, killed ${place}: nothing is lost, doubled or invented`,
        () => atOnce(Matrix.killedAt(flow, place)), // dies of whatever is wrong
        10 * minutes
      )
    }
  }
})
