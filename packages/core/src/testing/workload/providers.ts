/** What happens at providers while nobody asks: payers pay, money goes back, transfers arrive. */
import { DateTime, Effect } from "effect"
import type { FakePayouts, Transfer } from "../FakePayouts.ts"
import type { Charge, FakeProvider } from "../FakeProvider.ts"
import { fromTheEnd } from "./requests.ts"
import type { Step } from "./steps.ts"
import type { World } from "./World.ts"

type At<Provider, Row> = Row & { readonly provider: Provider }

const inOrder = <A extends { readonly createdAt: DateTime.Utc }>(all: ReadonlyArray<A>): ReadonlyArray<A> =>
  all.toSorted((a, b) => DateTime.Order(a.createdAt, b.createdAt))

/** The charges of all providers, oldest first. */
export const chargesOf = Effect.fnUntraced(function* ({ providers }: World) {
  const all = yield* Effect.forEach(providers.charges, (provider) =>
    Effect.map(provider.books, ({ charges }) =>
      charges.map((charge): At<FakeProvider, Charge> => ({ ...charge, provider }))
    )
  )
  return inOrder(all.flat())
})

/** The transfers of all providers, oldest first. */
export const transfersOf = Effect.fnUntraced(function* ({ providers }: World) {
  const all = yield* Effect.forEach(providers.transfers, (provider) =>
    Effect.map(provider.books, ({ transfers }) =>
      transfers.map((transfer): At<FakePayouts, Transfer> => ({ ...transfer, provider }))
    )
  )
  return inOrder(all.flat())
})

export const withCharge = Effect.fnUntraced(function* (
  world: World,
  place: number,
  act: (charge: At<FakeProvider, Charge>) => Effect.Effect<void>
) {
  const charge = fromTheEnd(yield* chargesOf(world), place)
  if (charge !== undefined) yield* act(charge)
})

export const withTransfer = Effect.fnUntraced(function* (
  world: World,
  place: number,
  act: (transfer: At<FakePayouts, Transfer>) => Effect.Effect<void>
) {
  const transfer = fromTheEnd(yield* transfersOf(world), place)
  if (transfer !== undefined) yield* act(transfer)
})

export const pay =
  (how: Extract<Step, { readonly do: "pay" }>["how"]) =>
  ({ id, money, provider }: At<FakeProvider, Charge>) =>
    Effect.flatMap(DateTime.now, (now) => {
      const of = (amount: number) => ({ money: { ...money, amount } })
      const payments = {
        full: {},
        less: of(Math.floor(money.amount / 3)),
        more: of(money.amount * 2),
        no_fee: { fee: null },
        earlier: { occurredAt: DateTime.subtract(now, { minutes: 30 }) }
      }
      return provider.pay(id, payments[how])
    })

/** Money of a charge that was paid goes back; only what was charged back is won back. */
export const reverse =
  ({ feeGivenBack, kind, part }: Extract<Step, { readonly do: "reverse" }>) =>
  ({ id, money, payments, provider, reversals }: At<FakeProvider, Charge>) => {
    const count = (of: typeof kind) => reversals.filter((each) => each.kind === of).length
    if (payments.length === 0) return Effect.void
    if (kind === "chargeback_won" && count(kind) >= count("chargeback")) return Effect.void
    return provider.reverse(id, kind, {
      money: { ...money, amount: Math.ceil(money.amount / part) },
      feeGivenBack: kind === "chargeback_won" ? 0 : feeGivenBack
    })
  }

/** A transfer arrives once. */
export const deliver =
  (fee: number | null) =>
  ({ deliveries, id, provider }: At<FakePayouts, Transfer>) =>
    deliveries.length === 0 ? provider.deliver(id, { fee }) : Effect.void

/** What has arrived comes back, once. */
export const giveBack = ({ deliveries, id, provider, returns }: At<FakePayouts, Transfer>) =>
  deliveries.length > 0 && returns.length === 0 ? provider.giveBack(id) : Effect.void
