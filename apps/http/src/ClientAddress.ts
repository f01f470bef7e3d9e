/** Where a request comes from: the socket's other end, or what trusted proxies say of it, and nobody else. */
import { IpRange } from "@salesos/core"
import { Context, Option } from "effect"
import type { HttpServerRequest } from "effect/http"

/** The proxies whose `X-Forwarded-For` is believed, by address or range. None unless configured. */
export const TrustedProxies = Context.Reference<ReadonlyArray<IpRange.IpRange>>("@salesos/app-http/TrustedProxies", {
  defaultValue: () => []
})

/**
 * The nearest address that is no trusted proxy, in its shortest form; null when it is not known. Each proxy appends who it was
 * called by, so what stands left of an address that is not trusted may be made up.
 */
export const of = (
  { headers, remoteAddress }: Pick<HttpServerRequest.HttpServerRequest, "headers" | "remoteAddress">,
  trusted: ReadonlyArray<IpRange.IpRange>
): string | null => {
  const forwarded = headers["x-forwarded-for"]?.split(",").map((each) => each.trim()) ?? []
  const path = [...forwarded, Option.getOrElse(remoteAddress, () => "")]
  const nearest = path.findLast((each) => !IpRange.contain(trusted, each)) ?? path[0] ?? ""
  return IpRange.canonical(nearest)
}
