/** Proves an issuer of tax documents: `Taxes.suite(name, subject)` in a vitest file registers every law of that port. */
import { Effect, Result } from "effect"
import { describe, it, type TestContext } from "vitest"
import type { Law } from "../Law.ts"
import * as Bench from "./Bench.ts"
import { canceling } from "./laws/canceling.ts"
import { issuing } from "./laws/issuing.ts"
import { secrets } from "./laws/secrets.ts"
import { troubles } from "./laws/troubles.ts"
import type { Subject } from "./Subject.ts"

export type * from "./Subject.ts"

/** Every law, in the order in which they are proven. */
export const laws: ReadonlyArray<Law<Bench.Bench>> = [...issuing, ...troubles, ...canceling, ...secrets]

/** Time for a law in milliseconds. */
const patience = 60_000

/** Tries a law on a bench of its own: whether it holds, or what broke it. */
export const tried = (subject: Subject, { run }: Law<Bench.Bench>) =>
  Bench.make(subject).pipe(Effect.flatMap(run), Effect.scoped, Effect.result)

/** Throws when the law is broken. */
const assertHolds = async (subject: Subject, each: Law<Bench.Bench>, test: TestContext): Promise<void> => {
  const verdict = await Effect.runPromise(tried(subject, each), { signal: test.signal })
  if (Result.isFailure(verdict)) throw verdict.failure
}

/** Registers the suite with vitest, under the issuer's name. */
export const suite = (name: string, subject: Subject): void => {
  describe(`a tax document by ${name}`, () => {
    for (const each of laws) it(`${each.name}`, (test) => assertHolds(subject, each, test), patience)
  })
}
