/** HTTP/1.1 byte by byte: what a client library would refuse to send is sent. */
import { Effect, Schema } from "effect"
import { connect } from "node:net"

export interface Sent {
  readonly method: string
  /** As it stands in the request line. */
  readonly target: string
  /** Names may come twice. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: Uint8Array
}

export interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export class NoAnswer extends Schema.TaggedError<NoAnswer>()("NoAnswer", { message: Schema.String }) {}

const latin = new TextDecoder("latin1")

/** The body of an answer that was sent in chunks. */
const joined = (bytes: Uint8Array): Uint8Array => {
  const parts: Array<Uint8Array> = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at)
    const size = Number.parseInt(latin.decode(bytes.subarray(at, end)), 16)
    if (!(size > 0)) break
    parts.push(bytes.subarray(end + 1, end + 1 + size))
    at = end + 1 + size + 2
  }
  return Buffer.concat(parts)
}

const parse = (bytes: Buffer): Received | undefined => {
  const end = bytes.indexOf("\r\n\r\n")
  const [line = "", ...fields] = latin.decode(bytes.subarray(0, Math.max(end, 0))).split("\r\n")
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]
  if (status === undefined) return undefined
  if (status === "100") return parse(bytes.subarray(end + 4))
  const headers: Record<string, string> = {}
  for (const field of fields) {
    const [name = "", ...value] = field.split(":")
    headers[name.toLowerCase()] = value.join(":").trim()
  }
  const body = bytes.subarray(end + 4)
  return { status: Number(status), headers, body: headers["transfer-encoding"] === "chunked" ? joined(body) : body }
}

/** The bytes of a request. Anything beyond Latin-1 is sent as UTF-8. */
const bytesOf = ({ body, headers, method, target }: Sent): Buffer =>
  Buffer.concat([
    Buffer.from(
      `${method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`
    ),
    body
  ])

/** Sends a request on a connection of its own, and reads until the other side closes it. */
export const send = (port: number, sent: Sent) =>
  Effect.callback<Received, NoAnswer>((resume) => {
    const socket = connect({ host: "127.0.0.1", port })
    const chunks: Array<Buffer> = []
    const end = (why: string) => {
      const answer = parse(Buffer.concat(chunks))
      socket.destroy()
      resume(
        answer === undefined
          ? Effect.fail(new NoAnswer({ message: `${why}, after ${Buffer.concat(chunks).length} bytes` }))
          : Effect.succeed(answer)
      )
    }
    socket.setTimeout(75_000, () => end("No answer in 75 seconds")) // the gateway has 60
    socket.on("data", (chunk: Buffer) => chunks.push(chunk))
    socket.once("end", () => end("Closed"))
    // A server that has answered may close while the rest of a body is on its way.
    socket.once("error", (error) => end(error.message))
    socket.write(bytesOf(sent))
    return Effect.sync(() => socket.destroy())
  })
