/** The system's clock, and the database's, as if it were later: moved together, so that no test waits for a lease to run out. */
import { Clock, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { reading } from "../DatabaseClock.ts"

/**
 * Puts a function before PostgreSQL's own in the search path of the database, for connections that are opened from now on, and has the
 * columns that are there have their times by it: their defaults were bound to the other one when they were made.
 */
export const prepare = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`create schema moved`
  yield* sql`create table moved.clock (seconds float8 not null)`
  yield* sql`insert into moved.clock values (0)`
  yield* sql`create function moved.clock_timestamp() returns timestamptz language sql volatile as
    $$ select pg_catalog.clock_timestamp() + make_interval(secs => (select seconds from moved.clock)) $$`
  yield* sql`do $$ declare each record; begin
    for each in
      select format('alter table %I.%I alter column %I set default moved.clock_timestamp()', table_schema, table_name, column_name) as statement
      from information_schema.columns
      where table_schema = 'public' and column_default in ('clock_timestamp()', 'now()')
    loop execute each.statement; end loop;
    execute format('alter database %I set search_path = moved, public, pg_catalog', current_database());
  end $$`
})

/** A clock at the system's time, and how to move it. Whoever sleeps does so for as long as ever. */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const system = Clock.Clock.defaultValue()
  let moved = 0n
  const clock = reading(
    () => BigInt(system.currentTimeMillisUnsafe()) * 1_000_000n + moved,
    () => system.monotonicTimeNanosUnsafe() + moved
  )
  const pass = (time: Duration.Input) =>
    Effect.suspend(() => {
      const duration = Duration.fromInputUnsafe(time)
      moved += Duration.toNanosUnsafe(duration)
      return Effect.asVoid(
        Effect.orDie(sql`update moved.clock set seconds = seconds + ${Duration.toSeconds(duration)}`)
      )
    })
  return { clock, pass }
})
