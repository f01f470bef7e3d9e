/**
 * Where webhooks may go: to addresses on the public internet, and in the sandbox also to this machine. The rule is about
 * addresses, so it is asked of the very address that a connection is made to: whatever a name resolves to now, and however an
 * address is written in a URL. Nothing else decides; a check when the URL is saved only tells its owner early.
 *
 * The networks are those that IANA's special-purpose registries (RFC 6890 and successors) do not call globally reachable.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent, buildConnector } from "@effect/platform-node/Undici"
import { Destinations, type Owner } from "@salesos/core"
import { Effect, Layer } from "effect"
import * as Dns from "node:dns"
import { BlockList, isIP, type LookupFunction } from "node:net"

const networks = (family: "ipv4" | "ipv6", ...subnets: ReadonlyArray<string>): BlockList => {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address = "", bits] = subnet.split("/")
    list.addSubnet(address, Number(bits), family)
  }
  return list
}

const specialV4 = networks(
  "ipv4",
  "0.0.0.0/8", // this network, and unspecified
  "10.0.0.0/8",
  "100.64.0.0/10", // carrier-grade NAT, and a cloud's metadata
  "127.0.0.0/8",
  "168.63.129.16/32", // a cloud's host, on a public address
  "169.254.0.0/16", // link-local, and most clouds' metadata
  "172.16.0.0/12",
  "192.0.0.0/24", // protocol assignments, and a cloud's metadata
  "192.0.2.0/24",
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4", // multicast
  "240.0.0.0/4" // reserved, and broadcast
)

/** Everything outside is loopback, unspecified, private, link-local, multicast, or an IPv4 address in disguise (::ffff:, 64:ff9b::). */
const globalV6 = networks("ipv6", "2000::/3")

const specialV6 = networks(
  "ipv6",
  "2001::/23", // protocol assignments, Teredo among them
  "2001:db8::/32",
  "2002::/16", // 6to4: an IPv4 address in disguise
  "2620:4f:8000::/48",
  "3fff::/20"
)

const loopbackV4 = networks("ipv4", "127.0.0.0/8")

/** Whether an IP address may be connected to. Anything else than an IP address may not. */
export const isAllowed = (environment: Owner.Environment, address: string): boolean => {
  const [bare = ""] = address.split("%")
  switch (isIP(bare)) {
    case 4:
      return !specialV4.check(bare, "ipv4") || (environment === "sandbox" && loopbackV4.check(bare, "ipv4"))
    case 6:
      return (
        (globalV6.check(bare, "ipv6") && !specialV6.check(bare, "ipv6")) ||
        (environment === "sandbox" && bare === "::1")
      )
    default:
      return false
  }
}

const forbidden = {
  live: "Expected an address on the public internet",
  sandbox: "Expected an address on the public internet, or of the gateway's own machine"
} as const satisfies Record<Owner.Environment, string>

/** Resolves a name to all of its addresses. A test may have names of its own. */
export type Resolve = (
  hostname: string,
  options: Dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: Array<Dns.LookupAddress>) => void
) => void

/** Resolves as usual, and fails where any address is one that may not be connected to. */
const guarded =
  (environment: Owner.Environment, resolve: Resolve): LookupFunction =>
  (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null) return callback(error, [])
      if (first === undefined || !addresses.every(({ address }) => isAllowed(environment, address)))
        return callback(new Error(forbidden[environment]), [])
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family)
    })

/** Connections to allowed addresses only. */
const agent = (environment: Owner.Environment, resolve: Resolve): Agent => {
  const connect = buildConnector({ lookup: guarded(environment, resolve), allowH2: false })
  return new Agent({
    // A host that is an address already is never looked up.
    connect: (options, callback) => {
      const host = hostOf(options.hostname)
      return isIP(host) !== 0 && !isAllowed(environment, host)
        ? callback(new Error(forbidden[environment]), null)
        : connect(options, callback)
    }
  })
}

/** The host of a URL as it is resolved: an IPv6 address without its brackets. */
const hostOf = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, "$1")

/** An HTTP client that connects to what may be connected to in an environment, and follows no redirect. */
export const client = Effect.fnUntraced(function* (environment: Owner.Environment, resolve: Resolve = Dns.lookup) {
  const dispatcher = yield* Effect.acquireRelease(
    Effect.sync(() => agent(environment, resolve)),
    (each) => Effect.promise(() => each.destroy())
  )
  return yield* Effect.provideService(NodeHttpClient.makeUndici, NodeHttpClient.Dispatcher, dispatcher)
})

/** Ports below 1024 belong to services that a webhook has no business with. */
const firstFreePort = 1024

/** What is wrong with a URL as it is written, or the host that it leads to. */
const parse = (environment: Owner.Environment, text: string) => {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return { wrong: "Expected an http or https URL" }
  if (environment === "live" && url.protocol !== "https:") return { wrong: "Expected an https URL" }
  if (url.username !== "" || url.password !== "") return { wrong: "Expected a URL without user name" }
  if (environment === "live" && url.port !== "" && Number(url.port) < firstFreePort)
    return { wrong: `Expected port 443, or one from ${firstFreePort} on` }
  return { host: hostOf(url.hostname) }
}

/** How long an owner waits for us to find out where a URL leads. */
const patience = "3 seconds"

/** All addresses of a host; none where that can't be told now. */
const addressesOf = (host: string, resolve: Resolve): Effect.Effect<ReadonlyArray<string>> =>
  isIP(host) !== 0
    ? Effect.succeed([host])
    : Effect.callback<ReadonlyArray<string>>((resume) =>
        resolve(host, { all: true }, (error, found) =>
          resume(Effect.succeed(error === null ? found.map(({ address }) => address) : []))
        )
      ).pipe(Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.succeed([]) }))

/** Why nothing may be sent to a URL; null when it may, or when its host can't be resolved now. */
export const refusal = Effect.fn("Destinations.refusal")(function* (
  environment: Owner.Environment,
  text: string,
  resolve: Resolve = Dns.lookup
) {
  const { host, wrong } = parse(environment, text)
  if (host === undefined) return wrong
  const addresses = yield* addressesOf(host, resolve)
  return addresses.every((address) => isAllowed(environment, address)) ? null : forbidden[environment]
})

export const layer = Layer.succeed(Destinations.Destinations, { refusal })
