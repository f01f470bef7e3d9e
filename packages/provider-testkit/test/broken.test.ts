/** Every law can fail: a driver that breaks it is found out, and one that breaks nothing is not (`acme.test.ts`). */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Bench from "../src/Bench.ts"
import type { Law, LawBroken } from "../src/Law.ts"
import * as Laws from "../src/laws/index.ts"
import * as Operation from "../src/Operation.ts"
import { broken } from "./acme/broken.ts"
import { subject } from "./acme/subject.ts"

const charge = (bench: Bench.Bench) => Operation.charge(bench, 0)

/** One law of one family, ready to be tried on a bench. */
interface Trial {
  /** What it is about, and its name. */
  readonly name: string
  readonly run: (bench: Bench.Bench) => ReturnType<Law<unknown>["run"]>
}

const trials = <On>(
  about: string,
  laws: ReadonlyArray<Law<On>>,
  on: (bench: Bench.Bench) => Effect.Effect<On, LawBroken>
): ReadonlyArray<Trial> =>
  laws.map(({ name, run }) => ({ name: `${about}: ${name}`, run: (bench) => Effect.flatMap(on(bench), run) }))

const all: ReadonlyArray<Trial> = [
  ...trials("driver", Laws.driver, Effect.succeed),
  ...trials("driver", Laws.noPayouts, Effect.succeed),
  ...trials("operation", Laws.operation, charge),
  ...trials("charge", Laws.charge, charge),
  ...trials("account", Laws.credentials, charge),
  ...trials("list", Laws.lists, charge),
  ...trials("notification", Laws.notifications, charge),
  ...trials("statement", Laws.statement, charge),
  ...trials("balance", Laws.balance, charge),
  ...trials("payout", Laws.payout, (bench) => Operation.payout(bench, 0))
]

const breaking = ({ name }: Trial) => broken.filter(([laws]) => laws.test(name))

it("every law has a driver that breaks it, and every broken driver a law", () => {
  assert.deepEqual(
    all.filter((each) => breaking(each).length === 0).map(({ name }) => name),
    []
  )
  const used = new Set(all.flatMap(breaking))
  assert.deepEqual(
    broken.filter((each) => !used.has(each)).map(([laws, how]) => `${laws.source}: ${how}`),
    []
  )
})

describe.concurrent("a driver that", () => {
  for (const trial of all) {
    for (const [, how, breaks] of breaking(trial)) {
      it.live(
        `${how} is found out (${trial.name})`,
        () =>
          Effect.gen(function* () {
            const bench = yield* Bench.make({ ...subject, driver: breaks(subject.driver) })
            const verdict = yield* Effect.result(trial.run(bench))
            assert.strictEqual(verdict._tag === "Failure" ? verdict.failure._tag : "nothing was found", "LawBroken")
          }).pipe(Effect.scoped),
        30_000
      )
    }
  }
})
