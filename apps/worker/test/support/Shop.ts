/** A user's server that takes webhooks, over real sockets. */
import { Servers } from "@salesos/test-servers"
import { Deferred, Effect } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

export interface Received {
  readonly method: string | undefined
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An endpoint that answers as a test wants, and what it has received. It ends with the scope. */
export const open = Effect.fnUntraced(function* (answer: (outgoing: ServerResponse, body: string) => void) {
  const received: Array<Received> = []
  const first = yield* Deferred.make<Received>()
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Array<Uint8Array> = []
    incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk))
    incoming.once("end", () => {
      const headers = Object.entries(incoming.headers).map(([name, value = ""]) => [name, [value].flat().join(", ")])
      const request = {
        method: incoming.method,
        headers: Object.fromEntries(headers),
        body: Buffer.concat(chunks).toString("utf8")
      }
      received.push(request)
      answer(outgoing, request.body)
      Deferred.doneUnsafe(first, Effect.succeed(request))
    })
  })
  const port = yield* Servers.listen(server)
  return { url: `http://127.0.0.1:${port}/hooks?shop=1`, received, first: Deferred.await(first) }
})
