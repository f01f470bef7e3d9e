/**
 * What a driver turns out to be able to do at its simulator, whatever it declares: found by trying. The laws compare it with
 * what is declared, and the capability table is made of it.
 */
import type { Provider } from "@salesos/core"
import { DateTime, Effect, Option, Record, Stream } from "effect"
import * as Bench from "./Bench.ts"
import type { LawBroken } from "./Law.ts"
import * as Operation from "./Operation.ts"
import type { Subject } from "./Subject.ts"

/** What was found of one capability. */
export interface Found {
  readonly features: ReadonlyArray<Provider.Capability["features"][number]>
  /** The longest that an artifact was given, in seconds; null where none is told, or the request's due date decides. */
  readonly expirySeconds: number | null
}

/** One line of a capability table. */
export interface Row extends Found {
  readonly capability: Provider.Capability
}

/** What was found of a driver. */
export interface Probed {
  readonly name: string
  readonly status: Provider.Driver["status"]
  readonly rows: ReadonlyArray<Row>
  readonly statement: boolean
  readonly balance: boolean
}

/** Whether trying it comes to what it should. */
const works = <A>(tried: Effect.Effect<A, unknown> | undefined, so: (outcome: A) => boolean) =>
  tried === undefined ? Effect.succeed(false) : Effect.match(tried, { onFailure: () => false, onSuccess: so })

const those = <Feature extends string>(found: { readonly [F in Feature]: boolean }) =>
  Record.keys(found).filter((feature) => found[feature])

/** Tries a charge in all that a charge may offer. Each try is of a charge of its own. */
export const charge = Effect.fnUntraced(function* (
  operation: Operation.ChargeOperation
): Effect.fn.Return<Found, unknown> {
  const { bench, capability, counter, create, find, requestFor } = operation
  const { account, driver } = bench
  const created = yield* create()
  const looked = yield* Effect.orElseSucceed(find(), Option.none)
  const cancel = yield* works(
    driver.cancelCharge?.(account, created.providerId),
    ({ status }) => status._tag === "ended" && status.reason === "canceled"
  )
  const paid = yield* create({ number: 2 })
  yield* counter.pay(paid.providerId)
  const refund = yield* works(driver.refundCharge?.(account, paid.providerId), ({ reversals = [] }) =>
    reversals.some(({ kind }) => kind === "refund")
  )
  const longest = { ...(yield* requestFor({ number: 3 })), expiresIn: capability.maximumExpirySeconds ?? 3600 }
  const now = yield* DateTime.now
  const { expiresAt } = yield* driver.createCharge(account, longest)
  return {
    features: those({
      cancel,
      refund,
      lookup: Option.exists(looked, ({ providerId }) => providerId === created.providerId),
      artifact_in_lookup: Option.exists(looked, ({ artifact }) => artifact !== null)
    }),
    expirySeconds:
      capability.maximumExpirySeconds === null || expiresAt === null || longest.dueDate !== undefined
        ? null
        : Math.round((DateTime.toEpochMillis(expiresAt) - DateTime.toEpochMillis(now)) / 1000)
  }
})

/** Tries a payout in all that a payout may offer. */
export const payout = Effect.fnUntraced(function* (
  operation: Operation.PayoutOperation
): Effect.fn.Return<Found, unknown> {
  const { bench, create, find, payouts } = operation
  const { providerId } = yield* create()
  const looked = yield* Effect.orElseSucceed(find(), Option.none)
  const cancel = yield* works(
    payouts.cancel?.(bench.account, providerId),
    ({ status }) => status._tag === "ended" && status.reason === "canceled"
  )
  const lookup = Option.exists(looked, (found) => found.providerId === providerId)
  return { features: those({ cancel, lookup }), expirySeconds: null }
})

/** Tries everything that a subject names, each on a bench of its own. */
export const probe = Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Probed, unknown> {
  const on = <A>(run: (bench: Bench.Bench) => Effect.Effect<A, unknown>) =>
    Effect.scoped(Effect.flatMap(Bench.make(subject), run))
  const rowOf = <On extends { readonly capability: Provider.Capability }>(
    operation: (bench: Bench.Bench) => Effect.Effect<On, LawBroken>,
    tried: (operation: On) => Effect.Effect<Found, unknown>
  ) =>
    on((bench) =>
      Effect.flatMap(operation(bench), (made) =>
        Effect.map(tried(made), (found): Row => ({ ...found, capability: made.capability }))
      )
    )
  const charges = yield* Effect.forEach(subject.charges, (_, place) =>
    rowOf((bench) => Operation.charge(bench, place), charge)
  )
  const payouts = yield* Effect.forEach(subject.payouts, (_, place) =>
    rowOf((bench) => Operation.payout(bench, place), payout)
  )
  const rest = yield* on(({ account, driver }) =>
    Effect.gen(function* () {
      const to = yield* DateTime.now
      const from = DateTime.subtract(to, { hours: 1 })
      const { name, readStatement, status } = driver
      return {
        name,
        status,
        statement: yield* works(readStatement && Stream.runCollect(readStatement(account, { from, to })), () => true),
        balance: yield* works(driver.readBalance?.(account), () => true)
      }
    })
  )
  return { ...rest, rows: [...charges, ...payouts] }
})
