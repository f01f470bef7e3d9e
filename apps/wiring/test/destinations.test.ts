import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Schema } from "effect"
import { HttpClientRequest } from "effect/http"
import type { LookupAddress } from "node:dns"
import { createServer } from "node:net"
import * as Destinations from "../src/Destinations.ts"

/** Names of the test's own: what each resolves to, the next time and the times after. */
const names = (table: Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>>): Destinations.Resolve => {
  const asked = new Map<string, number>()
  return (hostname, _, callback) => {
    const answers = table[hostname] ?? []
    const times = asked.get(hostname) ?? 0
    asked.set(hostname, times + 1)
    const found = (answers[Math.min(times, answers.length - 1)] ?? []).map((address): LookupAddress => ({
      address,
      family: address.includes(":") ? 6 : 4
    }))
    setImmediate(() =>
      found.length === 0
        ? callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" }), [])
        : callback(null, found)
    )
  }
}

/** A server that counts who connects, and answers like an endpoint. */
const listening = Effect.fnUntraced(function* (host: string) {
  const seen = { connections: 0, bytes: 0 }
  const server = createServer((socket) => {
    seen.connections += 1
    socket.on("error", () => {})
    socket.on("data", (chunk) => {
      seen.bytes += chunk.length
      socket.end("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
    })
  })
  const started = yield* Deferred.make<boolean>()
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      server.once("error", () => Deferred.doneUnsafe(started, Effect.succeed(false)))
      server.listen(0, host, () => Deferred.doneUnsafe(started, Effect.succeed(true)))
    }),
    () => Effect.sync(() => server.close())
  )
  const listens = yield* Deferred.await(started)
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return { seen, port, listens }
})

/** What a request to a URL gives: a status, or the words of its error. */
const request = Effect.fnUntraced(function* (
  environment: "live" | "sandbox",
  url: string,
  resolve?: Destinations.Resolve
) {
  const client = yield* Destinations.client(environment, resolve)
  return yield* client.execute(HttpClientRequest.post(url)).pipe(
    Effect.map(({ status }) => String(status)),
    Effect.timeout("5 seconds"),
    Effect.catch((error) =>
      Effect.succeed(
        "reason" in error && error.reason.cause instanceof Error ? error.reason.cause.message : error.message
      )
    )
  )
}, Effect.scoped)

const isForbidden = Schema.is(Schema.String.check(Schema.isPattern(/^Expected an address on the public internet/)))

/** Every way that is known to write, or to reach by another name, what is not public. */
const hidden: ReadonlyArray<readonly [string, string]> = [
  ["loopback", "127.0.0.1"],
  ["loopback, not the first", "127.8.9.10"],
  ["loopback in decimal", "2130706433"],
  ["loopback in hexadecimal", "0x7f000001"],
  ["loopback in hexadecimal parts", "0x7f.0x0.0x0.0x1"],
  ["loopback in octal", "0177.0.0.1"],
  ["loopback in a long octal", "00000000177.0.0.1"],
  ["loopback, mixed", "0x7f.1"],
  ["loopback, short", "127.1"],
  ["loopback with a dot at its end", "127.0.0.1."],
  ["loopback in full-width digits", "１２７.０.０.１"],
  ["loopback with an ideographic full stop", "127。0。0。1"],
  ["loopback in circled digits", "①②⑦.⓪.⓪.①"],
  ["loopback, escaped", "%31%32%37.0.0.1"],
  ["unspecified", "0.0.0.0"],
  ["unspecified, short", "0"],
  ["private, 10/8", "10.1.2.3"],
  ["private, 172.16/12", "172.31.255.255"],
  ["private, 192.168/16", "192.168.0.1"],
  ["carrier-grade NAT", "100.64.0.1"],
  ["carrier-grade NAT, its end", "100.127.255.255"],
  ["link-local", "169.254.1.1"],
  ["a cloud's metadata", "169.254.169.254"],
  ["a cloud's metadata in decimal", "2852039166"],
  ["another cloud's metadata", "100.100.100.200"],
  ["another cloud's metadata", "192.0.0.192"],
  ["another cloud's metadata", "168.63.129.16"],
  ["documentation", "192.0.2.1"],
  ["documentation", "203.0.113.9"],
  ["benchmarking", "198.18.0.1"],
  ["6to4 relay", "192.88.99.1"],
  ["multicast", "224.0.0.1"],
  ["reserved", "240.0.0.1"],
  ["broadcast", "255.255.255.255"],
  ["loopback, IPv6", "[::1]"],
  ["loopback, IPv6 in full", "[0:0:0:0:0:0:0:1]"],
  ["unspecified, IPv6", "[::]"],
  ["unique local", "[fd00:ec2::254]"],
  ["link-local, IPv6", "[fe80::1]"],
  ["site-local", "[fec0::1]"],
  ["multicast, IPv6", "[ff02::1]"],
  ["mapped", "[::ffff:127.0.0.1]"],
  ["mapped in hexadecimal", "[::ffff:7f00:1]"],
  ["mapped, of a public one", "[::ffff:8.8.8.8]"],
  ["compatible", "[::127.0.0.1]"],
  ["translated", "[::ffff:0:127.0.0.1]"],
  ["NAT64", "[64:ff9b::7f00:1]"],
  ["NAT64, local", "[64:ff9b:1::a00:1]"],
  ["6to4", "[2002:7f00:1::]"],
  ["Teredo", "[2001:0:7f00:1::]"],
  ["documentation, IPv6", "[2001:db8::1]"],
  ["documentation, IPv6", "[3fff::1]"],
  ["discard", "[100::1]"]
]

const isPublic = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "[2606:4700:4700::1111]", "[2a00:1450::1]"]

describe("a live webhook", () => {
  it.live.each(hidden)("does not go to $0: $1", ([, host]) =>
    Effect.gen(function* () {
      const { port, seen } = yield* listening("127.0.0.1")
      const url = `https://${host}:${port}/hooks`
      assert.isTrue(isForbidden(yield* Destinations.refusal("live", url)), "when it is saved")
      assert.isTrue(isForbidden(yield* request("live", url)), "when it is sent")
      assert.strictEqual(seen.connections, 0)
    })
  )

  it.live.each(isPublic)("may go to %s", (host) =>
    Effect.gen(function* () {
      assert.isNull(yield* Destinations.refusal("live", `https://${host}/hooks`))
      assert.isNull(yield* Destinations.refusal("live", `https://${host}:8443/hooks`))
    })
  )

  const malformed: ReadonlyArray<readonly [string, string]> = [
    ["http", "http://8.8.8.8/"],
    ["another scheme", "gopher://8.8.8.8/"],
    ["no URL at all", "https://"],
    ["a user name", "https://8.8.8.8@127.0.0.1/"],
    ["an empty password", "https://user:@8.8.8.8/"],
    ["a port of mail", "https://8.8.8.8:25/"],
    ["a port of a shell", "https://8.8.8.8:22/"],
    ["no such port", "https://8.8.8.8:70000/"]
  ]
  it.live.each(malformed)("is refused with $0: $1", ([, url]) =>
    Effect.gen(function* () {
      assert.isNotNull(yield* Destinations.refusal("live", url))
    })
  )

  const resolved: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["loopback.example", ["127.0.0.1"]],
    ["private.example", ["10.0.0.1"]],
    ["metadata.example", ["169.254.169.254"]],
    ["mixed.example", ["8.8.8.8", "10.0.0.1"]],
    ["six.example", ["::1"]],
    ["zone.example", ["fe80::1%eth0"]],
    ["mapped.example", ["::ffff:10.0.0.1"]],
    ["bücher.example", ["127.0.0.1"]],
    ["trailing.example.", ["127.0.0.1"]],
    ["localhost", ["127.0.0.1", "::1"]]
  ]
  it.live.each(resolved)("does not go to $0, which resolves to $1", ([name, addresses]) =>
    Effect.gen(function* () {
      const { port, seen } = yield* listening("127.0.0.1")
      const url = `https://${name}:${port}/`
      const resolve = names({ [new URL(url).hostname]: [[...addresses]] })
      assert.isTrue(isForbidden(yield* Destinations.refusal("live", url, resolve)), "when it is saved")
      assert.isTrue(isForbidden(yield* request("live", url, resolve)), "when it is sent")
      assert.strictEqual(seen.connections, 0)
    })
  )

  it.live("does not go to a name that was public when it was saved, and is not when it is connected to", () =>
    Effect.gen(function* () {
      const { port, seen } = yield* listening("127.0.0.1")
      const url = `https://rebound.example:${port}/`
      const resolve = names({ "rebound.example": [["8.8.8.8"], ["127.0.0.1"]] })
      assert.isNull(yield* Destinations.refusal("live", url, resolve))
      assert.isTrue(isForbidden(yield* request("live", url, resolve)))
      assert.strictEqual(seen.connections, 0)
    })
  )

  it.live("connects to an address that was looked at, and looks at it once", () =>
    Effect.gen(function* () {
      const { port, seen } = yield* listening("127.0.0.1")
      // Whoever looked at one address and connected to the next would arrive.
      const resolve = names({ "two.example": [["127.0.0.1"], ["10.0.0.1"]] })
      assert.strictEqual(yield* request("sandbox", `http://two.example:${port}/`, resolve), "204")
      assert.strictEqual(seen.connections, 1)
    })
  )

  it.live("may be registered while its name can't be resolved", () =>
    Effect.gen(function* () {
      assert.isNull(yield* Destinations.refusal("live", "https://later.example/", names({})))
      assert.include(yield* request("live", "https://later.example/", names({})), "ENOTFOUND")
    })
  )
})

describe("a webhook of the sandbox", () => {
  it.live("may go to this machine, by http too", () =>
    Effect.gen(function* () {
      for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
        const { listens, port, seen } = yield* listening(host === "[::1]" ? "::1" : "127.0.0.1")
        if (!listens) continue // a machine without IPv6
        const url = `http://${host}:${port}/hooks`
        assert.isNull(yield* Destinations.refusal("sandbox", url), url)
        assert.strictEqual(yield* request("sandbox", url), "204", url)
        assert.strictEqual(seen.connections, 1)
      }
    })
  )

  const others = hidden.filter(([what]) => !what.startsWith("loopback"))
  it.live.each(others)("does not go to $0: $1", ([, host]) =>
    Effect.gen(function* () {
      const url = `http://${host}:8080/`
      assert.isTrue(isForbidden(yield* Destinations.refusal("sandbox", url)), "when it is saved")
      assert.isTrue(isForbidden(yield* request("sandbox", url)), "when it is sent")
    })
  )
})
