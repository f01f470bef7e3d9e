/**
 * The suite that proves a driver: every law of every family, over its simulator and through the proxy. What a driver does not
 * declare is not skipped: that it declares and does none of it is a test of its own.
 */
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Bench from "./Bench.ts"
import type { Law, LawBroken } from "./Law.ts"
import * as Laws from "./laws/index.ts"
import * as Operation from "./Operation.ts"
import type { Subject } from "./Subject.ts"

/** Time for a law in milliseconds: some ask a hundred times. */
const patience = 60_000

const prove = <On>(
  subject: Subject,
  laws: ReadonlyArray<Law<On>>,
  on: (bench: Bench.Bench) => Effect.Effect<On, LawBroken>
): void => {
  for (const each of laws) {
    it.live(each.name, () => Effect.scoped(Effect.flatMap(Effect.flatMap(Bench.make(subject), on), each.run)), patience)
  }
}

const nameOf = ({ card, currency, method }: Subject["charges"][number]["of"]): string =>
  [method, ...(card === undefined ? [] : [`by ${card}`]), "in", currency].join(" ")

/** Registers the suite with vitest, under the driver's name. */
export const suite = (name: string, subject: Subject): void => {
  describe(`${name}'s driver`, () => {
    prove(subject, Laws.driver, Effect.succeed)
    for (const [place, { of }] of subject.charges.entries()) {
      describe(`a charge by ${nameOf(of)}`, () => {
        prove(subject, Laws.operation, (bench) => Operation.charge(bench, place))
        prove(subject, Laws.charge, (bench) => Operation.charge(bench, place))
      })
    }
    for (const [place, { of }] of subject.payouts.entries()) {
      describe(`a payout by ${nameOf(of)}`, () => {
        prove(subject, Laws.operation, (bench) => Operation.payout(bench, place))
      })
    }
  })
}
