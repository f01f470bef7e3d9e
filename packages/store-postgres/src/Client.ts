/** The connection pool, and what a failing database means to a use case. */
import * as PgClient from "@effect/sql-pg/PgClient"
import { Duration, Effect, Layer, Predicate, type Redacted, Schedule } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { Operations } from "@salesos/core"

export interface Options {
  /** `postgres://user:password@host:port/database` */
  readonly url: Redacted.Redacted
  readonly applicationName: string
  readonly maxConnections?: number
}

/** A connection is made when the first is needed; a database that can't be reached is to be told of at the start. */
const reached = Layer.effectDiscard(Effect.flatMap(SqlClient.SqlClient, (sql) => sql`select 1`))

/** Statements, locks and idle transactions end by themselves: no request waits for a stuck one for ever. */
export const layer = (options: Options): Layer.Layer<SqlClient.SqlClient, SqlError.SqlError> =>
  Layer.provideMerge(reached, connected(options))

const connected = (options: Options) =>
  PgClient.layer({
    url: options.url,
    applicationName: options.applicationName,
    maxConnections: options.maxConnections ?? 10,
    multiplex: true,
    connectTimeout: Duration.seconds(5),
    startupParameters: {
      statement_timeout: "5000",
      lock_timeout: "2000",
      idle_in_transaction_session_timeout: "10000",
      timezone: "UTC"
    }
  })

const contended = new Set(["DeadlockError", "SerializationError", "LockTimeoutError"])
const unreachable = new Set(["ConnectionError", "StatementTimeoutError", ...contended])

/** Down or shutting down; the latter has the codes that begin with 57P. */
const isUnavailable = (error: SqlError.SqlError): boolean =>
  unreachable.has(error.reason._tag) ||
  (Predicate.hasProperty(error.reason.cause, "code") && String(error.reason.cause.code).startsWith("57P"))

const patience = Schedule.jittered(Schedule.exponential("20 millis"))

/**
 * Makes a database error one that a use case knows: contention is tried again a few times, a database that can't be
 * reached is `StoreUnavailable`, and anything else is a bug of ours.
 */
export const orUnavailable = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, Exclude<E, SqlError.SqlError> | Operations.StoreUnavailable, R> =>
  effect.pipe(
    Effect.retry({
      while: (error) => SqlError.isSqlError(error) && contended.has(error.reason._tag),
      schedule: patience,
      times: 4
    }),
    Effect.catch((error): Effect.Effect<never, Exclude<E, SqlError.SqlError> | Operations.StoreUnavailable> => {
      // TypeScript does not narrow a type parameter by a guard.
      if (!SqlError.isSqlError(error)) return Effect.fail(error as Exclude<E, SqlError.SqlError>)
      return isUnavailable(error) ? Effect.fail(new Operations.StoreUnavailable({ cause: error })) : Effect.die(error)
    })
  )

/**
 * One transaction, with the errors of {@link orUnavailable}. The client makes a defect of a rollback that fails; when the connection is
 * lost within a transaction that is what happens, and it is no bug of ours.
 */
export const transact = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql.withTransaction(effect).pipe(
      Effect.catchDefect((defect) =>
        SqlError.isSqlError(defect) && isUnavailable(defect) ? Effect.fail(defect) : Effect.die(defect)
      ),
      orUnavailable
    )
  )
