/** Reconciliation: our lines against a provider's statement. */
import { assert, describe, it } from "@effect/vitest"
import { Currency, Reconciliation } from "@salesos/core"
import { DateTime, Duration } from "effect"
import * as fc from "fast-check"
import { at } from "../support/given.ts"

const [brl, usd] = [Currency.Currency.make("BRL"), Currency.Currency.make("USD")]
const cutOff = at("2026-11-21T00:00:00.000Z")
const before = (duration: Duration.Duration): DateTime.Utc => DateTime.subtractDuration(cutOff, duration)

const line = (id: string, net: number, rest: Partial<Reconciliation.OurLine> = {}): Reconciliation.OurLine => ({
  id,
  account: "infrapsp",
  providerId: null,
  reference: null,
  currency: brl,
  net,
  at: before(Duration.hours(1)),
  standsFor: null,
  ...rest
})

type Report = Reconciliation.Report<Reconciliation.OurLine, Reconciliation.Line>

const ids = (lines: ReadonlyArray<Reconciliation.Line>): string => lines.map(({ id }) => id).join("+")
/** A report in short: the ids in each of its lists. */
const shown = ({ bookable, different, matched, missingHere, missingThere, reversible }: Report) => ({
  matched: matched.map((each) => `${ids(each.ours)}=${ids(each.theirs)}`),
  different: different.map((each) => `${each.ours.id}≠${each.theirs.id}`),
  missingHere: ids(missingHere),
  missingThere: ids(missingThere),
  bookable: ids(bookable),
  reversible: ids(reversible)
})
const nothing = { matched: [], different: [], missingHere: "", missingThere: "", bookable: "", reversible: "" }

const expectReport = (
  ours: ReadonlyArray<Reconciliation.OurLine>,
  theirs: ReadonlyArray<Reconciliation.Line>,
  expected: Partial<ReturnType<typeof shown>>
) => assert.deepStrictEqual(shown(Reconciliation.reconcile(ours, theirs, { cutOff })), { ...nothing, ...expected })

const p1 = { providerId: "p1" }
const r1 = { reference: "INV-2026-000001" }

describe("lines match", () => {
  it("by the provider's id where both know it, whatever the reference", () =>
    expectReport([line("a", 100, { ...p1, ...r1 })], [line("x", 100, p1)], { matched: ["a=x"] }))

  it("by reference where one side does not know the id", () => {
    expectReport([line("a", 100, r1)], [line("x", 100, { ...p1, ...r1 })], { matched: ["a=x"] })
    expectReport([line("a", 100, { ...p1, ...r1 })], [line("x", 100, r1)], { matched: ["a=x"] })
    expectReport([line("a", 100, r1)], [line("x", 100, r1)], { matched: ["a=x"] })
  })

  it("not by reference where both know the id and the ids differ: the provider made two charges", () =>
    expectReport([line("a", 100, { ...p1, ...r1 })], [line("x", 100, { providerId: "p2", ...r1 })], {
      missingHere: "x",
      missingThere: "a"
    }))

  it("not across provider accounts, and an id is no reference", () => {
    expectReport([line("a", 100, p1)], [line("x", 100, { ...p1, account: "sellxpay" })], {
      missingHere: "x",
      missingThere: "a"
    })
    expectReport([line("a", 100, { providerId: "1" })], [line("x", 100, { reference: "1" })], {
      missingHere: "x",
      missingThere: "a"
    })
  })

  it("not by amount alone", () =>
    expectReport([line("a", 100)], [line("x", 100)], { missingHere: "x", missingThere: "a" }))

  it("as often as they are there on both sides", () => {
    const [a, x] = [line("a", 100, p1), line("x", 100, p1)]
    expectReport([a], [x, x, x], { matched: ["a=x"], missingHere: "x+x" })
    expectReport([a, a], [x], { matched: ["a=x"], missingThere: "a" })
    expectReport([a, a], [x, x], { matched: ["a=x", "a=x"] })
  })

  it("where one side tells in several lines what the other tells in one", () => {
    const installments = [line("x1", 33, p1), line("x2", 33, p1), line("x3", 34, p1)]
    expectReport([line("a", 100, p1)], installments, { matched: ["a=x1+x2+x3"] })
    expectReport([line("a", 100, p1), line("fee", -3, p1)], [line("x", 97, p1)], { matched: ["a+fee=x"] })
    expectReport([line("a", 100, p1)], installments.slice(1), { different: ["a≠x2"], missingHere: "x3" })
  })

  it("not as sums of several on both sides, which could hide two errors", () =>
    expectReport([line("a", 50, p1), line("b", -50, p1)], [line("x", 70, p1), line("y", -70, p1)], {
      different: ["a≠x", "b≠y"]
    }))
})

describe("lines differ", () => {
  it("in their amounts, down to one cent", () =>
    expectReport([line("a", 100, p1)], [line("x", 99, p1)], { different: ["a≠x"] }))

  it("in their currencies", () =>
    expectReport([line("a", 100, p1)], [line("x", 100, { ...p1, currency: usd })], { different: ["a≠x"] }))

  it("but a payment is not its refund told differently", () =>
    expectReport([line("a", 100, p1)], [line("x", -100, p1)], { missingHere: "x", missingThere: "a" }))

  it("only when none of the others is equal", () =>
    expectReport([line("a", 100, p1), line("b", 98, r1)], [line("x", 98, { ...p1, ...r1 })], {
      matched: ["b=x"],
      missingThere: "a"
    }))
})

describe("the cut-off", () => {
  it("leaves out what is at or after it, on both sides", () => {
    const last = before(Duration.millis(1))
    expectReport([line("a", 100, { ...p1, at: cutOff })], [line("x", 100, { ...p1, at: cutOff })], {})
    expectReport([line("a", 100, { ...p1, at: last })], [line("x", 100, { ...p1, at: last })], { matched: ["a=x"] })
    expectReport([line("a", 100, { ...p1, at: last })], [line("x", 100, { ...p1, at: cutOff })], { missingThere: "a" })
    assert.deepStrictEqual(Reconciliation.reconcile([line("a", 1, { at: cutOff })], [], { cutOff }).totals, [])
  })
})

describe("a provider's line is bookable", () => {
  const [old, young] = [before(Duration.millis(3 * 86_400_000 + 1)), before(Duration.days(3))]

  it("when it matches nothing and is older than three days", () => {
    expectReport([], [line("x", 100, { at: old }), line("y", 100, { at: young })], {
      missingHere: "x+y",
      bookable: "x"
    })
  })

  it("when what we know by that name is a reference and not an id", () =>
    expectReport([line("a", 100, { reference: "1" })], [line("x", 100, { providerId: "1", at: old })], {
      missingHere: "x",
      missingThere: "a",
      bookable: "x"
    }))

  it("after whatever time was asked for", () => {
    const theirs = [line("x", 100, { at: before(Duration.hours(2)) }), line("y", 100)]
    const report = Reconciliation.reconcile([], theirs, { cutOff, bookableAfter: Duration.hours(1) })
    assert.strictEqual(ids(report.bookable), "x")
  })

  it("not when it differs, nor when another line of ours is about the same charge, even after the cut-off", () => {
    const theirs = [line("x", 100, { ...p1, ...r1, at: old })]
    expectReport([line("a", 99, p1)], theirs, { different: ["a≠x"] })
    expectReport([line("a", -100, p1)], theirs, { missingHere: "x", missingThere: "a" })
    expectReport([line("a", -100, r1)], theirs, { missingHere: "x", missingThere: "a" })
    expectReport([line("a", 100, { ...p1, at: cutOff })], theirs, { missingHere: "x" })
  })
})

describe("an adjustment that was booked for a provider's line", () => {
  const x = line("x", 100, { ...p1, at: before(Duration.days(4)) })
  const adjustment = line("adj", 100, { ...p1, standsFor: "x" })

  it("matches that line, and only that one", () => {
    expectReport([adjustment], [x], { matched: ["adj=x"] })
    expectReport([adjustment], [{ ...x, id: "y" }], { missingHere: "y", missingThere: "adj", bookable: "y" })
    expectReport([adjustment], [{ ...x, net: 101 }], { different: ["adj≠x"] })
  })

  it("is to be reversed when the line matches what was booked since", () => {
    expectReport([adjustment, line("a", 100, p1)], [x], {
      matched: ["a=x"],
      missingThere: "adj",
      reversible: "adj"
    })
    expectReport([adjustment, line("a", 103, p1), line("fee", -3, p1)], [x], {
      matched: ["a+fee=x"],
      missingThere: "adj",
      reversible: "adj"
    })
  })

  it("stays while the line is not there, or while what was booked since is another amount", () => {
    expectReport([adjustment], [], { missingThere: "adj" })
    expectReport([adjustment, line("a", 97, p1)], [x], { matched: ["adj=x"], missingThere: "a" })
  })
})

/** Few ids, references and amounts, so that lines often have something in common. */
const lines = (side: string) =>
  fc
    .array(
      fc.record({
        account: fc.constantFrom("infrapsp", "infrapsp", "sellxpay"),
        providerId: fc.constantFrom(null, "p1", "p2", "p3"),
        reference: fc.constantFrom(null, "r1", "r2", "r3"),
        currency: fc.constantFrom(brl, brl, brl, usd),
        net: fc.constantFrom(100, 98, -2, -100, 50, 0, Number.MAX_SAFE_INTEGER),
        at: fc.integer({ min: -1, max: 150 }).map((hours) => before(Duration.hours(hours))),
        stands: fc.constantFrom(null, null, null, "x0", "x1")
      }),
      { maxLength: 12 }
    )
    .chain((rows) => {
      const made = rows.map(({ stands, ...row }, place) => ({
        ...row,
        id: `${side}${place}`,
        standsFor: side === "a" ? stands : null
      }))
      // Some of them twice: a multiset, not a set.
      return fc.subarray(made, { maxLength: Math.min(3, made.length) }).map((twice) => [...made, ...twice])
    })

const both = fc.record({ ours: lines("a"), theirs: lines("x") })
const run = (sides: {
  readonly ours: ReadonlyArray<Reconciliation.OurLine>
  readonly theirs: ReadonlyArray<Reconciliation.OurLine>
}) => Reconciliation.reconcile(sides.ours, sides.theirs, { cutOff })

const sum = (of: ReadonlyArray<Reconciliation.Line>): bigint => of.reduce((total, { net }) => total + BigInt(net), 0n)
const inTime = (of: ReadonlyArray<Reconciliation.Line>) => of.filter((each) => DateTime.isLessThan(each.at, cutOff))
const sorted = (of: ReadonlyArray<Reconciliation.Line>) => of.map(({ id }) => id).toSorted()

describe("a report", () => {
  it("has every line before the cut-off in exactly one list", () => {
    fc.assert(
      fc.property(both, (sides) => {
        const { different, matched, missingHere, missingThere } = run(sides)
        const ours = [...matched.flatMap((each) => each.ours), ...different.map((each) => each.ours), ...missingThere]
        const theirs = [...matched.flatMap((m) => m.theirs), ...different.map((each) => each.theirs), ...missingHere]
        assert.deepStrictEqual(sorted(ours), sorted(inTime(sides.ours)))
        assert.deepStrictEqual(sorted(theirs), sorted(inTime(sides.theirs)))
      }),
      { numRuns: 500 }
    )
  })

  it("explains the difference of the sums, in each provider account and currency", () => {
    fc.assert(
      fc.property(both, (sides) => {
        const report = run(sides)
        const seen = [...inTime(sides.ours), ...inTime(sides.theirs)]
        const names = new Set(seen.map(({ account, currency }) => `${account} ${currency}`))
        assert.deepStrictEqual(
          report.totals.map((each) => `${each.account} ${each.currency}`),
          [...names].toSorted()
        )
        for (const total of report.totals) {
          const here = (of: ReadonlyArray<Reconciliation.Line>) =>
            sum(of.filter((each) => each.account === total.account && each.currency === total.currency))
          assert.strictEqual(total.ours, here(inTime(sides.ours)))
          assert.strictEqual(total.theirs, here(inTime(sides.theirs)))
          assert.strictEqual(total.missingHere, here(report.missingHere))
          assert.strictEqual(total.missingThere, here(report.missingThere))
          const [ours, theirs] = [report.different.map((d) => d.ours), report.different.map((d) => d.theirs)]
          assert.strictEqual(total.different, here(theirs) - here(ours))
          assert.strictEqual(total.theirs - total.ours, total.missingHere - total.missingThere + total.different)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("matches only equal sums of one account and currency, and calls nothing different that is the same", () => {
    fc.assert(
      fc.property(both, (sides) => {
        const { different, matched } = run(sides)
        for (const { ours, theirs } of matched) {
          assert.strictEqual(sum(ours), sum(theirs))
          assert.isTrue(ours.length === 1 || theirs.length === 1)
          assert.strictEqual(new Set([...ours, ...theirs].map((each) => `${each.account} ${each.currency}`)).size, 1)
        }
        for (const { ours, theirs } of different) {
          assert.isTrue(ours.net !== theirs.net || ours.currency !== theirs.currency)
          assert.strictEqual(ours.account, theirs.account)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("does not depend on the order of the lines", () => {
    const shuffled = both.chain(({ ours, theirs }) =>
      fc.record({
        sides: fc.constant({ ours, theirs }),
        again: fc.record({
          ours: fc.shuffledSubarray(ours, { minLength: ours.length }),
          theirs: fc.shuffledSubarray(theirs, { minLength: theirs.length })
        })
      })
    )
    fc.assert(
      fc.property(shuffled, ({ again, sides }) => assert.deepStrictEqual(run(again), run(sides))),
      { numRuns: 500 }
    )
  })

  it("of a side with itself matches everything that has a name", () => {
    const named = lines("x").map((all) => all.filter((each) => each.providerId !== null || each.reference !== null))
    fc.assert(
      fc.property(named, (all) => {
        const { bookable, different, missingHere, missingThere, totals } = run({ ours: all, theirs: all })
        assert.deepStrictEqual([different, missingHere, missingThere, bookable], [[], [], [], []])
        assert.isTrue(totals.every((each) => each.ours === each.theirs))
      })
    )
  })

  it("of the sides swapped is the same, swapped", () => {
    const booked = fc.record({ ours: lines("o"), theirs: lines("x") })
    // Lines that are told by id on both sides: which reference goes first would depend on the side.
    const byId = booked.map(({ ours, theirs }) => {
      const known = (all: typeof ours) => all.filter((each) => each.providerId !== null)
      return { ours: known(ours), theirs: known(theirs) }
    })
    fc.assert(
      fc.property(byId, ({ ours, theirs }) => {
        const [there, back] = [run({ ours, theirs }), run({ ours: theirs, theirs: ours })]
        assert.deepStrictEqual(sorted(there.missingHere), sorted(back.missingThere))
        assert.deepStrictEqual(sorted(there.missingThere), sorted(back.missingHere))
        const pairs = (of: Report["different"]) => of.map((each) => [each.ours.id, each.theirs.id].toSorted().join())
        assert.deepStrictEqual(pairs(there.different).toSorted(), pairs(back.different).toSorted())
        for (const [place, total] of there.totals.entries()) {
          const mirrored = back.totals[place]
          assert.strictEqual(total.ours, mirrored?.theirs)
          assert.strictEqual(total.different, -(mirrored?.different ?? 0n))
        }
      }),
      { numRuns: 500 }
    )
  })

  it("says a line is bookable only when it is missing here, old, and about nothing we know", () => {
    fc.assert(
      fc.property(both, (sides) => {
        const report = run(sides)
        const old = before(Duration.days(3))
        const unknown = report.missingHere.filter(
          (each) =>
            DateTime.isLessThan(each.at, old) &&
            !sides.ours.some(
              (our) =>
                our.standsFor === null &&
                our.account === each.account &&
                ((our.providerId !== null && our.providerId === each.providerId) ||
                  (our.reference !== null && our.reference === each.reference))
            )
        )
        assert.deepStrictEqual(report.bookable, unknown)
      }),
      { numRuns: 500 }
    )
  })

  it("books nothing twice: what was bookable matches once it has been booked", () => {
    fc.assert(
      fc.property(lines("x"), (all) => {
        const theirs = [...new Map(all.map((each) => [each.id, each])).values()]
        const { bookable } = run({ ours: [], theirs })
        const ours = bookable.map((each) => ({ ...each, id: `adj-${each.id}`, standsFor: each.id }))
        const again = run({ ours, theirs })
        assert.strictEqual(again.matched.length, ours.length)
        assert.deepStrictEqual([again.bookable, again.reversible, again.different], [[], [], []])
      })
    )
  })
})
