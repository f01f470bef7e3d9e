/** Ports that programs under test are told to listen on. */
import { Effect } from "effect"
import { randomInt } from "node:crypto"
import { createServer } from "node:net"

const isFree = (port: number) =>
  Effect.callback<boolean>((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen({ host: "127.0.0.1", port }, () => server.close(() => resume(Effect.succeed(true))))
  })

/**
 * A port of 127.0.0.1 that nobody listens on. It is none of those that systems give to whoever asks for any, such as every
 * connection that is opened: so it stays free until its program listens, also between the death of one and the start of the next.
 */
export const freePort: Effect.Effect<number> = Effect.suspend(() => {
  const port = randomInt(10_000, 32_000)
  return Effect.flatMap(isFree(port), (free) => (free ? Effect.succeed(port) : freePort))
})
