/** The proxy's two sides as effects: reading and answering a caller, and asking a receiver. */
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http"
import { request as httpsRequest } from "node:https"
import { Effect } from "effect"
import type { Answer } from "./Fault.ts"

/** A certificate and its key, in PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
}

/** Between two neighbours only, or written anew. Without `accept-encoding` bodies are text that can be rewritten. */
const notPassedOn: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "transfer-encoding"
])

export const headersOf = (headers: IncomingHttpHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || notPassedOn.has(name) ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]]
    )
  )

/** The whole body. Does not come to an end when the other side breaks off; `onLost` is called then. */
export const readBody = (message: IncomingMessage, onRead: (body: string) => void, onLost: () => void): void => {
  const chunks: Array<Buffer> = []
  message.on("data", (chunk: Buffer) => chunks.push(chunk))
  message.on("end", () => onRead(Buffer.concat(chunks).toString("utf8")))
  message.on("aborted", onLost)
  message.on("error", onLost)
}

/** One request on a connection of its own; null where it got no whole answer. */
export const ask = (
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  tls?: Pair & { readonly ca: string }
): Effect.Effect<Answer | null> =>
  Effect.callback((resume) => {
    const nothing = () => resume(Effect.succeed(null))
    const send = url.startsWith("https:") ? httpsRequest : httpRequest
    const asked = send(url, {
      ...tls,
      method,
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      agent: false
    })
    asked.on("error", nothing)
    asked.on("response", (response) =>
      readBody(
        response,
        (text) =>
          resume(
            Effect.succeed({ status: response.statusCode ?? 0, headers: headersOf(response.headers), body: text })
          ),
        nothing
      )
    )
    asked.end(body)
    return Effect.sync(() => asked.destroy())
  })

/** Gives a caller an answer. */
export const give = (response: ServerResponse, { body, headers, status }: Answer): void => {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
  response.end(body)
}

/** Gives a caller the first part of an answer that promised to be whole, and breaks the connection. */
export const giveInPart = (response: ServerResponse, { body, headers, status }: Answer, part: number): void => {
  const whole = Buffer.from(body)
  response.writeHead(status, { ...headers, "content-length": whole.byteLength })
  response.write(whole.subarray(0, Math.floor(whole.byteLength * part)), () => response.destroy())
}
