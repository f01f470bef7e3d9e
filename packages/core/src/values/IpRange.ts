/**
 * Addresses and ranges of addresses, IPv4 and IPv6, as they are written: `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`.
 * An IPv4 address that is mapped into IPv6 (`::ffff:203.0.113.7`) is the IPv4 address.
 */
import { Option, Result, Schema } from "effect"
import { IpNetwork, NetAddress } from "effect/net"

/** The range that a text stands for; one address is a range of one. */
const parse = (text: string): Option.Option<IpNetwork.IpNetwork> => {
  if (!text.includes("/"))
    return Option.map(addressOf(text), (address) => IpNetwork.fromAddressUnsafe(address, width(address)))
  return Option.map(Result.getSuccess(IpNetwork.fromString(text)), (network) => {
    const address = NetAddress.toCanonical(network.address)
    return width(address) === width(network.address)
      ? network
      : IpNetwork.fromAddressUnsafe(address, Math.max(0, network.prefixLength - 96))
  })
}

const width = (address: NetAddress.IpAddress): number => NetAddress.width(address)

/** An address as a socket tells it, its zone (`%eth0`) apart. */
const addressOf = (text: string): Option.Option<NetAddress.IpAddress> =>
  Option.map(Result.getSuccess(NetAddress.ipFromString(text.split("%")[0] ?? text)), (address) =>
    NetAddress.toCanonical(address)
  )

/** One address, or a range in CIDR notation whose address has no bits set beyond its prefix. */
export const IpRange = Schema.String.check(
  Schema.makeFilter((text: string) => !text.includes("%") && Option.isSome(parse(text)), {
    message: "Expected an IP address, or a range such as 203.0.113.0/24 or 2001:db8::/32",
    code: "invalid_ip_range"
  })
)
export type IpRange = typeof IpRange.Type

/** Whether one of some ranges holds an address. What is no address is in none. */
export const contain = (ranges: ReadonlyArray<IpRange>, address: string): boolean =>
  Option.exists(addressOf(address), (each) =>
    ranges.some((range) => Option.exists(parse(range), (network) => IpNetwork.contains(network, each)))
  )

/** An address in its shortest form, without its zone; null for what is no address. */
export const canonical = (address: string): string | null =>
  Option.getOrNull(Option.map(addressOf(address), NetAddress.formatIp))
