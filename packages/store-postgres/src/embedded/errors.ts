import { Effect, Predicate, Schema } from "effect"

/** Why an embedded PostgreSQL could not be had. The message is meant for whoever ran the program. */
export class EmbeddedPostgresError extends Schema.TaggedError<EmbeddedPostgresError>()("EmbeddedPostgresError", {
  reason: Schema.Literals(["port_taken", "directory_in_use", "unsupported_platform", "failed_to_start"]),
  message: Schema.String
}) {}

export const portTaken = (port: number): EmbeddedPostgresError =>
  new EmbeddedPostgresError({
    reason: "port_taken",
    message:
      `Port ${port} on 127.0.0.1, meant for the database, is taken by another program. ` +
      "Stop that program, or set SALESOS_PG_PORT to a free port"
  })

export const directoryInUse = (dataDir: string, pid: number | undefined): EmbeddedPostgresError =>
  new EmbeddedPostgresError({
    reason: "directory_in_use",
    message:
      `The database directory ${dataDir} is in use by ` +
      `${pid === undefined ? "another PostgreSQL server" : `the PostgreSQL server with process id ${pid}`}. ` +
      "Stop the program that started it, or choose another directory"
  })

export const unsupportedPlatform = (problem: string): EmbeddedPostgresError =>
  new EmbeddedPostgresError({
    reason: "unsupported_platform",
    message: `${problem}. Set DATABASE_URL to a PostgreSQL 18 server to do without the embedded one`
  })

export const failedToStart = (problem: string): EmbeddedPostgresError =>
  new EmbeddedPostgresError({ reason: "failed_to_start", message: problem })

/** The code of a Node system error, such as ENOENT. */
export const codeOf = (error: unknown): unknown => (Predicate.hasProperty(error, "code") ? error.code : undefined)

/** Runs file system work; what goes wrong in it becomes "Could not {task}: …". */
export const attempt = <A>(task: string, work: () => Promise<A>): Effect.Effect<A, EmbeddedPostgresError> =>
  Effect.tryPromise({
    try: work,
    catch: (error) => {
      const hint = codeOf(error) === "EACCES" ? ". It may belong to another user" : ""
      return failedToStart(`Could not ${task}: ${error instanceof Error ? error.message : String(error)}${hint}`)
    }
  })
