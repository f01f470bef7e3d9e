/**
 * Requests as raw as a test needs them: any header, any bytes, with or without a declared length, and hung up half way.
 */
import { Effect, Schema } from "effect"
import { type IncomingMessage, request as open } from "node:http"

export interface Answer {
  readonly status: number
  /** By lower-case name; repeated ones joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export interface Options {
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | Uint8Array | undefined
  /** Sends the body in chunks, without telling its length. */
  readonly chunked?: boolean | undefined
}

export class NoAnswer extends Schema.TaggedError<NoAnswer>()("NoAnswer", { cause: Schema.Defect() }) {}

const read = (response: IncomingMessage, done: (answer: Answer) => void, failed: (error: unknown) => void): void => {
  const chunks: Array<Uint8Array> = []
  response.on("data", (chunk: Uint8Array) => chunks.push(chunk))
  response.once("error", failed)
  response.once("end", () =>
    done({
      status: response.statusCode ?? 0,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(", ") : `${value}`
        ])
      ),
      text: Buffer.concat(chunks).toString("utf8")
    })
  )
}

/** Sends one request on a connection of its own. An interruption hangs up. */
export const send = (url: string, { body, chunked = false, headers = {}, method = "GET" }: Options = {}) =>
  Effect.callback<Answer, NoAnswer>((resume) => {
    let answered = false
    const failed = (cause: unknown): void => {
      // A server that has answered may stop listening to the rest of a body.
      if (!answered) resume(Effect.fail(new NoAnswer({ cause })))
    }
    const bytes = typeof body === "string" ? Buffer.from(body) : body
    const declared = bytes === undefined || chunked ? {} : { "content-length": `${bytes.length}` }
    const outgoing = open(url, { method, headers: { ...declared, ...headers }, agent: false }, (response) => {
      answered = true
      read(
        response,
        (answer) => resume(Effect.succeed(answer)),
        (cause) => resume(Effect.fail(new NoAnswer({ cause })))
      )
    })
    outgoing.on("error", failed)
    if (bytes === undefined) outgoing.end()
    else if (chunked) {
      for (let at = 0; at < bytes.length; at += 65_536) outgoing.write(bytes.subarray(at, at + 65_536))
      outgoing.end()
    } else outgoing.end(bytes)
    return Effect.sync(() => outgoing.destroy())
  })

const parse = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Unknown))

/** The body of an answer as JSON. */
export const json = (answer: Answer): unknown => parse(answer.text)
