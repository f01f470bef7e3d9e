/** The statements of one creation, as the application sends them: seen by the server, not written down by us. */
import { Effect, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { BenchError } from "./errors.ts"
import * as Footprint from "./footprint.ts"
import * as Invoices from "./invoices.ts"
import * as Load from "./load.ts"
import { type Executed, read } from "./statementLog.ts"
import { apiKey, tenantId } from "./tenants.ts"

/** One creation. */
export interface Capture {
  readonly statements: ReadonlyArray<Executed>
  /** What is another one in every creation, and what it was here. */
  readonly varying: {
    readonly tenant: string
    readonly apiKey: string
    readonly key: string
    readonly invoice: string
    readonly providerId: string
  }
  /** What it left in the database. */
  readonly footprint: Footprint.Footprint
}

/** Makes a database log the statements of the connections that are opened to it from now on. */
export const logStatements = (database: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql.unsafe(`alter database ${database} set log_statement = 'all'`)
  })

/** The first creations verify the key, read the tenant's profile and prepare statements. Then come only repeats. */
const warmUp = 5

const mark = (text: string) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(`select '${text}' as mark`))

/**
 * Sends creations to the HTTP process on `port` one after the other, and gives what the last of them executed. Needs a
 * client of the same database, of one connection; `log` is what the server has logged so far.
 */
export const capture = Effect.fnUntraced(function* (port: number, log: () => ReadonlyArray<string>) {
  let request = Invoices.next(1)
  const create = Load.run({
    ports: [port],
    connections: 1,
    until: { requests: 1 },
    next: () => (request = Invoices.next(1)).text,
    status: 201
  })
  yield* Effect.repeat(create, { times: warmUp - 1 })
  const [begin, end] = ["bench: a creation begins", "bench: a creation ended"]
  const before = yield* Footprint.take
  yield* mark(begin)
  yield* create
  yield* mark(end)
  const after = yield* Footprint.take
  const marked = (text: string) => read(log()).findIndex(({ sql }) => sql.includes(text))
  // What was executed is logged before it is answered, but comes to us through a pipe.
  yield* Effect.sync(() => marked(end)).pipe(
    Effect.repeat({ until: (place) => place >= 0, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () => Effect.fail(new BenchError({ message: "The server did not log the statements" }))
    })
  )
  const between = read(log()).slice(marked(begin) + 1, marked(end))
  // The audit log of several requests is written at once, by chance in the middle of one of them.
  const statements = between.filter(({ sql }) => !sql.includes("audit_entry"))
  const first = (pattern: RegExp): string | undefined =>
    statements.flatMap(({ parameters }) => parameters).flatMap((text) => pattern.exec(text ?? "")?.[1] ?? [])[0]
  const invoice = first(/^(inv_\w+)$/)
  const providerId = first(/"provider_id": ?"([^"]+)"/)
  if (invoice === undefined || providerId === undefined) {
    return yield* new BenchError({
      message: `Not the statements of a creation:\n${statements.map(({ sql }) => sql).join("\n")}`
    })
  }
  return {
    statements,
    varying: { tenant: tenantId(1), apiKey: apiKey(1), key: request.key, invoice, providerId },
    footprint: Footprint.difference(before, after)
  } satisfies Capture
})
