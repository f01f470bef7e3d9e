/**
 * What is read out of "Listar Transacoes": one transaction by our reference, many charges at once, and the statement. The
 * provider counts calls, and a page shows a hundred transactions for one.
 */
import { type Observation, Outcome, Provider } from "@salesos/core"
import { DateTime, Duration, Effect, Option, Schema, Stream } from "effect"
import { HttpClientRequest } from "effect/http"
import { idOf, Page, Transaction } from "./Api.ts"
import type { Send, Turn } from "./Calls.ts"
import * as mapping from "./mapping.ts"
import * as Statement from "./statement.ts"

type Account = Provider.ProviderAccount
type Failure = Provider.Unavailable | Provider.Unknown
type Query = Readonly<Record<string, string>>

/** "Itens por pagina (padrao: 20, max: 100)" */
const pageSize = 100

/** More pages than this of what has one reference are not what was searched for. */
const searchPages = 10

/** How long before it is paid a transaction may have been made: a QR code lives for minutes, a boleto for months. */
const reach = { anything: Duration.days(2), boletos: Duration.days(100) }

/** Fewer charges than this are read one by one: a list may have many pages. */
const worthAList = 3

const decodePage = Schema.decodeUnknownOption(Page)
const decodeTransaction = Schema.decodeUnknownOption(Transaction)

/** Whose days the filters mean is not said: a day more on either side covers every zone. */
const days = (from: DateTime.Utc, to: DateTime.Utc): Query => ({
  start_date: DateTime.formatIsoDateUtc(DateTime.subtract(from, { days: 1 })),
  end_date: DateTime.formatIsoDateUtc(DateTime.add(to, { days: 1 }))
})

interface Wanted {
  readonly providerId: string
  readonly createdAt: DateTime.Utc
}

/** Groups of charges, oldest first, each made within a day of the one before. */
const together = (wanted: ReadonlyArray<Wanted>): ReadonlyArray<ReadonlyArray<Wanted>> => {
  const groups: Array<Array<Wanted>> = []
  for (const each of wanted.toSorted((a, b) => DateTime.Order(a.createdAt, b.createdAt))) {
    const group = groups.at(-1)
    const before = group?.at(-1)
    if (before !== undefined && DateTime.isLessThan(each.createdAt, DateTime.add(before.createdAt, { days: 1 }))) {
      group?.push(each)
    } else groups.push([each])
  }
  return groups
}

/** The readings that lists serve. */
export const make = (send: Send) => {
  /** One page of a list: its entries, null for one that can't be read, and whether more pages follow. */
  const readPage = Effect.fnUntraced(function* (account: Account, turn: Turn, query: Query, page: number) {
    const answer = yield* send(
      account,
      turn,
      HttpClientRequest.get("/transactions", { urlParams: { ...query, page, per_page: pageSize } })
    )
    const read = decodePage(answer.body)
    if (answer.status >= 300 || Option.isNone(read)) {
      return yield* Outcome.ofSearch(answer.status, answer.refusal?.message ?? null)
    }
    const { data, meta } = read.value
    const raws = Option.match(decodePage(answer.raw), { onNone: () => [], onSome: (raw) => raw.data })
    const last = meta?.last_page ?? null
    return {
      entries: data.map((entry, place) =>
        Option.match(decodeTransaction(entry), {
          onNone: () => null,
          onSome: (transaction): mapping.Listed => ({ transaction, raw: raws[place] })
        })
      ),
      hasMore: data.length > 0 && (last === null ? data.length >= pageSize : page < last)
    }
  })

  /** All entries of a list, page by page. One that can't be read fails it: it might be the one that counts. */
  const all = (account: Account, turn: Turn, query: Query): Stream.Stream<mapping.Listed, Failure> =>
    Stream.paginate(1, (page) =>
      Effect.flatMap(readPage(account, turn, query, page), ({ entries, hasMore }) => {
        const read = entries.flatMap((entry) => entry ?? [])
        return read.length < entries.length
          ? Effect.fail(new Provider.Unknown({ message: "The provider listed what can't be read" }))
          : Effect.succeed([read, hasMore ? Option.some(page + 1) : Option.none()] as const)
      })
    )

  /** A transaction by what we sent as its external id; none when the provider lists none. */
  const find = Effect.fnUntraced(function* (account: Account, kind: mapping.Kind, reference: string) {
    const search = all(account, "later", { external_id: reference })
    const listed = yield* Stream.runCollect(Stream.take(search, searchPages * pageSize))
    const match = mapping.found(listed, kind, reference)
    if (match !== undefined) return Option.some({ ...match, readAt: yield* DateTime.now })
    // So many others: the search was not understood as we mean it.
    return listed.length < searchPages * pageSize
      ? Option.none()
      : yield* new Provider.Unknown({ message: "The provider listed only other transactions" })
  })

  /** Those of a group that its days' list shows, in no more calls than reading each would take. */
  const listed = Effect.fnUntraced(function* (account: Account, group: ReadonlyArray<Wanted>) {
    const [oldest, newest] = [group[0], group.at(-1)]
    if (oldest === undefined || newest === undefined) return []
    const query = { type: "deposit", ...days(oldest.createdAt, newest.createdAt) }
    const wanted = new Set(group.map(({ providerId }) => providerId))
    const seen = new Map<string, Observation.ChargeObservation>()
    for (let page = 1; page <= group.length && seen.size < wanted.size; page++) {
      const { entries, hasMore } = yield* readPage(account, "later", query, page)
      const readAt = yield* DateTime.now
      for (const entry of entries) {
        if (entry === null || !wanted.has(idOf(entry.transaction))) continue
        seen.set(idOf(entry.transaction), mapping.chargeObservation(entry.transaction, null, entry.raw, readAt))
      }
      if (!hasMore) break
    }
    return [...seen.values()]
  })

  /** Many charges: by list where several were made about the same time, else one by one with `readOne`. */
  const readCharges = Effect.fnUntraced(function* (
    account: Account,
    wanted: ReadonlyArray<Wanted>,
    readOne: (providerId: string) => ReturnType<Provider.Driver["getCharge"]>
  ) {
    const groups = together(wanted)
    const single = ({ providerId }: Wanted) =>
      readOne(providerId).pipe(
        Effect.map((seen) => [seen]),
        // The provider does not know it: nothing is told about it.
        Effect.catchTag("Rejected", () => Effect.succeed([]))
      )
    let seen: ReadonlyArray<Observation.ChargeObservation> = []
    const readings = groups.flatMap((group): ReadonlyArray<Effect.Effect<typeof seen, Failure>> =>
      group.length < worthAList ? group.map(single) : [listed(account, group)]
    )
    for (const reading of readings) {
      const read = yield* Effect.result(reading)
      if (read._tag === "Success") seen = [...seen, ...read.success]
      // What was read before is told all the same.
      else if (seen.length === 0) return yield* read.failure
      else break
    }
    return seen
  })

  /**
   * The statement: the lines of what was paid within the range. A list shows what was made in a range, so those that
   * reach into it are read, and neither filter ever lets a transaction in or out while pages are turned.
   */
  const readStatement: NonNullable<Provider.Driver["readStatement"]> = (account, { from, to }) => {
    const since = (duration: Duration.Duration) => DateTime.subtractDuration(from, duration)
    return Stream.concat(
      all(account, "patient", { method: "boleto", ...days(since(reach.boletos), since(reach.anything)) }),
      all(account, "patient", days(since(reach.anything), to))
    ).pipe(
      // The ranges overlap, and so do pages when something new comes in while they are turned.
      Stream.mapAccum(
        () => new Set<string>(),
        (seen, { transaction }) => {
          const isNew = !seen.has(idOf(transaction))
          return [seen.add(idOf(transaction)), isNew ? Statement.lines(transaction) : []] as const
        }
      ),
      Stream.filter(({ at }) => DateTime.isGreaterThanOrEqualTo(at, from) && DateTime.isLessThan(at, to))
    )
  }

  return { find, readCharges, readStatement }
}
