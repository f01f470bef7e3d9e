/**
 * Clients as they should be: every POST has a key, and is sent again with that key until its answer is final. Some hang up, some send
 * the same thing several times at once, and all notice when they are answered otherwise than before.
 */
import { basePath } from "@salesos/api"
import { Effect, Option } from "effect"
import * as Bodies from "./bodies.ts"
import * as Dice from "./dice.ts"
import type { Tenant, World } from "./world.ts"

export interface Answer {
  readonly status: number
  readonly text: string
}

/** A POST under a key, and what it was answered. */
export interface Request {
  readonly key: string
  readonly path: string
  readonly body: unknown
  /** The 2xx answer that was heard first. */
  success: string | null
  /** Whether an answer came that sending again would not change. */
  isFinal: boolean
}

/** What one tenant asked for and heard. */
export interface Heard {
  readonly requests: Array<Request>
  /** Ids of invoices and payouts, as they were answered. */
  readonly ids: Array<string>
  readonly canceled: Set<string>
}

/** What was heard by all. */
export interface Hearing {
  readonly heard: ReadonlyArray<Heard>
  /** When each answer with 2xx came, in milliseconds since 1970. */
  readonly answeredAt: Array<number>
  /** How often each status was answered; 0 for none. */
  readonly statuses: Map<number, number>
  readonly findings: Array<string>
}

export const hearing = (tenants: number): Hearing => ({
  heard: Array.from({ length: tenants }, () => ({ requests: [], ids: [], canceled: new Set<string>() })),
  answeredAt: [],
  statuses: new Map(),
  findings: []
})

/** How long a client waits, in milliseconds, and how often 502 is taken for a passing trouble. */
const patience = 10_000
const triesOf502 = 8

const call = (
  { urls }: World,
  hearing: Hearing,
  dice: Dice.Dice,
  { key, number }: Tenant,
  path: string,
  idempotencyKey: string | null,
  init: Pick<RequestInit, "method" | "body">,
  waits: number
): Effect.Effect<Option.Option<Answer>> =>
  Effect.tryPromise(async (signal) => {
    const response = await fetch(`${dice.pick(urls)}${basePath}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${key}`,
        ...(idempotencyKey === null ? {} : { "content-type": "application/json", "idempotency-key": idempotencyKey })
      },
      signal
    })
    return { status: response.status, text: await response.text() }
  }).pipe(
    Effect.timeout(waits),
    Effect.option,
    Effect.tap((answer) =>
      Effect.sync(() => {
        const status = Option.match(answer, { onNone: () => 0, onSome: (each) => each.status })
        hearing.statuses.set(status, (hearing.statuses.get(status) ?? 0) + 1)
        if (status >= 200 && status < 300) hearing.answeredAt.push(Date.now())
        // Whatever breaks is foreseen: 502 is the provider's, 503 the database's.
        if (status === 500) hearing.findings.push(`${init.method ?? "GET"} ${path} by tenant ${number}: 500`)
      })
    )
  )

const fieldsOf = (text: string): { readonly id?: string; readonly code?: string } => JSON.parse(text)

/** Busy and broken things are asked again; what is refused is not. */
const mayHelpLater = ({ status, text }: Answer, tries: number): boolean =>
  status === 429 ||
  (status === 502 ? tries < triesOf502 : status >= 500) ||
  (status === 409 && ["idempotency_in_progress", "operation_in_progress"].includes(fieldsOf(text).code ?? ""))

/** One sending of a request. */
const sendOnce = Effect.fnUntraced(function* (
  world: World,
  hearing: Hearing,
  dice: Dice.Dice,
  tenant: Tenant,
  request: Request,
  tries: number
) {
  const waits = dice.chance(0.06) ? dice.between(5, 300) : patience
  const init = { method: "POST", body: JSON.stringify(request.body) }
  const answer = Option.getOrNull(yield* call(world, hearing, dice, tenant, request.path, request.key, init, waits))
  if (answer === null) return
  const heard = hearing.heard[tenant.number]!
  if (answer.status < 300) {
    if (request.success !== null && request.success !== answer.text) {
      hearing.findings.push(`${request.key} was answered ${answer.text} after ${request.success}`)
    }
    if (request.success === null) {
      const { id = "" } = fieldsOf(answer.text)
      if (request.path.endsWith("/cancel")) heard.canceled.add(id)
      else heard.ids.push(id)
    }
    request.success ??= answer.text
    request.isFinal = true
  } else if (!mayHelpLater(answer, tries)) {
    if (request.success !== null)
      hearing.findings.push(`${request.key} was answered ${answer.text} after ${request.success}`)
    if (answer.status !== 502 && !(request.path.endsWith("/cancel") && answer.status === 409)) {
      hearing.findings.push(`${request.key} is refused: ${answer.text}`)
    }
    request.isFinal = true
  }
})

/** Sends a request until its answer is final. */
export const settle = Effect.fnUntraced(function* (
  world: World,
  hearing: Hearing,
  dice: Dice.Dice,
  tenant: Tenant,
  request: Request
) {
  for (let tries = 0; !request.isFinal; tries++) {
    if (tries > 0) yield* Effect.sleep(Math.min(100 * 2 ** tries, 2_000))
    yield* sendOnce(world, hearing, dice, tenant, request, tries)
  }
})

/** Sends a request that was answered once more: the answer must be the same. */
export const sendAgain = (world: World, hearing: Hearing, tenant: Tenant, request: Request) => {
  const dice = Dice.make(0, request.key)
  return settle(world, hearing, dice, tenant, Object.assign(request, { isFinal: false }))
}

/** Reads something of one's own, and something of another tenant's, which must not be there. */
const read = Effect.fnUntraced(function* (world: World, hearing: Hearing, dice: Dice.Dice, tenant: Tenant) {
  const other = dice.pick(hearing.heard)
  const own = hearing.heard[tenant.number]!
  const id = other.ids.length === 0 ? "" : dice.pick(other.ids)
  if (id === "" || dice.chance(0.3)) {
    const path = dice.pick(["/invoices?limit=20", "/payouts?limit=20", "/balance-transactions?limit=20", "/balance"])
    return yield* Effect.asVoid(call(world, hearing, dice, tenant, path, null, {}, patience))
  }
  const path = `/${id.startsWith("po_") ? "payouts" : "invoices"}/${id}`
  const answer = Option.getOrNull(yield* call(world, hearing, dice, tenant, path, null, {}, patience))
  if (answer === null || answer.status >= 500 || answer.status === 429) return
  const expected = other === own ? 200 : 404
  if (answer.status !== expected)
    hearing.findings.push(`GET ${path} by tenant ${tenant.number}: ${answer.status}, not ${expected}`)
})

/** One thing that a client does. */
const act = Effect.fnUntraced(function* (
  world: World,
  hearing: Hearing,
  dice: Dice.Dice,
  tenant: Tenant,
  reference: string
) {
  const heard = hearing.heard[tenant.number]!
  const what = dice.pick([...Array(6).fill("invoice"), "payout", "payout", "cancel", "read", "read"] as const)
  if (what === "read") return yield* read(world, hearing, dice, tenant)
  const id = what === "cancel" && heard.ids.length > 0 ? dice.pick(heard.ids.slice(-10)) : undefined
  const request: Request =
    id !== undefined
      ? {
          key: `cancel-${reference}`,
          path: `/${id.startsWith("po_") ? "payouts" : "invoices"}/${id}/cancel`,
          body: {},
          success: null,
          isFinal: false
        }
      : {
          key: reference,
          path: what === "payout" ? "/payouts" : "/invoices",
          body: what === "payout" ? Bodies.payout(reference, dice) : Bodies.invoice(reference, dice),
          success: null,
          isFinal: false
        }
  heard.requests.push(request)
  const crowd = dice.chance(0.1) ? dice.between(2, 4) : 1
  yield* Effect.forEach(
    Array.from({ length: crowd }, () => settle(world, hearing, dice, tenant, request)),
    (each) => each,
    { concurrency: "unbounded", discard: true }
  )
})

/** A client that works until it is told to stop; what it has begun it ends. */
export const work = Effect.fnUntraced(function* (
  world: World,
  hearing: Hearing,
  seed: number,
  tenant: Tenant,
  place: number,
  isOver: () => boolean
) {
  const dice = Dice.make(seed, `client ${tenant.number} ${place}`)
  for (let turn = 0; !isOver(); turn++) {
    yield* act(world, hearing, dice, tenant, `${tenant.number}-${place}-${turn}`)
    yield* Effect.sleep(dice.between(20, 200))
  }
})
