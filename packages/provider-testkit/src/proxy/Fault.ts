/**
 * What a network, or a provider on a bad day, may do to an exchange. Data: what it does is in `Serve.ts`.
 */
import type { Duration, Effect } from "effect"

/** An answer as it passes, its body as text. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * "Before" and "after" are before and after the provider has the request, and so perhaps has done what it says.
 *
 * - `Pass`: nothing happens
 * - `Delay`: it takes time, on its way there and on its way back
 * - `Meanwhile`: something happens before the provider has the request
 * - `DropRequest`: the connection breaks before the provider has the request
 * - `DropAnswer`: the provider answers, and the connection breaks
 * - `HoldRequest`: the provider never has the request, and the caller never an answer
 * - `HoldAnswer`: the provider answers, and the caller never hears of it
 * - `Instead`: the provider never has the request, the caller has this answer
 * - `AnswerInstead`: the provider answers, the caller has this answer
 * - `Truncate`: the answer breaks off after a part of its body, from 0 to 1
 * - `Malform`: the answer arrives whole, and its body is not JSON
 * - `Rewrite`: the answer says something else
 * - `Duplicate`: the receiver has it twice, one after the other; the caller has the answer to the first
 * - `Reorder`: the caller has an answer 202 at once; the receiver has it after the next one in the same direction, or
 *   `atMost` later
 */
export type Fault =
  | { readonly _tag: "Pass" }
  | { readonly _tag: "Delay"; readonly before?: Duration.Input; readonly after?: Duration.Input }
  | { readonly _tag: "Meanwhile"; readonly effect: Effect.Effect<unknown, unknown> }
  | { readonly _tag: "DropRequest" }
  | { readonly _tag: "DropAnswer" }
  | { readonly _tag: "HoldRequest" }
  | { readonly _tag: "HoldAnswer" }
  | { readonly _tag: "Instead"; readonly answer: Answer }
  | { readonly _tag: "AnswerInstead"; readonly answer: Answer }
  | { readonly _tag: "Truncate"; readonly part: number }
  | { readonly _tag: "Malform" }
  | { readonly _tag: "Rewrite"; readonly rewrite: (answer: Answer) => Answer }
  | { readonly _tag: "Duplicate" }
  | { readonly _tag: "Reorder"; readonly atMost: Duration.Input }

export const pass: Fault = { _tag: "Pass" }
export const dropRequest: Fault = { _tag: "DropRequest" }
export const dropAnswer: Fault = { _tag: "DropAnswer" }
export const holdRequest: Fault = { _tag: "HoldRequest" }
export const holdAnswer: Fault = { _tag: "HoldAnswer" }
export const malform: Fault = { _tag: "Malform" }
export const duplicate: Fault = { _tag: "Duplicate" }

/** The answer breaks off halfway, unless another part is given. */
export const truncate = (part = 0.5): Fault => ({ _tag: "Truncate", part })

/** Overtaken by the next one, which is waited for a second unless told otherwise. */
export const reorder = (atMost: Duration.Input = "1 second"): Fault => ({ _tag: "Reorder", atMost })

export const delay = (times: { readonly before?: Duration.Input; readonly after?: Duration.Input }): Fault => ({
  _tag: "Delay",
  ...times
})

/** Something happens just before the provider has the request: what it fails with is nobody's business. */
export const meanwhile = (effect: Effect.Effect<unknown, unknown>): Fault => ({ _tag: "Meanwhile", effect })

const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: typeof body === "string" ? body : JSON.stringify(body)
})

/** The provider never has the request, the caller has this answer. A text is sent as it is, anything else as JSON. */
export const instead = (status: number, body: unknown, headers?: Readonly<Record<string, string>>): Fault => ({
  _tag: "Instead",
  answer: json(status, body, headers)
})

/** The provider answers, the caller has this answer. */
export const answerInstead = (status: number, body: unknown, headers?: Readonly<Record<string, string>>): Fault => ({
  _tag: "AnswerInstead",
  answer: json(status, body, headers)
})

/** 429 with `Retry-After` in seconds: the provider did nothing. */
export const tooManyRequests = (retryAfter: number): Fault =>
  instead(429, { message: "Too many requests" }, { "retry-after": `${retryAfter}` })

export const rewrite = (rewriting: (answer: Answer) => Answer): Fault => ({ _tag: "Rewrite", rewrite: rewriting })
