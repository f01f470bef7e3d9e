/**
 * The account's statement and balance: every movement once, whatever happens while it is read. What reconciliation does not
 * see here it cannot miss anywhere else.
 */
import type { Provider } from "@salesos/core"
import { DateTime, Effect, Option, Stream } from "effect"
import { declared, holds, type Law, law, present, same } from "../Law.ts"
import type { ChargeOperation } from "../Operation.ts"
import { Fault } from "../proxy/index.ts"

type Line = Provider.ProviderStatementLine

/** From an hour ago until in an hour: all that a law does. */
const today = Effect.map(DateTime.now, (now) => ({
  from: DateTime.subtract(now, { hours: 1 }),
  to: DateTime.add(now, { hours: 1 })
}))

const reader = ({ bench: { account, driver, subject } }: ChargeOperation) =>
  Effect.gen(function* () {
    const part = yield* declared(subject.statement ?? undefined, "the driver reads no statement")
    const read = yield* declared(driver.readStatement, "the driver reads no statement")
    const lines = (range: { readonly from: DateTime.Utc; readonly to: DateTime.Utc }) =>
      Stream.runCollect(read(account, range))
    return { ...part, lines }
  })

/** So many charges that were paid, by the provider's ids. */
const paid = ({ counter, create }: ChargeOperation, rows: number, first = 1) =>
  Effect.forEach(
    Array.from({ length: rows }, (_, place) => first + place),
    (number) =>
      Effect.gen(function* () {
        const { providerId } = yield* create({ number })
        yield* counter.pay(providerId)
        return providerId
      }),
    { concurrency: 8 }
  )

const netOf = (lines: ReadonlyArray<Line>, providerId: string) =>
  lines.filter((line) => line.providerId === providerId).reduce((sum, { net }) => sum + net, 0)

/** What the balance moves by for a charge, where the provider has told its fee; the amount alone where it has not. */
const moved = ({ amount, get }: ChargeOperation, providerId: string) =>
  Effect.map(get(providerId), ({ payments }) => amount - payments.reduce((sum, { fee }) => sum + (fee ?? 0), 0))

const idsOf = (lines: ReadonlyArray<Line>) => lines.map(({ id }) => id).toSorted()

export const statement: ReadonlyArray<Law<ChargeOperation>> = [
  law(
    "has what every paid charge moved, on as many pages as it takes, and each line once",
    (operation: ChargeOperation) =>
      Effect.gen(function* () {
        const { lines, pages, rows } = yield* reader(operation)
        const charges = yield* paid(operation, rows)
        const read = yield* lines(yield* today)
        yield* same("lines with an id of their own", new Set(idsOf(read)).size, read.length)
        const asked = yield* operation.bench.proxy.exchanges(pages)
        yield* holds(asked.length > 1, `${rows} rows fit on one page: the subject's rows prove nothing`)
        for (const providerId of charges) {
          yield* same(`net of ${providerId}`, netOf(read, providerId), yield* moved(operation, providerId))
        }
        for (const { fee, id, kind, net, providerId } of read) {
          yield* holds(
            Number.isSafeInteger(net) && Number.isSafeInteger(fee) && fee >= 0,
            `${id}: ${net} with fee ${fee}`
          )
          if (providerId !== null && charges.includes(providerId)) yield* same(`kind of ${id}`, kind, "charge")
        }
      })
  ),

  law("is the same when it is read again", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { lines } = yield* reader(operation)
      yield* paid(operation, 3)
      const range = yield* today
      const first = yield* lines(range)
      yield* holds(first.length >= 3, `expected a line for each of 3 charges, got ${first.length}`)
      yield* same("the lines", yield* Effect.map(lines(range), idsOf), idsOf(first))
    })
  ),

  law("loses and repeats nothing while rows arrive", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { lines, pages, rows } = yield* reader(operation)
      const before = yield* paid(operation, rows)
      let next = rows
      const another = Effect.suspend(() => paid(operation, 1, ++next))
      yield* operation.bench.proxy.on(pages, Fault.meanwhile(another), Infinity)
      const read = yield* lines(yield* today)
      yield* same("lines with an id of their own", new Set(idsOf(read)).size, read.length)
      for (const providerId of before) {
        yield* same(`net of ${providerId}`, netOf(read, providerId), yield* moved(operation, providerId))
      }
    })
  ),

  law("of two ranges side by side is that of both together", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { lines } = yield* reader(operation)
      yield* paid(operation, 5)
      const { from, to } = yield* today
      const whole = yield* lines({ from, to })
      const times = whole.map(({ at }) => DateTime.toEpochMillis(at)).toSorted((a, b) => a - b)
      const middle = yield* present("a line to split at", Option.fromNullishOr(times[Math.floor(times.length / 2)]))
      const at = DateTime.makeUnsafe(middle)
      const [early, late] = [yield* lines({ from, to: at }), yield* lines({ from: at, to })]
      yield* same("both halves", idsOf([...early, ...late]), idsOf(whole))
      yield* same(
        "of the later half, before its beginning",
        late.filter(({ at }) => DateTime.toEpochMillis(at) < middle),
        []
      )
      const end = DateTime.add(DateTime.makeUnsafe(times.at(-1) ?? middle), { milliseconds: 1 })
      yield* same("to just after the last line", idsOf(yield* lines({ from, to: end })), idsOf(whole))
      yield* same(
        "before anything moved",
        yield* lines({ from: DateTime.subtract(from, { days: 2 }), to: DateTime.subtract(from, { days: 1 }) }),
        []
      )
    })
  ),

  law("fails when one of its pages does, and never ends early", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { lines, pages, rows } = yield* reader(operation)
      yield* paid(operation, rows)
      const faults = [
        [Fault.instead(500, "<html>Service error</html>"), "Unknown"],
        [Fault.malform, "Unknown"],
        [Fault.truncate(), "Unknown"],
        [Fault.dropAnswer, "Unknown"],
        [Fault.tooManyRequests(1), "Unavailable"]
      ] as const
      for (const [fault, expected] of faults) {
        yield* operation.bench.proxy.on(pages, Fault.pass)
        yield* operation.bench.proxy.on(pages, fault, Infinity)
        const failure = yield* Effect.flip(lines(yield* today))
        yield* same(`with a second page that is ${fault._tag}`, failure._tag, expected)
        yield* operation.bench.proxy.calm
      }
    })
  )
]

const total = (balances: ReadonlyArray<Provider.ProviderBalance>, currency: Provider.ProviderBalance["currency"]) =>
  balances
    .filter((each) => each.currency === currency)
    .reduce((sum, { available, waitingFunds }) => sum + available + (waitingFunds ?? 0), 0)

export const balance: ReadonlyArray<Law<ChargeOperation>> = [
  law("grows by what a paid charge moved", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { account, driver } = operation.bench
      const read = yield* declared(driver.readBalance, "the driver reads no balance")
      const before = yield* read(account)
      const [providerId = ""] = yield* paid(operation, 1)
      const after = yield* read(account)
      for (const { available, currency, waitingFunds } of after) {
        yield* holds(
          Number.isSafeInteger(available) && (waitingFunds === null || Number.isSafeInteger(waitingFunds)),
          `${available} and ${waitingFunds} ${currency}`
        )
      }
      yield* same("currencies", new Set(after.map(({ currency }) => currency)).size, after.length)
      const grown = total(after, operation.currency) - total(before, operation.currency)
      // What is not at the owner's disposal yet may not be told at all.
      const untold = after.some(({ waitingFunds }) => waitingFunds === null) && grown === 0
      if (!untold) yield* same("the balance grew by", grown, yield* moved(operation, providerId))
    })
  ),

  ...(
    [
      ["lost", Fault.dropAnswer, "Unknown"],
      ["429", Fault.tooManyRequests(1), "Unavailable"],
      ["500", Fault.instead(500, "<html>Service error</html>"), "Unknown"],
      ["not JSON", Fault.malform, "Unknown"],
      ["{}", Fault.instead(200, {}), "Unknown"]
    ] as const
  ).map(([name, fault, expected]) =>
    law(`answered with an answer that is ${name} is ${expected}`, (operation: ChargeOperation) =>
      Effect.gen(function* () {
        const { account, driver, proxy } = operation.bench
        const read = yield* declared(driver.readBalance, "the driver reads no balance")
        // Once before: an access token is none of this law's business.
        yield* read(account)
        yield* proxy.on({ direction: "request" }, fault, Infinity)
        yield* same("the outcome", (yield* Effect.flip(read(account)))._tag, expected)
      })
    )
  )
]
