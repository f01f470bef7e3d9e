/**
 * Acme, a provider of nobody, over real HTTP: tokens, charges and payouts in decimals, cancellations, refunds, a statement in
 * pages, and signed notifications. It does what its tests need and keeps nothing.
 */
import { createHmac } from "node:crypto"
import { createServer, type IncomingMessage, request as post, type ServerResponse } from "node:http"
import { Samples } from "@salesos/core/testing"
import { Servers } from "@salesos/test-servers"
import { Effect } from "effect"

export const credentials = { clientId: "acme_4f0c2a7e", clientSecret: "s3cr3t_9b1d", signingSecret: "s1gn_77aa51" }

export interface Thing {
  readonly id: string
  readonly kind: "charge" | "payout"
  readonly external_id: string
  /** Cents. */
  readonly amount: number
  readonly method: string
  readonly notify_url: string
  readonly expires_at: string
  status: string
  paid_at: string | null
  reversals: Array<{ id: string; kind: string; amount: number; at: string }>
}

interface Line {
  readonly id: string
  readonly at: string
  readonly kind: "charge" | "payout"
  readonly of: string
  readonly net: number
  readonly fee: number
}

const fee = 40
const tokens = "tk_0123456789abcdef"
const pageSize = 5

export const sign = (body: string): string => createHmac("sha256", credentials.signingSecret).update(body).digest("hex")

const decimal = (cents: number) => JSON.rawJSON(`${Math.floor(cents / 100)}.${`${cents % 100}`.padStart(2, "0")}`)
const cents = (digits: string) => Math.round(Number(digits) * 100)

/** As answers show it. What is paid with is shown once. */
const shown = (thing: Thing, first: boolean) => ({
  id: thing.id,
  external_id: thing.external_id,
  status: thing.status,
  amount: decimal(thing.amount),
  currency: "BRL",
  notify_url: thing.notify_url,
  expires_at: thing.expires_at,
  paid_at: thing.paid_at,
  fee: thing.paid_at === null ? null : decimal(fee),
  reversals: thing.reversals.map((each) => ({ ...each, amount: decimal(each.amount) })),
  ...(first && thing.method === "pix" ? { copy_paste: Samples.copyPaste(thing.id) } : {}),
  ...(thing.method === "card" ? { checkout_url: `https://pay.acme.example/${thing.id}` } : {})
})

/** Starts Acme with empty books until the scope closes. */
export const start = Effect.gen(function* () {
  const things = new Map<string, Thing>()
  const lines: Array<Line> = []
  let last = 0
  const id = (prefix: string) => `${prefix}_${(++last).toString().padStart(6, "0")}${"abcdef"[last % 6]}x7`
  const now = () => new Date().toISOString()

  const notify = (thing: Thing): void => {
    const body = JSON.stringify({ events: [{ id: id("ev"), kind: thing.kind, object: thing.id }] })
    const headers = { "content-type": "application/json", "acme-signature": sign(body) }
    post(thing.notify_url, { method: "POST", headers })
      .on("response", (response) => response.resume())
      .on("error", () => {})
      .end(body)
  }

  const book = (thing: Thing, net: number, charged: number): void => {
    lines.push({ id: id("ln"), at: now(), kind: thing.kind, of: thing.id, net, fee: charged })
  }

  const act = {
    pay: (thing: Thing) => {
      thing.status = "paid"
      thing.paid_at = now()
      book(thing, thing.kind === "charge" ? thing.amount - fee : -thing.amount, fee)
    },
    expire: (thing: Thing) => {
      thing.status = "expired"
    },
    fail: (thing: Thing) => {
      thing.status = "failed"
    },
    reverse: (thing: Thing, kind: string) => {
      thing.reversals.push({ id: id("rv"), kind, amount: thing.amount, at: now() })
      book(thing, thing.kind === "charge" ? -thing.amount : thing.amount, 0)
    }
  }

  const create = (kind: Thing["kind"], body: string) => {
    const asked: Record<string, string> = JSON.parse(body, (_, value, context?: { readonly source?: string }) =>
      typeof value === "number" ? context?.source : value
    )
    const thing: Thing = {
      id: id(kind === "charge" ? "ch" : "po"),
      kind,
      external_id: asked["external_id"] ?? "",
      amount: cents(asked["amount"] ?? ""),
      method: asked["method"] ?? "",
      notify_url: asked["notify_url"] ?? "",
      expires_at: new Date(Date.now() + Number(asked["expires_in"] ?? 0) * 1000).toISOString(),
      status: kind === "charge" ? "waiting" : "sent",
      paid_at: null,
      reversals: []
    }
    things.set(thing.id, thing)
    return thing
  }

  const answer = (request: IncomingMessage, body: string): readonly [status: number, body: unknown] => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://acme")
    const [, root, of, action] = pathname.split("/")
    if (root === "token") {
      const basic = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`).toString("base64")
      return request.headers.authorization === `Basic ${basic}`
        ? [200, { access_token: tokens, expires_in: 3600 }]
        : [401, { error: "invalid_client" }]
    }
    if (request.headers.authorization !== `Bearer ${tokens}`) return [401, { error: "unauthorized" }]
    const all = [...things.values()].filter(({ kind }) => `${kind}s` === root)
    if (root === "balance") {
      return [200, { available: decimal(1_000_000_00 + lines.reduce((sum, { net }) => sum + net, 0)) }]
    }
    if (root === "statement") {
      const [from = "", to = "", after = ""] = ["from", "to", "after"].map((name) => searchParams.get(name) ?? "")
      const inside = lines.filter(({ at }) => at >= from && at < to)
      const begin = after === "" ? 0 : inside.findIndex((each) => each.id === after) + 1
      const page = inside.slice(begin, begin + pageSize)
      const next = begin + pageSize < inside.length ? page.at(-1)?.id : null
      return [200, { lines: page.map((each) => ({ ...each, net: each.net, fee: each.fee })), next }]
    }
    if (of === undefined && request.method === "POST") {
      return [201, shown(create(root === "charges" ? "charge" : "payout", body), true)]
    }
    if (of === undefined) {
      const external = searchParams.get("external_id")
      const ids = searchParams.get("ids")?.split(",")
      const found = all.filter((each) => external === each.external_id || ids?.includes(each.id) === true)
      return [200, { found: found.map((each) => shown(each, false)) }]
    }
    const thing = all.find((each) => each.id === of)
    if (thing === undefined) return [404, { error: "not found" }]
    if (action === "cancel") {
      if (thing.status === "waiting" || thing.status === "sent") thing.status = "canceled"
      else if (thing.status !== "canceled") return [422, { error: "too late" }]
    }
    if (action === "refund") {
      if (thing.status !== "paid") return [422, { error: "nothing to refund" }]
      act.reverse(thing, "refund")
    }
    return [200, shown(thing, false)]
  }

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = ""
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk))
    request.on("end", () => {
      const [status, told] = answer(request, body)
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(told))
    })
  })
  const url = `http://127.0.0.1:${yield* Servers.listen(server)}`

  /** Something happens to a thing, and Acme says so. */
  const on = (change: (thing: Thing) => void) => (of: string) =>
    Effect.sync(() => {
      const thing = things.get(of)
      if (thing === undefined) throw new Error(`no ${of}`)
      change(thing)
      notify(thing)
    })
  const counter = {
    booked: (reference: string) =>
      Effect.sync(() =>
        [...things.values()].flatMap((each) =>
          each.external_id === reference ? [{ providerId: each.id, amount: each.amount }] : []
        )
      )
  }
  const charge = {
    ...counter,
    pay: on(act.pay),
    expire: on(act.expire),
    chargeBack: on((thing) => act.reverse(thing, "chargeback"))
  }
  const payout = {
    ...counter,
    deliver: on(act.pay),
    fail: on(act.fail),
    giveBack: on((thing) => act.reverse(thing, "return"))
  }
  return { url, charges: [charge, charge], payouts: [payout] }
})
