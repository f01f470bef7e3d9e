/** Rules of a store's own books: numbers, entries, the statement. */
import { group, repeated, type Rule, sum } from "./facts.ts"

/** Numbers of each kind and year are 1, 2, 3… */
const gaplessNumbers: Rule = ({ invoices, payouts }) =>
  group([...invoices, ...payouts], ({ ourNumber }) => ourNumber.replace(/-\d+$/, "")).flatMap(([series, rows]) => {
    const sequences = rows.map(({ ourNumber }) => Number(/\d+$/.exec(ourNumber)?.[0])).toSorted((a, b) => a - b)
    return sequences.every((sequence, place) => sequence === place + 1)
      ? []
      : [`${series}: numbered ${sequences.join(", ")}`]
  })

/** Nobody sees what is another's. */
const ownOnly: Rule = ({ events, invoices, owner, payouts, statement }) => [
  ...[...invoices, ...payouts, ...statement].flatMap((row) =>
    row.owner.tenant === owner.tenant && row.owner.environment === owner.environment
      ? []
      : [`${row.id} belongs to another owner`]
  ),
  ...events.flatMap(({ body, id }) =>
    body.includes(`"livemode":${owner.environment === "live"}`) ? [] : [`${id} tells of the other environment`]
  )
]

/** What a client asked for once is there once. */
const oncePerRequest: Rule = ({ invoices, payouts }) =>
  repeated([...invoices, ...payouts].flatMap(({ request }) => request.contractor_reference ?? [])).map(
    (reference) => `${reference} is there more than once`
  )

/** Σ postings = 0 in each entry and currency. */
const balancedLedger: Rule = ({ postings }) =>
  group(postings, ({ entry, posting }) => `${entry} in ${posting.currency}`).flatMap(([name, rows]) => {
    const total = sum(rows.map(({ posting }) => posting.amount))
    return total === 0 ? [] : [`${name}: debits and credits differ by ${total}`]
  })

/** Every entry has one row, which says what the balance of its account moved by and whose it is. */
const statementOfTheLedger: Rule = ({ invoices, payouts, postings, statement }) => {
  const entries = Map.groupBy(postings, ({ entry }) => entry)
  const sources = new Map([...invoices, ...payouts].map((source) => [String(source.id), source]))
  return [
    ...repeated(statement.map(({ entry }) => entry)).map((entry) => `${entry} has several statement rows`),
    ...(entries.size === new Set(statement.map(({ entry }) => entry)).size
      ? []
      : [`${entries.size} entries, ${statement.length} statement rows`]),
    ...statement.flatMap(({ account, contractorReference, costCenter, entry, id, line, ourNumber, source }) => {
      const own = entries.get(entry) ?? []
      const balance = own.filter(({ posting }) => posting.account === "provider_balance")
      const moved = sum(balance.map(({ posting }) => posting.amount))
      const of = sources.get(source.id)
      return [
        ...(line.net === moved && own.length > 0 ? [] : [`${id}: says ${line.net}, and its entry moved ${moved}`]),
        ...(line.net === line.amount - line.fee && line.fee >= 0 ? [] : [`${id}: net is not amount − fee`]),
        ...(own.every((each) => each.account === account && each.posting.currency === line.currency)
          ? []
          : [`${id}: its entry is of another account or currency`]),
        // Nobody asked for what only the provider's own statement tells of.
        ...(source.resource === "provider_line" ||
        (of !== undefined &&
          of.ourNumber === ourNumber &&
          of.request.cost_center === costCenter &&
          (of.request.contractor_reference ?? null) === contractorReference)
          ? []
          : [`${id}: does not carry the control fields of ${source.id}`])
      ]
    })
  ]
}

export const books: ReadonlyArray<Rule> = [
  gaplessNumbers,
  ownOnly,
  oncePerRequest,
  balancedLedger,
  statementOfTheLedger
]
