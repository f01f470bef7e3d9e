/**
 * The load: HTTP/1.1 over plain sockets. It shares the machine with what it measures, so it does no more than write a
 * request, read an answer and look at the clock.
 */
import { Effect } from "effect"
import { connect, type Socket } from "node:net"
import { BenchError } from "./errors.ts"

/** What came of a run. */
export interface Load {
  readonly requestsPerSecond: number
  /** Of each request, in milliseconds, shortest first. */
  readonly latencies: ReadonlyArray<number>
}

export interface Run {
  /** Connections are spread over them evenly. */
  readonly ports: ReadonlyArray<number>
  readonly connections: number
  /** When to stop sending: a time, or a number of requests. */
  readonly until: { readonly seconds: number } | { readonly requests: number }
  /** The next request, head and body. */
  readonly next: () => string
  /** The only status that counts; any other fails the run. */
  readonly status: number
}

interface Answer {
  readonly status: number
  readonly body: string
}

const headEnd = "\r\n\r\n"

/** The first answer in `bytes` once it is whole. Every answer of the API says its length. */
const answerIn = (bytes: Buffer): Answer | undefined => {
  const end = bytes.indexOf(headEnd)
  if (end < 0) return undefined
  const head = bytes.toString("latin1", 0, end)
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? []
  if (length === undefined) throw new Error(`An answer without Content-Length:\n${head}`)
  const start = end + headEnd.length
  if (bytes.length < start + Number(length)) return undefined
  return { status: Number(head.slice(9, 12)), body: bytes.toString("utf8", start, start + Number(length)) }
}

/** Keeps one connection busy until `next` gives nothing more. */
const drive = (
  socket: Socket,
  next: () => string | undefined,
  done: (latency: number, answer: Answer) => void
): Promise<void> =>
  new Promise((settle, fail) => {
    let received: Buffer = Buffer.alloc(0)
    let sent = 0
    const send = (): void => {
      const request = next()
      if (request === undefined) {
        socket.end()
        return settle()
      }
      sent = performance.now()
      socket.write(request)
    }
    socket.setNoDelay(true)
    socket.once("connect", send)
    socket.once("error", fail)
    socket.once("close", () => fail(new Error("The HTTP process closed a connection")))
    socket.on("data", (chunk: Buffer) => {
      try {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
        const answer = answerIn(received)
        if (answer === undefined) return
        received = Buffer.alloc(0)
        done(performance.now() - sent, answer)
        send()
      } catch (error) {
        fail(error)
      }
    })
  })

/** How long answers may take after the last request was sent. */
const grace = 20_000

/** Sends requests on all connections at once, each the next as soon as its last is answered. */
export const run = ({ connections, next, ports, status, until }: Run): Effect.Effect<Load, BenchError> =>
  Effect.tryPromise({
    try: async (signal) => {
      const latencies: Array<number> = []
      let left = "requests" in until ? until.requests : Infinity
      const begun = performance.now()
      const deadline = "seconds" in until ? begun + until.seconds * 1000 : Infinity
      const sockets = Array.from({ length: connections }, (_, place) =>
        connect({ host: "127.0.0.1", port: ports[place % ports.length]! })
      )
      const close = (): void => sockets.forEach((socket) => socket.destroy())
      signal.addEventListener("abort", close)
      const late = setTimeout(close, ("seconds" in until ? until.seconds * 1000 : 60_000) + grace)
      const nextOrEnd = () => (left-- > 0 && performance.now() < deadline ? next() : undefined)
      try {
        await Promise.all(
          sockets.map((socket) =>
            drive(socket, nextOrEnd, (latency, answer) => {
              if (answer.status !== status)
                throw new Error(`Answered ${answer.status} instead of ${status}:\n${answer.body}`)
              latencies.push(latency)
            })
          )
        )
      } finally {
        clearTimeout(late)
        close()
        signal.removeEventListener("abort", close)
      }
      // The last answers come after the deadline: they count, and so does their time.
      const seconds = (performance.now() - begun) / 1000
      return { requestsPerSecond: latencies.length / seconds, latencies: latencies.toSorted((a, b) => a - b) }
    },
    catch: (error) =>
      new BenchError({ message: `The load failed: ${error instanceof Error ? error.message : String(error)}` })
  })
