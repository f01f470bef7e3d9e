/** How the gateway is doing while it goes on: looked at once a second, as far as its database answers. */
import { Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import type { Hearing } from "./clients.ts"

export interface Sample {
  /** Seconds after the begin. */
  readonly at: number
  /** Requests that were answered with 2xx in the last second. */
  readonly answered: number
  /** Charges, payouts and tax documents of which nobody knows whether they were made; null while the database does not answer. */
  readonly inDoubt: number | null
  /** Seconds that the oldest lookup or webhook has been due; null while the database does not answer. */
  readonly queueAge: number | null
}

const look = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly in_doubt: number; readonly queue_age: number }>`select
    ((select count(*) from charge_attempt where status = 'in_doubt')
      + (select count(*) from payout_attempt where status = 'in_doubt')
      + (select count(*) from tax_document where sending ->> 'status' = 'in_doubt'))::int as in_doubt,
    greatest(0, extract(epoch from clock_timestamp() - least(
      (select min(due_at) from charge_attempt),
      (select min(due_at) from payout_attempt),
      (select min(due_at) from webhook_delivery where status = 'pending'))))::float8 as queue_age`
  return row
}).pipe(Effect.timeout("800 millis"), Effect.option, Effect.map(Option.getOrUndefined))

/** Samples into `samples`, for ever. */
export const record = Effect.fnUntraced(function* (begun: number, hearing: Hearing, samples: Array<Sample>) {
  let counted = 0
  for (;;) {
    const row = yield* look
    const answered = hearing.answeredAt.length - counted
    counted = hearing.answeredAt.length
    samples.push({
      at: (Date.now() - begun) / 1000,
      answered,
      inDoubt: row?.in_doubt ?? null,
      queueAge: row?.queue_age ?? null
    })
    yield* Effect.sleep("1 second")
  }
})
