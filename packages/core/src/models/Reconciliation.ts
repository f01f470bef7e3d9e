/**
 * Reconciliation: our lines against the provider's own statement, line by line, up to a common cut-off. Pure, and the
 * same whatever order the lines come in. It reports and proposes; it books nothing.
 */
import { Array as Arr, DateTime, Duration, Order } from "effect"
import type { Currency } from "../values/Currency.ts"

/** One movement of a provider account, as one side tells it. */
export interface Line {
  /** Its id on its own side: of the statement row here, of the line in the provider's statement there. */
  readonly id: string
  /** The configured name of the provider account. */
  readonly account: string
  /** The provider's id of the operation, charge or payout it belongs to; null where this side does not know it. */
  readonly providerId: string | null
  /** The provider reference, what we sent as the provider's external id; null where this side does not know it. */
  readonly reference: string | null
  readonly currency: Currency
  /**
   * Signed minor units that the balance moved by, a safe integer. Fees are told in the line or beside it, differently by
   * each provider, so the net is what both sides can agree on.
   */
  readonly net: number
  /** When the money moved, by the provider's clock on both sides, so that a cut-off means the same to both. */
  readonly at: DateTime.Utc
}

/** A line of ours. */
export interface OurLine extends Line {
  /**
   * The id of the provider's line that this adjustment was booked for while it matched nothing; null for all else. Once
   * such an adjustment has been reversed, it and its reversal are left out.
   */
  readonly standsFor: string | null
}

/** The same movement on both sides. Several lines on one side where it tells apart what is one line on the other. */
export interface Matched<Ours, Theirs> {
  readonly ours: ReadonlyArray<Ours>
  readonly theirs: ReadonlyArray<Theirs>
}

/** The same movement, in amounts or currencies that differ. For the operator. */
export interface Different<Ours, Theirs> {
  readonly ours: Ours
  readonly theirs: Theirs
}

/**
 * Σ net of a provider account in a currency, in minor units: bigint, so exact. The lists explain the sums:
 * `theirs − ours = missingHere − missingThere + different`.
 */
export interface Total {
  readonly account: string
  readonly currency: Currency
  readonly ours: bigint
  readonly theirs: bigint
  readonly missingHere: bigint
  readonly missingThere: bigint
  /** Σ (theirs − ours) of the lines that differ. */
  readonly different: bigint
}

/** Every line before the cut-off is in exactly one of the first four lists, which are ordered by time and id. */
export interface Report<Ours, Theirs> {
  readonly matched: ReadonlyArray<Matched<Ours, Theirs>>
  /** In the provider's statement only. What belongs to a known attempt is an observation to apply, not to book. */
  readonly missingHere: ReadonlyArray<Theirs>
  /** In ours only. */
  readonly missingThere: ReadonlyArray<Ours>
  readonly different: ReadonlyArray<Different<Ours, Theirs>>
  /** Of `missingHere`: old enough, and about no charge or payout that a line of ours is about. To be booked as adjustments. */
  readonly bookable: ReadonlyArray<Theirs>
  /** Of `missingThere`: adjustments whose provider's line has found what it belongs to. To be reversed. */
  readonly reversible: ReadonlyArray<Ours>
  readonly totals: ReadonlyArray<Total>
}

/**
 * Matches our lines with the provider's. Lines at or after `cutOff` are left out on both sides. A provider's line becomes
 * bookable when it is older than `bookableAfter` (three days unless told) at the cut-off.
 *
 * A line that is there twice counts twice: readers drop the repeats that overlapping pages bring. The amounts are safe
 * integers: anything else is a defect.
 */
export const reconcile = <Ours extends OurLine, Theirs extends Line>(
  ours: Iterable<Ours>,
  theirs: Iterable<Theirs>,
  {
    bookableAfter = Duration.days(3),
    cutOff
  }: { readonly cutOff: DateTime.Utc; readonly bookableAfter?: Duration.Duration }
): Report<Ours, Theirs> => {
  const before = (line: Line): boolean => DateTime.isLessThan(line.at, cutOff)
  const allOurs = [...ours]
  const sides = { ours: allOurs.filter(before), theirs: [...theirs].filter(before) }

  const { different, left, matched } = compare(sides)

  const missingHere = left.theirs.toSorted(byTime)
  const missingThere = left.ours.toSorted(byTime)
  const known = new Set(allOurs.filter(isBooked).flatMap(names))
  const old = DateTime.subtractDuration(cutOff, bookableAfter)
  const theirLines = new Set(sides.theirs.map(byLine))
  return {
    matched: matched.toSorted(byFirst),
    missingHere,
    missingThere,
    different: different.toSorted(Order.mapInput(byTime, (each) => each.theirs)),
    bookable: missingHere.filter(
      (line) => DateTime.isLessThan(line.at, old) && !names(line).some((each) => known.has(each))
    ),
    reversible: missingThere.filter((line) => theirLines.has(byStandsFor(line))),
    totals: totalsOf(sides, missingHere, missingThere, different)
  }
}

const byTime = Order.combineAll<Line>([
  Order.mapInput(DateTime.Order, ({ at }) => at),
  Order.mapInput(Order.String, ({ id }) => id),
  Order.mapInput(Order.String, ({ account }) => account),
  Order.mapInput(Order.String, ({ currency }) => currency),
  Order.mapInput(Order.Number, ({ net }) => net),
  Order.mapInput(Order.String, ({ providerId, reference }) => JSON.stringify([providerId, reference]))
])

const byFirst = Order.mapInput(Order.Array(byTime), ({ ours, theirs }: Matched<Line, Line>) => [...theirs, ...ours])

/** Whether the line was booked for what it is, not for a provider's line that matched nothing. */
const isBooked = ({ standsFor }: OurLine): boolean => standsFor === null

/** A key that no other parts share, or null when a part is not known. */
const name = (...parts: ReadonlyArray<string | null>): string | null =>
  parts.includes(null) ? null : JSON.stringify(parts)

const byId = ({ account, providerId }: Line) => name("id", account, providerId)
const byReference = ({ account, reference }: Line) => name("reference", account, reference)

/** What a line is about, by each name it goes by. */
const names = (line: Line): ReadonlyArray<string> => [byId(line), byReference(line)].filter((each) => each !== null)

const byLine = ({ account, id }: Line) => name("line", account, id)
const byStandsFor = ({ account, standsFor }: OurLine) => name("line", account, standsFor)

/** What the same movement is called on each side. A line without that name is not looked at. */
interface Identity {
  readonly ours: (line: OurLine) => string | null
  readonly theirs: (line: Line) => string | null
}

const booked = ({ ours, theirs }: Identity): Identity => ({
  ours: (line) => (isBooked(line) ? ours(line) : null),
  theirs
})

/** By the provider's id where both know it, else by reference: two ids that differ are two things, whatever they refer to. */
const identities: ReadonlyArray<Identity> = [
  booked({ ours: byId, theirs: byId }),
  booked({ ours: (line) => (line.providerId === null ? byReference(line) : null), theirs: byReference }),
  booked({ ours: byReference, theirs: (line) => (line.providerId === null ? byReference(line) : null) })
]

/** An adjustment is about one line of the provider and no other. */
const adjustment: Identity = { ours: byStandsFor, theirs: byLine }

/** What to take out of what is left: among the lines of one identity that are alike, pairs or the whole of them. */
interface Pass {
  readonly identity: Identity
  readonly alike: (line: Line) => string
  readonly as: "pairs" | "sums" | "different"
}

const sameMoney = ({ currency, net }: Line) => `${net} ${currency}`
const sameCurrency = ({ currency }: Line) => currency
/** Money out is never money in, told differently: a payment and its refund may share an identity. */
const sameDirection = ({ currency, net }: Line) => `${Math.sign(net)} ${currency}`
const sameSign = ({ net }: Line) => `${Math.sign(net)}`

/** Each takes what it can from what those before have left. */
const passes: ReadonlyArray<Pass> = [
  ...identities.map((identity): Pass => ({ identity, alike: sameMoney, as: "pairs" })),
  ...identities.map((identity): Pass => ({ identity, alike: sameCurrency, as: "sums" })),
  { identity: adjustment, alike: sameMoney, as: "pairs" },
  ...identities.map((identity): Pass => ({ identity, alike: sameDirection, as: "different" })),
  ...identities.map((identity): Pass => ({ identity, alike: sameSign, as: "different" })),
  { identity: adjustment, alike: () => "", as: "different" }
]

interface Sides<Ours, Theirs> {
  readonly ours: ReadonlyArray<Ours>
  readonly theirs: ReadonlyArray<Theirs>
}

/** Runs the passes: every line ends in one of the three. */
const compare = <Ours extends OurLine, Theirs extends Line>(sides: Sides<Ours, Theirs>) => {
  const matched: Array<Matched<Ours, Theirs>> = []
  const different: Array<Different<Ours, Theirs>> = []
  let left = sides
  for (const pass of passes) {
    const { groups, ...rest } = grouped(left, pass)
    for (const { ours, theirs } of groups) {
      if (pass.as === "sums" && isOneTold(ours, theirs)) {
        matched.push({ ours, theirs })
        continue
      }
      const pairs = pass.as === "sums" ? [] : Arr.zip(ours, theirs)
      for (const [our, their] of pairs) {
        if (pass.as === "different") different.push({ ours: our, theirs: their })
        else matched.push({ ours: [our], theirs: [their] })
      }
      for (const line of ours.slice(pairs.length)) rest.ours.push(line)
      for (const line of theirs.slice(pairs.length)) rest.theirs.push(line)
    }
    left = rest
  }
  return { matched, different, left }
}

/** The lines of both sides by identity and likeness, each group in order, and those that have nothing to pair with. */
const grouped = <Ours extends OurLine, Theirs extends Line>(sides: Sides<Ours, Theirs>, { alike, identity }: Pass) => {
  const ourGroups = new Map<string, Array<Ours>>()
  const theirGroups = new Map<string, Array<Theirs>>()
  const ours = sides.ours.filter((line) => !add(ourGroups, name(identity.ours(line), alike(line)), line))
  const theirs = sides.theirs.filter((line) => !add(theirGroups, name(identity.theirs(line), alike(line)), line))
  const keys = new Set([...ourGroups.keys(), ...theirGroups.keys()])
  const groups = [...keys].map((key) => ({
    ours: (ourGroups.get(key) ?? []).toSorted(byTime),
    theirs: (theirGroups.get(key) ?? []).toSorted(byTime)
  }))
  return { groups, ours, theirs }
}

/** Adds the line to its group; false without a key. */
const add = <A>(groups: Map<string, Array<A>>, key: string | null, line: A): boolean => {
  if (key === null) return false
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [line])
  else group.push(line)
  return true
}

const sum = (lines: ReadonlyArray<Line>): bigint => lines.reduce((total, { net }) => total + BigInt(net), 0n)

/**
 * Whether one side tells in one line what the other tells in several: a card charge and its installments, a charge whose
 * fee we learned later, a refund and the fee that came back with it.
 */
const isOneTold = (ours: ReadonlyArray<Line>, theirs: ReadonlyArray<Line>): boolean =>
  (ours.length === 1 || theirs.length === 1) && ours.length > 0 && theirs.length > 0 && sum(ours) === sum(theirs)

const byAccount = Order.combineAll<Total>([
  Order.mapInput(Order.String, ({ account }) => account),
  Order.mapInput(Order.String, ({ currency }) => currency)
])

/** The sums of both sides, and of each list on its own. */
const totalsOf = (
  sides: Sides<Line, Line>,
  missingHere: ReadonlyArray<Line>,
  missingThere: ReadonlyArray<Line>,
  different: ReadonlyArray<Different<Line, Line>>
): ReadonlyArray<Total> => {
  const totals = new Map<string, Total>()
  const count = (lines: ReadonlyArray<Line>, counted: (total: Total, net: bigint) => Partial<Total>) => {
    for (const { account, currency, net } of lines) {
      const key = JSON.stringify([account, currency])
      const total = totals.get(key) ?? { ...zero, account, currency }
      totals.set(key, { ...total, ...counted(total, BigInt(net)) })
    }
  }
  count(sides.ours, ({ ours }, net) => ({ ours: ours + net }))
  count(sides.theirs, ({ theirs }, net) => ({ theirs: theirs + net }))
  count(missingHere, (total, net) => ({ missingHere: total.missingHere + net }))
  count(missingThere, (total, net) => ({ missingThere: total.missingThere + net }))
  count(
    different.map(({ theirs }) => theirs),
    (total, net) => ({ different: total.different + net })
  )
  count(
    different.map(({ ours }) => ours),
    (total, net) => ({ different: total.different - net })
  )
  return [...totals.values()].toSorted(byAccount)
}

const zero = { ours: 0n, theirs: 0n, missingHere: 0n, missingThere: 0n, different: 0n }
