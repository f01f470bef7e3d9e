/** What the provider accounts of an owner hold: by our books, and by the providers' own word. */
import { DateTime, Duration, Effect, Option, Order } from "effect"
import type { Owner } from "../models/Owner.ts"
import { Drivers, type ProviderAccount, type ProviderBalance } from "../ports/Provider.ts"
import { Settings } from "../ports/Settings.ts"
import { Balances, type BookBalance, Tenants } from "../ports/Store.ts"
import { CalendarDate } from "../values/BusinessCalendar.ts"

/** An account in one currency. */
export interface AccountBalance extends BookBalance {
  /** What the provider says at this moment; null where it has no figure, or did not tell it in time. */
  readonly provider: ProviderBalance | null
}

/** Nobody waits longer than this for a figure that may be missing. */
const patience = Duration.seconds(5)

/**
 * The balance of every provider account and currency that money was booked in, or that a provider says it holds. By account,
 * then currency. A provider that does not answer costs its own figure only.
 */
export const read = Effect.fn("Balances.read")(function* (owner: Owner) {
  const { accounts, timeZone } = yield* (yield* Tenants).profile(owner)
  const today = todayIn(yield* DateTime.now, timeZone)
  const [books, told] = yield* Effect.all([(yield* Balances).read(owner, today), askAll(accounts)], {
    concurrency: "unbounded"
  })
  return merge(books, told)
})

const todayIn = (now: DateTime.Utc, timeZone: string): CalendarDate =>
  CalendarDate.make(DateTime.formatIsoDate(Option.getOrElse(DateTime.setZoneNamed(now, timeZone), () => now)))

interface Told {
  readonly account: string
  readonly balance: ProviderBalance
}

const askAll = Effect.fnUntraced(function* (accounts: ReadonlyArray<ProviderAccount>) {
  const drivers = yield* Drivers
  const { callDeadline } = yield* Settings
  const ask = (account: ProviderAccount) => {
    const driver = drivers.find(({ name }) => name === account.provider)
    const call = driver?.readBalance?.(account)
    if (call === undefined) return Effect.succeed<ReadonlyArray<Told>>([])
    return call.pipe(
      Effect.timeout(Duration.min(patience, callDeadline)),
      Effect.map((balances) => balances.map((balance): Told => ({ account: account.name, balance }))),
      Effect.catch(({ message }) =>
        Effect.logWarning(`The provider did not tell its balance: ${message}`).pipe(
          Effect.annotateLogs({ account: account.name }),
          Effect.as<ReadonlyArray<Told>>([])
        )
      ),
      Effect.withSpan("provider.readBalance", { attributes: { provider: account.provider }, kind: "client" })
    )
  }
  return (yield* Effect.forEach(accounts, ask, { concurrency: "unbounded" })).flat()
})

const inOrder = Order.combineAll<AccountBalance>([
  Order.mapInput(Order.String, ({ account }) => account),
  Order.mapInput(Order.String, ({ currency }) => currency)
])

const merge = (books: ReadonlyArray<BookBalance>, told: ReadonlyArray<Told>): ReadonlyArray<AccountBalance> => {
  const isOf = (book: BookBalance, { account, balance }: Told) =>
    book.account === account && book.currency === balance.currency
  const booked = books.map((book): AccountBalance => ({
    ...book,
    provider: told.find((each) => isOf(book, each))?.balance ?? null
  }))
  const unbooked = told
    .filter((each) => !books.some((book) => isOf(book, each)))
    .map(({ account, balance }): AccountBalance => ({
      account,
      currency: balance.currency,
      balance: 0n,
      notYetAvailable: 0n,
      provider: balance
    }))
  return [...booked, ...unbooked].toSorted(inOrder)
}
