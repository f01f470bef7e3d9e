/**
 * Clients as they should be: every POST has a key, and is sent again with that key until its answer is final. Some hang up, some send
 * the same thing several times at once, and all notice when they are answered otherwise than before.
 */
import { basePath } from "@salesos/api"
import { Effect, Option } from "effect"
import * as Bodies from "./bodies.ts"
import * as Dice from "./dice.ts"
import type { Pace } from "./pace.ts"
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
  /** Ids of those invoices in BRL, for which tax documents are issued, and the paths of such documents. */
  readonly inReais: Array<string>
  readonly documents: Array<string>
}

/** What was heard by all. */
export interface Hearing {
  /** By the tenants' numbers. */
  readonly heard: ReadonlyMap<number, Heard>
  /** When each answer with 2xx came, in milliseconds since 1970. */
  readonly answeredAt: Array<number>
  /** How often each status was answered; 0 for none. */
  readonly statuses: Map<number, number>
  readonly findings: Array<string>
}

export const hearing = (tenants: ReadonlyArray<Tenant>): Hearing => ({
  heard: new Map(
    tenants.map(({ number }) => [
      number,
      { requests: [], ids: [], canceled: new Set<string>(), inReais: [], documents: [] }
    ])
  ),
  answeredAt: [],
  statuses: new Map(),
  findings: []
})

/** How often 502 is taken for a passing trouble where it may be the provider's last word: an odd amount, a cancellation. */
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

const fieldsOf = (
  text: string
): { readonly id?: string; readonly code?: string; readonly currency?: string; readonly object?: string } =>
  JSON.parse(text)

/** Keeps what came to be. */
const remember = (heard: Heard, { path }: Request, text: string): void => {
  const { currency, id = "", object } = fieldsOf(text)
  if (object === "tax_document") {
    if (path.endsWith("/cancel")) heard.canceled.add(id)
    else heard.documents.push(`${path}/${id}`)
  } else if (path.endsWith("/cancel")) heard.canceled.add(id)
  else {
    heard.ids.push(id)
    if (object === "invoice" && currency === "BRL") heard.inReais.push(id)
  }
}

/** What is said of something that is over by the time that it is asked for, or that can't be had of it. */
const tooLate = ["invalid_state", "payout_not_cancelable", "cancellation_window_expired"]
const busy = ["idempotency_in_progress", "operation_in_progress"]

const isCreation = ({ path }: Pick<Request, "path">): boolean => path === "/invoices" || path === "/payouts"

/** Whether the provider may refuse it for good. What is refused otherwise was not the provider's to refuse. */
const mayFail = (request: Request): boolean => !isCreation(request) || Bodies.fails(request.body)

/** Busy and broken things are asked again; what is refused is not. */
const mayHelpLater = (request: Request, { status, text }: Answer, tries: number): boolean =>
  status === 429 ||
  (status === 502 ? !mayFail(request) || tries < triesOf502 : status >= 500) ||
  (status === 409 && busy.includes(fieldsOf(text).code ?? ""))

/** Whether an answer that is no success is one that the documentation foresees here. */
const isForeseen = (request: Request, { status, text }: Answer): boolean =>
  status === 502 || (status === 409 && !isCreation(request) && tooLate.includes(fieldsOf(text).code ?? ""))

/** One sending of a request. */
const sendOnce = Effect.fnUntraced(function* (
  world: World,
  hearing: Hearing,
  dice: Dice.Dice,
  tenant: Tenant,
  request: Request,
  tries: number
) {
  const waits = dice.chance(0.06) ? dice.between(5, 300) : world.pace.clientPatience
  const init = { method: "POST", body: JSON.stringify(request.body) }
  const answer = Option.getOrNull(yield* call(world, hearing, dice, tenant, request.path, request.key, init, waits))
  if (answer === null) return
  const heard = hearing.heard.get(tenant.number)!
  if (answer.status < 300) {
    if (request.success !== null && request.success !== answer.text) {
      hearing.findings.push(`${request.key} was answered ${answer.text} after ${request.success}`)
    }
    if (request.success === null) remember(heard, request, answer.text)
    request.success ??= answer.text
    request.isFinal = true
  } else if (!mayHelpLater(request, answer, tries)) {
    if (request.success !== null)
      hearing.findings.push(`${request.key} was answered ${answer.text} after ${request.success}`)
    if (!isForeseen(request, answer)) hearing.findings.push(`${request.key} is refused: ${answer.text}`)
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
  const other = dice.pick([...hearing.heard.values()])
  const own = hearing.heard.get(tenant.number)!
  const id = other.ids.length === 0 ? "" : dice.pick(other.ids)
  if (id === "" || dice.chance(0.3)) {
    const path = dice.pick(["/invoices?limit=20", "/payouts?limit=20", "/balance-transactions?limit=20", "/balance"])
    const listed = yield* call(world, hearing, dice, tenant, path, null, {}, world.pace.clientPatience)
    const { text } = Option.getOrElse(listed, () => ({ text: "" }))
    const foreign = [...hearing.heard.values()].flatMap(({ ids }) => (ids === own.ids ? [] : ids))
    if (foreign.some((each) => text.includes(each))) {
      hearing.findings.push(`GET ${path} by tenant ${tenant.number} shows what is another's: ${text}`)
    }
    return
  }
  const path = `/${id.startsWith("po_") ? "payouts" : "invoices"}/${id}`
  const answer = Option.getOrNull(yield* call(world, hearing, dice, tenant, path, null, {}, world.pace.clientPatience))
  if (answer === null || answer.status >= 500 || answer.status === 429) return
  const expected = other === own ? 200 : 404
  if (answer.status !== expected)
    hearing.findings.push(`GET ${path} by tenant ${tenant.number}: ${answer.status}, not ${expected}`)
})

/** What a client asks for next, by the chances of its kinds; null where there is nothing yet to ask it of. */
const next = (heard: Heard, dice: Dice.Dice, pace: Pace, reference: string): Pick<Request, "path" | "body"> | null => {
  const recent = (all: ReadonlyArray<string>): string | undefined =>
    all.length === 0 ? undefined : dice.pick(all.slice(-10))
  const kinds = [
    ...Array(6).fill("invoice"),
    "payout",
    "payout",
    "cancel",
    "cancel",
    "document",
    "cancel document"
  ] as const
  switch (dice.pick(kinds)) {
    case "payout":
      return { path: "/payouts", body: Bodies.payout(reference, dice, pace) }
    case "cancel": {
      const id = recent(heard.ids)
      return id === undefined
        ? null
        : { path: `/${id.startsWith("po_") ? "payouts" : "invoices"}/${id}/cancel`, body: {} }
    }
    case "document": {
      const id = recent(heard.inReais)
      return id === undefined ? null : { path: `/invoices/${id}/tax-documents`, body: { type: "nfse" } }
    }
    case "cancel document": {
      const path = recent(heard.documents)
      return path === undefined ? null : { path: `${path}/cancel`, body: { reason: "Not rendered" } }
    }
    default:
      return { path: "/invoices", body: Bodies.invoice(reference, dice, pace) }
  }
}

/** One thing that a client does. */
const act = Effect.fnUntraced(function* (
  world: World,
  hearing: Hearing,
  dice: Dice.Dice,
  tenant: Tenant,
  reference: string
) {
  const heard = hearing.heard.get(tenant.number)!
  const asked = dice.chance(0.15) ? null : next(heard, dice, world.pace, reference)
  if (asked === null) return yield* read(world, hearing, dice, tenant)
  const key = isCreation(asked) ? reference : `of-${reference}`
  const request: Request = { ...asked, key, success: null, isFinal: false }
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
