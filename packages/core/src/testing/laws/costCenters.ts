/** Laws of cost centers: what is registered, and what a creation may be filed under. */
import { Effect } from "effect"
import * as Idempotency from "../../models/Idempotency.ts"
import { CostCenterStore } from "../../ports/CostCenterStore.ts"
import type { Filed, Intent } from "../../ports/Operations.ts"
import { owner, tenancy } from "./given.ts"
import { holds, law, same, together, upTo } from "./law.ts"
import { given, type Resource, type Subject } from "./subject.ts"

const marketing = { code: "CC-MKT", name: "Marketing" }
const prizes = { code: "ção 😀", name: "Prêmios" }

/** Laws of what owners have registered. */
const lists = [
  law(
    "cost centers: a list replaces the one before it, is its owner's alone, and may be empty",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { list, replace } = yield* CostCenterStore
      yield* same("at first", yield* list(sandbox), [])
      yield* replace(sandbox, [prizes, marketing])
      yield* same("the list", yield* list(sandbox), [marketing, prizes])
      yield* same("in the other environment", yield* list(live), [])
      yield* same("of another tenant", yield* list(yield* owner), [])
      yield* replace(sandbox, [{ ...marketing, name: "Sales" }])
      yield* same("the next list", yield* list(sandbox), [{ ...marketing, name: "Sales" }])
      yield* replace(sandbox, [])
      yield* same("no list", yield* list(sandbox), [])
    })
  ),
  law(
    "cost centers: of many lists at once one stands, whole",
    Effect.gen(function* () {
      const of = yield* owner
      const { list, replace } = yield* CostCenterStore
      const wanted = upTo(12).map((each) => upTo(5).map((place) => ({ code: `C${place}`, name: `list ${each}` })))
      yield* together(wanted.map((each) => replace(of, each)))
      const names = new Set((yield* list(of)).map(({ name }) => name))
      yield* same("how many are mixed", names.size, 1)
      yield* same("how many there are", (yield* list(of)).length, 5)
    })
  )
]

/** Laws of `open` where cost centers are registered. */
export const costCenters = <A extends Resource, NewIntent extends Intent<A["id"], Filed>>(
  subject: Subject<A, NewIntent>
) => {
  const { again, intent, list, make, name, open, stored } = given(subject)
  return [
    ...(subject.series === "INV" ? lists : []),
    law(
      `${name}s: once cost centers are registered an unknown one is refused, taking neither key nor number`,
      Effect.gen(function* () {
        const { live, sandbox } = yield* tenancy
        const { replace } = yield* CostCenterStore
        const asked = yield* intent(sandbox)
        const code = asked.request.cost_center
        yield* replace(sandbox, [prizes])
        yield* same("an unknown one", (yield* open(asked))._tag, "UnknownCostCenter")
        yield* same("in the other environment", (yield* open(yield* again(asked, { owner: live })))._tag, "Created")
        yield* replace(sandbox, [prizes, { code, name: "Known" }])
        const { current } = yield* make(sandbox)
        yield* same("its number is the first", current.ourNumber.endsWith("-000001"), true)
        yield* same("the same key again", (yield* open(yield* again(asked)))._tag, "Created")
        yield* replace(sandbox, [])
        yield* make(sandbox)
        yield* same("how many there are", (yield* list(sandbox)).length, 3)
      })
    ),
    law(
      `${name}s: what is filed under a code that is gone stays readable, and its key goes on meaning it`,
      Effect.gen(function* () {
        const of = yield* owner
        const { replace } = yield* CostCenterStore
        const { current, intent: asked } = yield* make(of)
        yield* replace(of, [prizes])
        yield* same("what is read", yield* stored(of, current.id), current)
        yield* same("the same key", (yield* open(yield* again(asked)))._tag, "InProgress")
        const keyed = { ...asked.keyed, fingerprint: Idempotency.fingerprint("POST", "/", "another") }
        yield* same("with another body", (yield* open(yield* again(asked, { keyed })))._tag, "Reused")
      })
    ),
    law(
      `${name}s: while a list is being replaced each creation sees the one or the other`,
      Effect.gen(function* () {
        const of = yield* owner
        const { replace } = yield* CostCenterStore
        const { request } = yield* intent(of)
        const known = [prizes, { code: request.cost_center, name: "Known" }]
        yield* replace(of, known)
        // Both lists hold it: there is no moment at which it is unknown, nor one at which nothing is registered.
        const [opened] = yield* Effect.all(
          [
            together(upTo(20).map(() => Effect.flatMap(intent(of), open))),
            together(upTo(10).map((each) => replace(of, [{ code: request.cost_center, name: `${each}` }])))
          ],
          { concurrency: "unbounded" }
        )
        yield* holds(
          opened.every(({ _tag }) => _tag === "Created"),
          `not created: ${opened.map(({ _tag }) => _tag).join()}`
        )
        // Neither list holds it, and none is empty.
        yield* replace(of, [prizes])
        const [refusals] = yield* Effect.all(
          [
            together(upTo(20).map(() => Effect.flatMap(intent(of), open))),
            together(upTo(10).map((each) => replace(of, [{ ...prizes, name: `${each}` }])))
          ],
          { concurrency: "unbounded" }
        )
        yield* holds(
          refusals.every(({ _tag }) => _tag === "UnknownCostCenter"),
          `not refused: ${refusals.map(({ _tag }) => _tag).join()}`
        )
      })
    )
  ]
}
