/**
 * The suite that proves a driver: every law of every family, over its simulator and through the proxy. What a driver does not
 * declare is not skipped: that it declares and does none of it is a test of its own.
 */
import { Effect, Result } from "effect"
import { describe, it, type TestContext } from "vitest"
import * as Bench from "./Bench.ts"
import type { Law, LawBroken } from "./Law.ts"
import * as Laws from "./laws/index.ts"
import * as Operation from "./Operation.ts"
import type { Subject } from "./Subject.ts"

/** Time for a law in milliseconds: some ask a hundred times. */
const patience = 60_000

/** Tries a law on a bench of its own; throws when it is broken, and skips the test when there is nothing to prove. */
const assertHolds = async <On>(
  subject: Subject,
  each: Law<On>,
  on: (bench: Bench.Bench) => Effect.Effect<On, LawBroken>,
  test: TestContext
): Promise<void> => {
  const tried = Bench.make(subject).pipe(Effect.flatMap(on), Effect.flatMap(each.run), Effect.scoped, Effect.result)
  const verdict = await Effect.runPromise(tried, { signal: test.signal })
  if (Result.isSuccess(verdict)) return
  if (verdict.failure._tag === "NotDeclared") test.skip(verdict.failure.message)
  throw verdict.failure
}

const prove = <On>(
  subject: Subject,
  laws: ReadonlyArray<Law<On>>,
  on: (bench: Bench.Bench) => Effect.Effect<On, LawBroken>
): void => {
  for (const each of laws) it(`${each.name}`, (test) => assertHolds(subject, each, on, test), patience)
}

const nameOf = ({ card, currency, method }: Subject["charges"][number]["of"]): string =>
  [method, ...(card === undefined ? [] : [`by ${card}`]), "in", currency].join(" ")

const ofTheAccount = {
  "a call": Laws.credentials,
  "a list of charges": Laws.lists,
  "a notification": Laws.notifications,
  "a statement": Laws.statement,
  "a balance": Laws.balance
}

/** Registers the suite with vitest, under the driver's name. */
export const suite = (name: string, subject: Subject): void => {
  describe(`${name}'s driver`, () => {
    prove(subject, Laws.driver, Effect.succeed)
    prove(subject, subject.payouts.length === 0 ? Laws.noPayouts : [], Effect.succeed)
    for (const [place, { of }] of subject.charges.entries()) {
      describe(`a charge by ${nameOf(of)}`, () => {
        prove(subject, Laws.operation, (bench) => Operation.charge(bench, place))
        prove(subject, Laws.charge, (bench) => Operation.charge(bench, place))
      })
    }
    for (const [place, { of }] of subject.payouts.entries()) {
      describe(`a payout by ${nameOf(of)}`, () => {
        prove(subject, Laws.operation, (bench) => Operation.payout(bench, place))
        prove(subject, Laws.payout, (bench) => Operation.payout(bench, place))
      })
    }
    // What belongs to the account is proven with the first charge that the subject names.
    for (const [name, laws] of Object.entries(ofTheAccount)) {
      describe(`${name}`, () => {
        prove(subject, laws, (bench) => Operation.charge(bench, 0))
      })
    }
  })
}
