/**
 * What became of an HTTP exchange with a provider, in the words of the port. Nothing here is about one provider.
 *
 * | what happened                                                        | outcome                                |
 * | -------------------------------------------------------------------- | -------------------------------------- |
 * | not encodable, or no connection: refused, unresolved, untrusted      | `Unavailable`: surely not sent         |
 * | 429                                                                  | `Unavailable`: surely not processed    |
 * | 401, 403                                                             | `Unavailable`: concerns the account    |
 * | another 4xx with a readable error, but 408 and 409                   | `Rejected`                             |
 * | 5xx, 3xx, 408, 409, an answer that cannot be read, a connection lost | `Unknown`: perhaps processed           |
 */
import { Predicate } from "effect"
import { Rejected, Unavailable, Unknown } from "./Provider.ts"

/** An HTTP client's failure, as `effect/http` tells it: core itself knows no HTTP. */
export interface Failure {
  readonly reason: { readonly _tag: string; readonly cause?: unknown }
}

/** Codes that only exist before the first byte of a request is on its way. */
const neverConnected: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_INVALID_ARG",
  // The server's certificate was not trusted: the client hangs up within the handshake.
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
])

/**
 * EHOSTUNREACH, ENETUNREACH and ETIMEDOUT also come from connections that were open: they prove something only where
 * the system call that failed was the one that connects.
 */
const connecting: ReadonlySet<string> = new Set(["connect", "getaddrinfo"])

const field = (value: unknown, key: string): unknown => (Predicate.hasProperty(value, key) ? value[key] : undefined)

/** fetch wraps the cause in a TypeError, and a host with several addresses gives an AggregateError of all tries. */
const wasNeverConnected = (cause: unknown, depth = 0): boolean => {
  const code = field(cause, "code")
  if (typeof code === "string" && neverConnected.has(code)) return true
  const syscall = field(cause, "syscall")
  if (typeof syscall === "string" && connecting.has(syscall)) return true
  if (depth > 4) return false
  const errors = field(cause, "errors")
  return Array.isArray(errors) && errors.length > 0
    ? errors.every((each) => wasNeverConnected(each, depth + 1))
    : Predicate.hasProperty(cause, "cause") && wasNeverConnected(cause.cause, depth + 1)
}

/**
 * The outcome of a request that got no answer. The client's own messages stay inside: they may quote what was sent.
 */
export const ofFailure = ({ reason }: Failure): Unavailable | Unknown => {
  switch (reason._tag) {
    case "EncodeError":
    case "InvalidUrlError":
      return new Unavailable({ message: "The request could not be built" })
    case "TransportError":
      return wasNeverConnected(reason.cause)
        ? new Unavailable({ message: "The provider could not be reached" })
        : new Unknown({ message: "The connection to the provider was lost" })
    default:
      return new Unknown({ message: "The provider's answer could not be read" })
  }
}

/**
 * 408 tells nothing of what came of the request, and 409 may mean that what we ask for is there already: neither says
 * that nothing was done.
 */
const undecided: ReadonlySet<number> = new Set([408, 409])

/**
 * The outcome of an answer that holds nothing of what was asked for. `reason` is the error it tells, fit for clients, or
 * null where it tells none that can be read.
 */
export const ofAnswer = (status: number, reason: string | null): Rejected | Unavailable | Unknown => {
  if (status === 401 || status === 403) {
    return new Unavailable({ message: "The provider refused the account's credentials", account: "credentials" })
  }
  if (status === 429) return new Unavailable({ message: "The provider answers too many requests" })
  if (status >= 400 && status < 500 && !undecided.has(status) && reason !== null) {
    return new Rejected({ message: reason })
  }
  const told = reason === null || reason === "" ? "nothing that can be read" : reason
  return new Unknown({ message: `The provider answered ${status}: ${told}` })
}

/** The outcome of a search that gave no list: that it was refused does not say that there is no such thing. */
export const ofSearch = (status: number, reason: string | null): Unavailable | Unknown => {
  const outcome = ofAnswer(status, reason)
  return outcome._tag === "Rejected" ? new Unknown({ message: outcome.message }) : outcome
}

/** What a server that gives tokens answers to credentials it does not like (RFC 6749, 5.2, and what is seen besides). */
const refusesCredentials: ReadonlySet<number> = new Set([400, 401, 403, 422])

/**
 * The outcome of an operation whose access token was asked for and not given: nothing of the operation was on its way yet,
 * so whatever went wrong, it was not sent.
 */
export const ofToken = (status: number): Unavailable =>
  refusesCredentials.has(status)
    ? new Unavailable({ message: "The provider refused the account's credentials", account: "credentials" })
    : new Unavailable({ message: `The provider gave no access token (${status})` })
