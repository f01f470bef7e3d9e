/** Whatever a provider's books become, and whatever of it was lost: in the end Σ net is what its balance has moved by. */
import { assert, describe, it } from "@effect/vitest"
import { FakeProvider } from "@salesos/core/testing"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { create, Given, inGateway, patiently, work } from "../support/gateway.ts"
import { account, ask, checkBalance, reconcile, runAll, statement } from "../support/reconciling.ts"

/** What may happen, to the n-th charge where it is about one. */
type Step =
  | { readonly do: "create"; readonly answer: FakeProvider.Answer["_tag"] }
  | { readonly do: "pay"; readonly charge: number; readonly fee: number | null }
  | { readonly do: "tellFee" | "refund" | "chargeback" | "win" | "expire"; readonly charge: number }
  | { readonly do: "move"; readonly net: number; readonly kind: "transfer" | "fee" | "other" | "charge" }
  | { readonly do: "lookups" | "statements"; readonly answer: "unavailable" | "unknown" }
  | { readonly do: "work" | "reconcile" }
  | { readonly do: "wait"; readonly hours: number }

const charge = fc.nat(4)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("create" as const),
      answer: fc.constantFrom("Accept" as const, "Accept" as const, "LoseAnswer" as const, "Reject" as const)
    })
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("pay" as const), charge, fee: fc.option(fc.nat(500)) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "tellFee" as const,
        "refund" as const,
        "chargeback" as const,
        "win" as const,
        "expire" as const
      ),
      charge
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("move" as const),
      net: fc.integer({ min: -100_000, max: 100_000 }),
      kind: fc.constantFrom("transfer" as const, "fee" as const, "other" as const, "charge" as const)
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("lookups" as const, "statements" as const),
      answer: fc.constantFrom("unavailable" as const, "unknown" as const)
    })
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("work" as const, "reconcile" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 120 }) }) }
)

const take = Effect.fnUntraced(function* (each: Step, place: number) {
  const { provider } = yield* Given
  const of = yield* account
  const { charges } = yield* provider.books
  const about = "charge" in each ? charges[each.charge] : undefined
  switch (each.do) {
    case "create":
      yield* provider.next({ _tag: each.answer })
      return yield* patiently(Effect.exit(create(`k${place}`)))
    case "pay":
      return about === undefined ? undefined : yield* provider.pay(about.id, { fee: each.fee })
    case "tellFee":
      return about === undefined ? undefined : yield* provider.tellFee(about.id, 299)
    case "refund":
    case "chargeback":
      // Once each: what a provider takes back had been paid.
      return about === undefined || about.payments.length === 0 || about.reversals.length > 0
        ? undefined
        : yield* provider.reverse(about.id, each.do)
    case "win":
      return about?.reversals.length === 1 && about.reversals[0]?.kind === "chargeback"
        ? yield* provider.reverse(about.id, "chargeback_won", { money: { ...about.money, amount: 5_000 } })
        : undefined
    case "expire":
      return about === undefined || about.payments.length > 0 ? undefined : yield* provider.end(about.id, "expired")
    case "move":
      return yield* provider.move(of, {
        id: `line-${place}`,
        net: each.net,
        kind: each.kind,
        ...(each.kind === "charge" ? { providerId: `other-${place}` } : {})
      })
    case "lookups":
      return yield* provider.nextLookups(each.answer)
    case "statements":
      return yield* provider.nextStatements(each.answer)
    case "work":
      return yield* work
    case "reconcile":
      yield* ask()
      return yield* runAll
    case "wait":
      return yield* TestClock.adjust(`${each.hours} hours`)
  }
})

const scenario = (steps: ReadonlyArray<Step>, statementShowsReferences: boolean) =>
  inGateway({ providers: [{ statementShowsReferences }] })(
    Effect.gen(function* () {
      const { provider } = yield* Given
      yield* Effect.forEach(steps, (each, place) => Effect.andThen(take(each, place), TestClock.adjust("1 second")))
      // Fees that were never told are told now, and what was scripted to fail has failed.
      for (const { id } of (yield* provider.books).charges) yield* provider.tellFee(id, 0)
      for (let rounds = 0; rounds < 15; rounds++) {
        yield* TestClock.adjust("6 hours")
        yield* work
        yield* ask()
        yield* runAll
      }
      const last = yield* reconcile()
      assert.deepInclude(
        last.counts,
        { missing_here: 0, missing_there: 0, different: 0 },
        JSON.stringify(yield* statement)
      )
      yield* checkBalance
      const before = yield* statement
      yield* reconcile()
      assert.deepStrictEqual(yield* statement, before)
    })
  )

describe("reconciliation", () => {
  it.effect(
    "makes Σ net the provider's balance movement, whatever was lost, unknown or late",
    () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), fc.boolean(), (steps, shown) =>
            Effect.runPromise(Effect.scoped(Effect.provide(scenario(steps, shown), TestClock.layer())))
          ),
          { numRuns: 25 }
        )
      ),
    120_000
  )
})
