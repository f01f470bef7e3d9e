import { Effect } from "effect"
import { createServer } from "node:net"
import { codeOf, type EmbeddedPostgresError, failedToStart, portTaken } from "./errors.ts"

/** Finds out that a port of 127.0.0.1 is free, or finds a free one for 0. */
export const freePort = (port: number): Effect.Effect<number, EmbeddedPostgresError> =>
  Effect.callback((resume) => {
    const failed = (error: unknown): void => {
      const other = `The database cannot use port ${port}: set SALESOS_PG_PORT to another (${String(error)})`
      resume(Effect.fail(codeOf(error) === "EADDRINUSE" ? portTaken(port) : failedToStart(other)))
    }
    const server = createServer()
    server.once("error", failed)
    try {
      server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
        const address = server.address()
        const found = address === null || typeof address === "string" ? port : address.port
        server.close(() => resume(Effect.succeed(found)))
      })
    } catch (error) {
      failed(error) // not a port number
    }
  })
