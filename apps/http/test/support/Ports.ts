import { Effect } from "effect"
import { createServer } from "node:net"

/** A port of 127.0.0.1 that nobody listens on. */
export const freePort: Effect.Effect<number> = Effect.callback((resume) => {
  const server = createServer()
  server.listen({ host: "127.0.0.1", port: 0 }, () => {
    const address = server.address()
    server.close(() =>
      resume(
        address === null || typeof address === "string"
          ? Effect.die(new Error("No port is free"))
          : Effect.succeed(address.port)
      )
    )
  })
})
