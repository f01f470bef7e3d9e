import { assert, describe, it } from "@effect/vitest"
import { Outcome } from "@salesos/core"
import { HttpClientError, HttpClientRequest } from "effect/http"

const request = HttpClientRequest.bearerToken(HttpClientRequest.post("https://psp.test/v1/x"), "s3cr3t")

const transport = (cause: unknown) =>
  Outcome.ofFailure(
    new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
  )

const failed = (code: string, syscall?: string) =>
  Object.assign(new Error(`${syscall} ${code} s3cr3t`), { code }, syscall === undefined ? {} : { syscall })

describe("a request without an answer", () => {
  const never: Readonly<Record<string, unknown>> = {
    "a refused connection": failed("ECONNREFUSED", "connect"),
    "a refused connection, wrapped by fetch": new TypeError("fetch failed", { cause: failed("ECONNREFUSED") }),
    "a name without an address": failed("ENOTFOUND", "getaddrinfo"),
    "a name server that is busy": failed("EAI_AGAIN", "getaddrinfo"),
    "no route while connecting": failed("EHOSTUNREACH", "connect"),
    "no network while connecting": failed("ENETUNREACH", "connect"),
    "a time-out while connecting": failed("ETIMEDOUT", "connect"),
    "the client's own time-out while connecting": failed("UND_ERR_CONNECT_TIMEOUT"),
    "a certificate that is not trusted": failed("DEPTH_ZERO_SELF_SIGNED_CERT"),
    "a header that cannot be sent": failed("UND_ERR_INVALID_ARG"),
    "several addresses, none of which connects": new AggregateError([
      failed("ECONNREFUSED", "connect"),
      failed("ETIMEDOUT", "connect")
    ])
  }
  for (const [name, cause] of Object.entries(never)) {
    it(`was surely not sent: ${name}`, () => {
      assert.strictEqual(transport(cause)._tag, "Unavailable")
    })
  }

  const loop: { cause?: unknown } = {}
  loop.cause = loop
  const perhaps: Readonly<Record<string, unknown>> = {
    "a connection that was reset": failed("ECONNRESET", "read"),
    "a broken pipe": failed("EPIPE", "write"),
    "a socket closed by the other side": failed("UND_ERR_SOCKET"),
    "no headers in time": failed("UND_ERR_HEADERS_TIMEOUT"),
    "no route to an open connection": failed("EHOSTUNREACH", "read"),
    "a time-out of an open connection": failed("ETIMEDOUT", "read"),
    "a TLS failure that may come after the handshake": failed("EPROTO", "write"),
    "several failures, one of them later": new AggregateError([failed("ECONNREFUSED"), failed("ECONNRESET", "read")]),
    "no tries at all": new AggregateError([]),
    "a cause without a code": new TypeError("fetch failed"),
    "a cause of itself": loop,
    "no cause": undefined,
    "a string": "ECONNREFUSED"
  }
  for (const [name, cause] of Object.entries(perhaps)) {
    it(`was perhaps sent: ${name}`, () => {
      assert.strictEqual(transport(cause)._tag, "Unknown")
    })
  }

  it("tells nothing of what was sent", () => {
    assert.notInclude(transport(failed("ECONNRESET", "read")).message, "s3cr3t")
  })

  it("that could not be encoded or addressed was surely not sent", () => {
    for (const reason of [
      new HttpClientError.EncodeError({ request }),
      new HttpClientError.InvalidUrlError({ request })
    ]) {
      assert.strictEqual(Outcome.ofFailure(new HttpClientError.HttpClientError({ reason }))._tag, "Unavailable")
    }
  })
})

describe("an answer without what was asked for", () => {
  it("has an outcome by its status, and by whether it tells a reason", () => {
    const rejected = new Set<number>()
    const unavailable = new Set<number>()
    for (let status = 200; status < 600; status++) {
      const { _tag } = Outcome.ofAnswer(status, "reason")
      if (_tag === "Rejected") rejected.add(status)
      if (_tag === "Unavailable") unavailable.add(status)
      assert.notStrictEqual(Outcome.ofAnswer(status, null)._tag, "Rejected")
    }
    assert.deepEqual([...unavailable], [401, 403, 429])
    for (let status = 400; status < 500; status++) {
      assert.strictEqual(rejected.has(status), ![401, 403, 408, 409, 429].includes(status))
    }
    assert.strictEqual(rejected.size, 95)
  })

  it("tells refused credentials from other reasons to wait", () => {
    const told = (status: number) => Outcome.ofSearch(status, null)
    for (const status of [401, 403]) assert.propertyVal(told(status), "account", "credentials")
    assert.notProperty(told(429), "account")
  })

  it("proves nothing about what was searched for", () => {
    for (let status = 200; status < 600; status++) {
      const { _tag } = Outcome.ofAnswer(status, "reason")
      assert.strictEqual(Outcome.ofSearch(status, "reason")._tag, _tag === "Rejected" ? "Unknown" : _tag)
    }
  })
})

describe("an access token that is not given", () => {
  it("leaves the operation unsent, and tells refused credentials", () => {
    for (const status of [200, 302, 404, 429, 500]) assert.notProperty(Outcome.ofToken(status), "account")
    for (const status of [400, 401, 403, 422]) assert.propertyVal(Outcome.ofToken(status), "account", "credentials")
  })
})
