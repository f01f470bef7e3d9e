/** A user's server that takes webhooks. */
import { Effect } from "effect"
import { createServer } from "node:http"

export interface Received {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Answers with `statuses` in their order, and with the last one from then on, repeating what it was sent. */
export const start = Effect.fnUntraced(function* (...statuses: ReadonlyArray<number>) {
  const received: Array<Received> = []
  const server = createServer((incoming, outgoing) => {
    const chunks: Array<Uint8Array> = []
    incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk))
    incoming.once("end", () => {
      const body = Buffer.concat(chunks).toString("utf8")
      const status = statuses[Math.min(received.length, statuses.length - 1)] ?? 200
      const headers = Object.entries(incoming.headers).map(([name, value = ""]) => [name, [value].flat().join(", ")])
      received.push({ headers: Object.fromEntries(headers), body })
      outgoing.writeHead(status).end(body)
    })
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
    () =>
      Effect.promise(
        () =>
          new Promise<void>((resolve) => {
            server.close(() => resolve())
            server.closeAllConnections()
          })
      )
  )
  const address = server.address()
  if (address === null || typeof address === "string") return yield* Effect.die(new Error("Expected a port"))
  return { url: `http://127.0.0.1:${address.port}/hooks`, received: Effect.sync(() => [...received]) }
})
