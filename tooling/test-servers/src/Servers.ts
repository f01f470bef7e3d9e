/** Servers of a test's own, over real sockets. */
import { Effect, type Scope } from "effect"
import type { Server } from "node:net"

/**
 * Has a server listen on a port of 127.0.0.1 that the system chooses, and gives the port. Once the scope closes it takes no more
 * connections, and those of a server that knows its own are cut. Dies where it cannot listen.
 */
export const listen = (
  server: Server & { readonly closeAllConnections?: () => void }
): Effect.Effect<number, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      const failed = (error: Error): void => resume(Effect.die(error))
      server.once("error", failed)
      server.listen(0, "127.0.0.1", () => {
        server.off("error", failed)
        const address = server.address()
        resume(
          typeof address === "object" && address !== null ? Effect.succeed(address.port) : Effect.die("Expected a port")
        )
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections?.()
      })
  )
