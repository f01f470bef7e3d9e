/** A user's server that takes webhooks. */
import { Servers } from "@salesos/test-servers"
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
  const port = yield* Servers.listen(server)
  return { url: `http://127.0.0.1:${port}/hooks`, received: Effect.sync(() => [...received]) }
})
