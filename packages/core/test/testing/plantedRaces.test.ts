/** Races that find nothing are worth as much as what they would find: mistakes that only an interleaving shows, each of them found. */
import { assert, describe, it } from "@effect/vitest"
import { DeliveryQueue, type Invoice, Store } from "@salesos/core"
import { Memory, Races } from "@salesos/core/testing"
import { type Context, Duration, Effect, Layer } from "effect"
import { inMemory } from "../support/racing.ts"

/** The ports in memory, one of which does something else. */
const tampered = <I extends Layer.Success<ReturnType<typeof Memory.layer>>, P>(
  port: Context.Service<I, P>,
  tamper: (port: P) => P
) => Layer.effect(port, Effect.map(port, tamper)).pipe(Layer.provideMerge(Memory.layer()))

const mistakes = [
  {
    name: "a lease that nobody else minds",
    race: "a payment is given back × it is given back once more",
    store: () =>
      tampered(Store.InvoiceStore, (store) => ({
        ...store,
        begin: (owner, id, keyed) => store.begin(owner, id, keyed, Duration.zero),
        change: (owner, id, lease, decide) =>
          store.change(owner, id, lease, (held) => decide({ ...held, holdsLease: lease !== null }))
      }))
  },
  {
    name: "a change that is decided on what was read when its operation began",
    race: "an invoice is canceled × its payment is made and heard",
    store: () => {
      const begun = new Map<string, Invoice.Invoice>()
      return tampered(Store.InvoiceStore, (store) => ({
        ...store,
        begin: (owner, id, ...given) =>
          Effect.tap(store.begin(owner, id, ...given), (started) =>
            Effect.sync(() => started._tag === "Begun" && begun.set(`${id} ${started.lease.token}`, started.current))
          ),
        change: (owner, id, lease, decide) =>
          store.change(owner, id, lease, (held) => {
            const name = `${id} ${lease?.token}`
            return Effect.tap(decide({ ...held, current: begun.get(name) ?? held.current }), ({ change }) =>
              Effect.sync(() => begun.has(name) && begun.set(name, change.next))
            )
          })
      }))
    }
  },
  {
    name: "an attempt that is handed to whoever comes",
    race: "a worker takes what is due × another one does",
    store: () =>
      tampered(Store.InvoiceStore, (store) => ({ ...store, takeDue: (limit) => store.takeDue(limit, Duration.zero) }))
  },
  {
    name: "an endpoint that is visited by whoever comes",
    race: "a worker sends what is due × another one does",
    store: () => {
      let visits: ReadonlyArray<DeliveryQueue.Visit> = []
      return tampered(DeliveryQueue.DeliveryQueue, (queue) => ({
        ...queue,
        take: (wanted) =>
          Effect.map(queue.take(wanted), (taken) => {
            visits = taken.length > 0 ? taken : visits
            return visits
          }),
        record: (visit, results, last) =>
          Effect.andThen(
            Effect.sync(() => {
              visits = last ? [] : visits
            }),
            queue.record(visit, results, last)
          )
      }))
    }
  }
]

describe("a race", () => {
  for (const { name, race: wanted, store } of mistakes) {
    it.effect(`finds ${name}, and only by an interleaving`, () =>
      Effect.gen(function* () {
        const race = Races.all.find((each) => each.name === wanted) ?? assert.fail(`There is no race ${wanted}`)
        const place = inMemory(store())
        const end = Number.POSITIVE_INFINITY
        for (const first of [0, 1] as const) {
          const { wrong } = yield* place.inStore(race.run(place.time, { first, calls: end, others: end }))
          assert.deepStrictEqual(wrong, [])
        }
        const { wrong } = yield* Races.explore(race, place, "twice")
        assert.isNotEmpty(wrong)
      })
    )
  }
})
