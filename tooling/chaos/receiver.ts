/** The tenants' own server: takes webhooks, verifies who signed them, and keeps what it got. */
import { Servers } from "@salesos/test-servers"
import { Effect } from "effect"
import { createHmac, timingSafeEqual } from "node:crypto"
import { createServer } from "node:http"
import type { Dice } from "./dice.ts"

export interface Received {
  /** Whose endpoint. */
  readonly tenant: number
  readonly id: string
  readonly body: string
}

export interface Receiver {
  readonly urlOf: (tenant: number) => string
  readonly received: () => ReadonlyArray<Received>
  /** Has deliveries refused by these dice from here on, or none. */
  readonly refuse: (dice: Dice | undefined) => void
  /** What was wrong with what came. */
  readonly findings: ReadonlyArray<string>
}

/** Seconds that a signature may be old or ahead. */
const tolerance = 300

/** As the documentation tells receivers to do it, also with what a process signs whose machine's clock is off. */
const isGenuine = (secret: string, header: string, body: string): boolean => {
  const [, time, signature = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? []
  const expected = createHmac("sha256", secret).update(`${time}.${body}`).digest()
  return signature !== "" && timingSafeEqual(Buffer.from(signature, "hex"), expected)
}

/** What time it is to processes, in milliseconds since 1970: those that have not heard yet that time has passed are behind. */
export interface Now {
  readonly least: number
  readonly most: number
}

/** Whether it was signed about now. */
const isFresh = (header: string, { least, most }: Now): boolean => {
  const time = Number(/^t=(\d+)/.exec(header)?.[1])
  return time >= least / 1000 - tolerance && time <= most / 1000 + tolerance
}

/**
 * Says whether this machine was asleep within the last seconds: its clock has gone on, and the time that processes count by has not. They
 * are behind then until they next look at the database's clock, and sign once more what was refused.
 */
const sleep = () => {
  const drift = (): number => Date.now() - performance.now()
  let known = drift()
  let until = 0
  return (): boolean => {
    const now = drift()
    if (Math.abs(now - known) > 1000) until = performance.now() + 15_000
    known = now
    return performance.now() < until
  }
}

/** Serves until the scope closes. With dice, one first delivery in ten is answered with 500, having been read. */
export const make = Effect.fnUntraced(function* (secrets: ReadonlyArray<string>, now: () => Now) {
  let dice: Dice | undefined
  const wasAsleep = sleep()
  const received: Array<Received> = []
  const findings: Array<string> = []
  const refused = new Set<string>()
  const take = (path: string, signature: string, body: string): number => {
    const tenant = Number(path.slice(1))
    if (!isGenuine(secrets[tenant] ?? "", signature, body)) {
      findings.push(`A webhook of tenant ${tenant} is not signed with its secret: ${body}`)
      return 400
    }
    if (!isFresh(signature, now())) {
      if (!wasAsleep()) findings.push(`A webhook of tenant ${tenant} is not signed now: ${signature} ${body}`)
      return 400
    }
    const { id }: { readonly id: string } = JSON.parse(body)
    const isFirst = !received.some((each) => each.id === id) && !refused.has(id)
    received.push({ tenant, id, body })
    if (!isFirst || dice?.chance(0.1) !== true) return 204
    refused.add(id)
    return 500
  }
  const server = createServer((incoming, outgoing) => {
    const chunks: Array<Uint8Array> = []
    incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk))
    incoming.once("end", () => {
      const signature = String(incoming.headers["x-pay-signature"])
      outgoing.writeHead(take(incoming.url ?? "", signature, Buffer.concat(chunks).toString("utf8"))).end()
    })
  })
  const port = yield* Servers.listen(server)
  return {
    urlOf: (tenant) => `http://127.0.0.1:${port}/${tenant}`,
    received: () => received,
    refuse: (by) => {
      dice = by
    },
    findings
  } satisfies Receiver
})
