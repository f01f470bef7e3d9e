/** What can happen to a gateway, as data: steps are made from a seed, and what is left of them can be carried out again. */
import type { EndReason, Reversal } from "../../models/Observation.ts"
import type * as FakePayouts from "../FakePayouts.ts"
import type * as FakeProvider from "../FakeProvider.ts"
import type { LookupAnswer } from "../Script.ts"

/** A client sends a creation under the key of a number; a process that dies does so at a place counted from 1. */
export interface Creates<Answer> {
  readonly owner: number
  readonly key: number
  readonly answers: ReadonlyArray<Answer>
  readonly dies: number
}

export type Step =
  | ({ readonly do: "invoice" } & Creates<FakeProvider.Answer>)
  | ({ readonly do: "payout" } & Creates<FakePayouts.Answer>)
  /** The same key so many times at once. */
  | { readonly do: "crowd"; readonly of: Kind; readonly owner: number; readonly key: number; readonly times: number }
  /** So many keys at once, from one on. */
  | { readonly do: "rush"; readonly of: Kind; readonly owner: number; readonly key: number; readonly times: number }
  /** A known key with another body. */
  | { readonly do: "reuse"; readonly of: Kind; readonly owner: number; readonly key: number }
  | {
      readonly do: "cancel"
      readonly of: Kind
      readonly owner: number
      readonly place: number
      readonly key: number
      readonly answers: ReadonlyArray<FakeProvider.OperationAnswer>
      readonly dies: number
    }
  | {
      readonly do: "refund"
      readonly owner: number
      readonly place: number
      readonly answers: ReadonlyArray<FakeProvider.OperationAnswer>
      readonly dies: number
    }
  /** A payer pays: what was asked, another amount, with a fee told later, or at an earlier time. */
  | { readonly do: "pay"; readonly charge: number; readonly how: "full" | "less" | "more" | "no_fee" | "earlier" }
  | { readonly do: "end"; readonly charge: number; readonly reason: EndReason }
  | {
      readonly do: "reverse"
      readonly charge: number
      readonly kind: Reversal["kind"]
      readonly part: number
      readonly feeGivenBack: number
    }
  | { readonly do: "tellFee"; readonly charge: number; readonly fee: number }
  | { readonly do: "deliver"; readonly transfer: number; readonly fee: number | null }
  | { readonly do: "giveBack"; readonly transfer: number }
  | { readonly do: "status"; readonly transfer: number; readonly status: FakePayouts.Transfer["status"] }
  | { readonly do: "tellPayoutFee"; readonly transfer: number; readonly fee: number }
  /** A notification at an owner's first address, by an id that others may have: of charges and transfers, its own or not. */
  | { readonly do: "notify"; readonly owner: number; readonly id: number; readonly named: ReadonlyArray<number> }
  /** A worker's round. */
  | { readonly do: "work"; readonly answers: ReadonlyArray<LookupAnswer>; readonly dies: number }
  | { readonly do: "pass"; readonly seconds: number }
  /** An owner asks for what another has. */
  | { readonly do: "spy"; readonly owner: number; readonly other: number }

export type Kind = "invoice" | "payout"

/** Numbers from 0 up to 1, the same for the same seed: mulberry32. */
export const random = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const chargeAnswers: ReadonlyArray<FakeProvider.Answer> = [
  { _tag: "Accept", artifact: "corrupted" },
  { _tag: "Accept", paid: true },
  { _tag: "Accept", artifact: "none", status: { _tag: "ended", reason: "refused" } },
  { _tag: "Reject" },
  { _tag: "Unavailable" },
  { _tag: "LoseRequest" },
  { _tag: "LoseAnswer" },
  { _tag: "Hang" },
  { _tag: "Hang", madeAfter: "20 seconds" }
]

const payoutAnswers: ReadonlyArray<FakePayouts.Answer> = [
  { _tag: "Accept", delivered: true },
  { _tag: "Accept", status: { _tag: "waiting_funds" } },
  { _tag: "Accept", status: { _tag: "ended", reason: "failed" } },
  { _tag: "Reject" },
  { _tag: "Reject", code: "insufficient_balance" },
  { _tag: "Unavailable" },
  { _tag: "Unavailable", account: "payouts" },
  { _tag: "LoseRequest" },
  { _tag: "LoseAnswer" },
  { _tag: "Hang" },
  { _tag: "Hang", madeAfter: "20 seconds" }
]

const operationAnswers: ReadonlyArray<FakeProvider.OperationAnswer> = [
  "reject",
  "unavailable",
  "lose_request",
  "lose_answer"
]

/** Steps for so many owners. */
export const generate = (seed: number, count: number, owners: number): ReadonlyArray<Step> => {
  const next = random(seed)
  const upTo = (most: number): number => Math.floor(next() * (most + 1))
  const pick = <A>(all: ReadonlyArray<A>): A => all[upTo(all.length - 1)]!
  const some = <A>(all: ReadonlyArray<A>): ReadonlyArray<A> =>
    next() < 0.5 ? [] : Array.from({ length: 1 + upTo(1) }, () => pick(all))
  const dies = (): number => (next() < 0.2 ? 1 + upTo(13) : 0)
  const known = { invoice: Array.from({ length: owners }, () => 0), payout: Array.from({ length: owners }, () => 0) }
  const fresh = (of: Kind, owner: number, times = 1): number => {
    const key = known[of][owner]!
    known[of][owner] = key + times
    return key
  }
  /** One that was sent before, rather lately; a new one where there is none. */
  const repeated = (of: Kind, owner: number): number => {
    const last = known[of][owner]!
    return last === 0 ? fresh(of, owner) : Math.max(0, last - 1 - upTo(5))
  }
  const kind = (): Kind => (next() < 0.6 ? "invoice" : "payout")
  const owner = (): number => upTo(owners - 1)
  const lately = (): number => (next() < 0.8 ? upTo(9) : upTo(200))

  const kinds: ReadonlyArray<readonly [weight: number, make: () => Step]> = [
    [
      14,
      () => {
        const by = owner()
        const key = next() < 0.6 ? fresh("invoice", by) : repeated("invoice", by)
        return { do: "invoice", owner: by, key, answers: some(chargeAnswers), dies: dies() }
      }
    ],
    [
      9,
      () => {
        const by = owner()
        const key = next() < 0.6 ? fresh("payout", by) : repeated("payout", by)
        return { do: "payout", owner: by, key, answers: some(payoutAnswers), dies: dies() }
      }
    ],
    [
      2,
      () => {
        const [by, of] = [owner(), kind()]
        return { do: "crowd", of, owner: by, key: next() < 0.6 ? fresh(of, by) : repeated(of, by), times: 2 + upTo(4) }
      }
    ],
    [
      1,
      () => {
        const [by, of, times] = [owner(), kind(), 2 + upTo(4)]
        return { do: "rush", of, owner: by, key: fresh(of, by, times), times }
      }
    ],
    [
      2,
      () => {
        const [by, of] = [owner(), kind()]
        return { do: "reuse", of, owner: by, key: repeated(of, by) }
      }
    ],
    [
      3,
      () => ({
        do: "cancel",
        of: next() < 0.7 ? "invoice" : "payout",
        owner: owner(),
        place: lately(),
        key: upTo(30),
        answers: some(operationAnswers),
        dies: dies()
      })
    ],
    [3, () => ({ do: "refund", owner: owner(), place: lately(), answers: some(operationAnswers), dies: dies() })],
    [10, () => ({ do: "pay", charge: lately(), how: pick(["full", "full", "less", "more", "no_fee", "earlier"]) })],
    [3, () => ({ do: "end", charge: lately(), reason: pick(["expired", "canceled", "refused"]) })],
    [
      4,
      () => ({
        do: "reverse",
        charge: lately(),
        kind: pick(["refund", "chargeback", "chargeback_won"]),
        part: 1 + upTo(3),
        feeGivenBack: pick([0, 0, 40])
      })
    ],
    [2, () => ({ do: "tellFee", charge: lately(), fee: 1 + upTo(98) })],
    [7, () => ({ do: "deliver", transfer: lately(), fee: pick([150, 150, 0, null]) })],
    [3, () => ({ do: "giveBack", transfer: lately() })],
    [
      3,
      () => ({
        do: "status",
        transfer: lately(),
        status: pick([
          { _tag: "pending" },
          { _tag: "waiting_funds" },
          { _tag: "ended", reason: "failed" },
          { _tag: "ended", reason: "canceled" }
        ])
      })
    ],
    [2, () => ({ do: "tellPayoutFee", transfer: lately(), fee: 1 + upTo(98) })],
    [
      8,
      () => ({
        do: "notify",
        owner: owner(),
        id: upTo(400),
        named: Array.from({ length: 1 + upTo(3) }, () => lately())
      })
    ],
    [10, () => ({ do: "work", answers: next() < 0.2 ? [pick(["unavailable", "unknown", "hang"])] : [], dies: dies() })],
    [8, () => ({ do: "pass", seconds: pick([2, 2, 2, 30, 30, 60, 60, 180, 180, 600, 7200, 90_000]) })],
    [2, () => ({ do: "spy", owner: owner(), other: owner() })]
  ]
  const total = kinds.reduce((all, [weight]) => all + weight, 0)
  return Array.from({ length: count }, () => {
    let place = next() * total
    const [, make] = kinds.find(([weight]) => (place -= weight) < 0) ?? kinds[0]!
    return make()
  })
}
