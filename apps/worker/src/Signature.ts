/** How a webhook proves that it is ours. */
import { createHmac } from "node:crypto"

/**
 * The header `X-Pay-Signature`: `t=<unix seconds>,v1=<hex>`, where v1 is the HMAC-SHA256 of `<t>.<body>` keyed with the UTF-8
 * bytes of the secret as it was shown; one v1 for each secret in force.
 */
export const sign = (secrets: ReadonlyArray<string>, unixSeconds: number, body: string): string =>
  [
    `t=${unixSeconds}`,
    ...secrets.map((secret) => `v1=${createHmac("sha256", secret).update(`${unixSeconds}.${body}`).digest("hex")}`)
  ].join(",")
