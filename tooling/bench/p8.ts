/**
 * P8: what core alone does in a second of one core: state transitions, ledger entries, and reading BR Codes and boletos.
 * Nothing else runs in the process, and the inputs vary, so that no answer can be kept.
 */
import { Boleto, BusinessCalendar, ChargeAttempt, Currency, Invoice, Ledger, Money, Pix, PixKey } from "@salesos/core"
import { Console, Effect, Result } from "effect"
import { loadavg } from "node:os"
import { median } from "./statistics.ts"

/** One kind of work. */
interface Work {
  readonly name: string
  /** Per second; null for what is measured without a target. */
  readonly target: number | null
  /** Does one piece, another for each number, and says whether it came out as it must. */
  readonly once: (number: number) => boolean
}

export interface Figure {
  readonly name: string
  readonly target: number | null
  /** Pieces per second of processor time, of each round. */
  readonly rounds: ReadonlyArray<number>
  readonly median: number
}

export interface Figures {
  readonly figures: ReadonlyArray<Figure>
  readonly roundSeconds: number
  /** Of the machine, by others. */
  readonly loadBefore: number
}

const brl = Currency.Currency.make("BRL")
const inputs = 1000
const many = <A>(make: (number: number) => A): ReadonlyArray<A> => Array.from({ length: inputs }, (_, at) => make(at))

/** One of a list, the next for each number. */
const pick = <A>(list: ReadonlyArray<A>): ((number: number) => A) => {
  const [first] = list
  if (first === undefined) throw new Error("Nothing to pick from")
  return (number) => list[number % list.length] ?? first
}

const attemptEvents: ReadonlyArray<ChargeAttempt.Event> = [
  "Accepted",
  "Doubted",
  "Rejected",
  "NotThere",
  "Ended",
  "Paid"
]
const invoiceEvents: ReadonlyArray<Invoice.Event> = ["ChargeOpened", "NotCreated", "Retried", "Paid", "Canceled"]

/** Every status with every event, as a question to the machine that knows the answer. */
const transitions: ReadonlyArray<() => Result.Result<unknown, unknown>> = [
  ...ChargeAttempt.Status.literals.flatMap((status) =>
    attemptEvents.map((event) => () => ChargeAttempt.next(status, event))
  ),
  ...Invoice.Status.literals.flatMap((status) => invoiceEvents.map((event) => () => Invoice.next(status, event)))
]
const allowed = pick(transitions.filter((ask) => Result.isSuccess(ask())))
const refused = pick(transitions.filter((ask) => Result.isFailure(ask())))

const key: PixKey.PixKey = { type: "evp", key: PixKey.EvpKey.make("123e4567-e12b-12d1-a456-426655440000") }
const receiver = { merchantName: "Fulano de Tal", merchantCity: "BRASILIA" }
const brCode = pick(
  many((at) =>
    Result.getOrThrow(
      at % 2 === 0
        ? Pix.build({ ...receiver, key, amount: Money.Amount.make(1 + at * 7), txid: `INV2026${at}` })
        : Pix.build({ ...receiver, url: `pix.example.com/qr/v2/93598be0-1bd0-4997-8318-${at}` })
    )
  )
)
const boleto = pick(
  many((at) => {
    const dueDate = BusinessCalendar.CalendarDate.make("2026-11-30")
    const freeField = at.toString().padStart(25, "123456789")
    const { barcode, line } = Result.getOrThrow(Boleto.build({ bank: "341", dueDate, amount: 100 + at, freeField }))
    return at % 2 === 0 ? barcode : line
  })
)

const works: ReadonlyArray<Work> = [
  { name: "state transitions", target: 1_000_000, once: (at) => Result.isSuccess(allowed(at)()) },
  { name: "state transitions, refused", target: null, once: (at) => Result.isFailure(refused(at)()) },
  {
    name: "ledger entries",
    target: 500_000,
    once: (at) => Result.isSuccess(Ledger.chargePaid({ amount: 1000 + (at % 9973), fee: at % 997, currency: brl }))
  },
  { name: "BR Codes read", target: 100_000, once: (at) => Result.isSuccess(Pix.parse(brCode(at))) },
  { name: "boletos read", target: 100_000, once: (at) => Result.isSuccess(Boleto.parse(boleto(at))) }
]

const roundSeconds = 0.5
/** Rounds before those that count: the code is compiled during them. */
const warmUp = 3

/**
 * Works for a while and gives the rate by processor time of the whole process, compiler and garbage collector included:
 * by the clock a core shared with others would count as slowness of ours.
 */
const rate = ({ name, once }: Work): number => {
  const begun = process.cpuUsage()
  const used = () => {
    const { system, user } = process.cpuUsage(begun)
    return (system + user) / 1_000_000
  }
  let done = 0
  while (used() < roundSeconds) {
    for (const end = done + inputs; done < end; done++) {
      if (!once(done)) throw new Error(`${name}: ${done} came out wrong`)
    }
  }
  return done / used()
}

/** Takes turns, a round of each after the other. */
export const measure = Effect.fnUntraced(function* (rounds: number) {
  const loadBefore = loadavg()[0] ?? 0
  for (let round = 0; round < warmUp; round++) works.forEach(rate)
  const taken: Array<ReadonlyArray<number>> = []
  for (let round = 1; round <= rounds; round++) {
    const rates = works.map(rate)
    taken.push(rates)
    yield* Console.log(`${round}. ${works.map(({ name }, at) => `${name} ${Math.round(rates[at] ?? 0)}`).join(", ")}`)
  }
  const figures = works.map(({ name, target }, at): Figure => {
    const rounds = taken.map((rates) => rates[at] ?? Number.NaN)
    return { name, target, rounds, median: median(rounds) }
  })
  return { figures, roundSeconds, loadBefore } satisfies Figures
})
