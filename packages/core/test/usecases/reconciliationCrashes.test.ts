/** A reconciliation that is killed anywhere, any number of times, leaves the books that one leaves which was not. */
import { assert, describe, it } from "@effect/vitest"
import { AccountLines, Provider, Reconciliations, ReconciliationStore, Store } from "@salesos/core"
import { Crashes } from "@salesos/core/testing"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { breathe, checkBooks, create, Given, inGateway, patiently, work } from "../support/gateway.ts"
import { account, ask, checkBalance, reconcile, rowsOf, runAll, statement } from "../support/reconciling.ts"

/**
 * Everything that can be found: a lost payment, one whose fee was told late, one that was refunded, one that was booked as an
 * adjustment before its charge was known, a line that matches nothing, a transfer and a fee.
 */
const scene = Effect.gen(function* () {
  const { provider } = yield* Given
  const of = yield* account
  yield* provider.next({ _tag: "LoseAnswer" })
  yield* Effect.flip(create("late"))
  yield* provider.pay("infrapsp-1")
  yield* provider.move(of, { id: "x1", net: 777 })
  yield* provider.move(of, { id: "t1", net: -500, kind: "transfer" })
  yield* provider.move(of, { id: "f1", net: -49, kind: "fee" })
  yield* TestClock.adjust("4 days")
  yield* reconcile()
  yield* work // the charge in doubt is found
  yield* create("lost")
  yield* provider.pay("infrapsp-2")
  yield* create("fee")
  yield* provider.pay("infrapsp-3", { fee: null })
  yield* create("refunded")
  yield* provider.pay("infrapsp-4")
  yield* provider.reverse("infrapsp-4", "refund")
  yield* TestClock.adjust("1 minute")
  yield* provider.move(of, { id: "t2", net: -600, kind: "transfer" })
  yield* provider.move(of, { id: "x2", net: -33 })
  yield* provider.tellFee("infrapsp-3", 100)
  yield* TestClock.adjust("5 days")
  yield* ask()
})

const inReconciled = inGateway({ providers: [{ statementShowsReferences: false }] })

/** One run by a process that dies at a place. Gives the places that it passed. */
const dying = (at: number) =>
  Effect.gen(function* () {
    const crashes = yield* Crashes.make(at)
    yield* patiently(
      Effect.exit(
        runAll.pipe(
          Effect.provideService(Store.InvoiceStore, crashes.store(yield* Store.InvoiceStore)),
          Effect.provideService(AccountLines.AccountLines, crashes.lines(yield* AccountLines.AccountLines)),
          Effect.provideService(
            ReconciliationStore.ReconciliationStore,
            crashes.reconciliations(yield* ReconciliationStore.ReconciliationStore)
          ),
          Effect.provideService(Provider.Drivers, (yield* Provider.Drivers).map(crashes.driver))
        )
      )
    )
    return yield* crashes.places
  })

/** The worker goes on until nothing is anybody's turn; then all is as it should be. */
const end = Effect.gen(function* () {
  yield* TestClock.adjust("21 minutes")
  yield* runAll
  const report = yield* reconcile()
  yield* checkBalance
  assert.deepStrictEqual(yield* statement, [
    "adjustment -12187 for infrapsp-1-payment-1",
    "adjustment -12310",
    "adjustment -33 for x2",
    "adjustment -500 for t1",
    "adjustment -600 for t2",
    "adjustment 12187 for infrapsp-1-payment-1",
    "adjustment 777 for x1",
    "charge 12187",
    "charge 12187",
    "charge 12187",
    "charge 12210",
    "fee -49 for f1"
  ])
  assert.deepStrictEqual((yield* rowsOf(report)).toSorted(), [
    "booked -33/-33 x2",
    "booked -49/-49 f1",
    "booked -500/-500 t1",
    "booked -600/-600 t2",
    "booked 777/777 x1",
    "matched -12310/-12310 infrapsp-4-refund-1",
    "matched 12187/12187 infrapsp-1-payment-1",
    "matched 12187/12187 infrapsp-2-payment-1",
    "matched 12187/12187 infrapsp-4-payment-1",
    "matched 12210/12210 infrapsp-3-payment-1"
  ])
})

describe("a process that dies while it reconciles", () => {
  it.effect(
    "leaves the same books, wherever that was, once another has come to the end",
    () =>
      Effect.gen(function* () {
        const places = yield* inReconciled(Effect.andThen(scene, Effect.tap(dying(0), end)))
        for (const place of ["readStatement", "ours", "attempts", "book", "reverse", "change", "addRows", "endTurn"]) {
          assert.isTrue(
            places.some((each) => each.includes(place)),
            `${place} is a place`
          )
        }
        for (let at = 1; at <= places.length; at++) {
          yield* inReconciled(
            Effect.gen(function* () {
              yield* scene
              assert.deepStrictEqual((yield* dying(at)).slice(0, at), places.slice(0, at))
              yield* checkBooks("under way")
              yield* end
            })
          )
        }
      }),
    60_000
  )

  it.effect(
    "dies again while another goes on, and still nothing is booked twice",
    () =>
      Effect.gen(function* () {
        const places = yield* inReconciled(Effect.andThen(scene, dying(0)))
        for (let at = 1; at <= places.length; at += 9) {
          for (let again = 1 + (at % 4); again <= places.length; again += 17) {
            yield* inReconciled(
              Effect.gen(function* () {
                yield* scene
                yield* dying(at)
                yield* TestClock.adjust("21 minutes")
                yield* dying(again)
                yield* end
              })
            )
          }
        }
      }),
    60_000
  )

  it.effect("is outrun by another whose lease is newer, and writes no more", () =>
    inReconciled(
      Effect.gen(function* () {
        yield* scene
        const store = yield* ReconciliationStore.ReconciliationStore
        const slow = runAll.pipe(
          Effect.provideService(ReconciliationStore.ReconciliationStore, {
            ...store,
            add: (...given) => Effect.andThen(Effect.sleep("30 minutes"), store.add(...given))
          })
        )
        const late = yield* Effect.forkChild(slow)
        yield* breathe
        yield* TestClock.adjust("21 minutes")
        const { id } = (yield* runAll)[0] ?? assert.fail("nobody took it over")
        yield* TestClock.adjust("1 hour")
        assert.isNotNull(late.pollUnsafe())
        const { owner } = yield* Given
        assert.strictEqual((yield* Reconciliations.schedules(owner))[0]?.lastRun, id)
        assert.strictEqual((yield* Reconciliations.get(owner, id)).status, "finished")
        yield* end
      })
    )
  )
})
