/** The client for everyone: plain values in, promises out, errors as classes. */
import { Api } from "@salesos/api"
import { Effect, Option, Predicate, Redacted, References, Schema, SchemaAST } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { HttpApi, type HttpApiEndpoint, HttpApiSchema } from "effect/http-api"
import * as Client from "./Client.ts"
import * as Failures from "./Failures.ts"
import { next, type Page } from "./Paging.ts"
import type { CallOptions, Promised } from "./Promised.ts"
import type { RetryOptions } from "./Retry.ts"

export interface SalesOSOptions extends RetryOptions {
  /** `sk_live_…`, or `sk_test_…` for the sandbox. */
  readonly apiKey: string | Redacted.Redacted
  /** Where the gateway is, such as `https://payments.example`. */
  readonly baseUrl: string | URL
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

type Plain = Readonly<Record<string, unknown>>

/** An endpoint as the derived client has it. */
type Send = (request: {
  readonly params: Plain
  readonly query: unknown
  readonly payload: unknown
  readonly headers: Plain
}) => Effect.Effect<unknown, unknown>

/** The derived client: groups of endpoints, and the endpoints of no group. */
type Sends = Readonly<Record<string, Send | Readonly<Record<string, Send>>>>

type Method = (input?: Plain, options?: CallOptions) => Promise<unknown>
type Methods = Readonly<Record<string, Method | Readonly<Record<string, Method>>>>

const wellFormedKey = /^sk_(live|test)_[\x21-\x7e]+$/
const wellFormedIdempotencyKey = /^[\x21-\x7e]{1,255}$/

const strictly = { errors: "all", onExcessProperty: "error" } as const

const decode = (schema: Schema.Top, value: unknown) =>
  Schema.decodeUnknownEffect(schema as Schema.Codec<unknown, unknown>)(value, strictly).pipe(
    Effect.mapError(({ message }) => new Failures.InvalidRequest({ message }))
  )

/** A query as it stands in an address: numbers and dates as text. What is undefined is left out. */
const written = (query: Plain): Plain =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => {
      if (value === undefined) return []
      if (typeof value === "string") return [[name, value]]
      return [[name, value instanceof Date ? (value.toJSON() ?? "no date") : JSON.stringify(value)]]
    })
  )

/** Whether it is a list that has pages. */
const takesCursor = ({ query }: HttpApiEndpoint.Top): boolean =>
  query !== undefined &&
  SchemaAST.isObjects(query.ast) &&
  query.ast.propertySignatures.some(({ name }) => name === "starting_after")

const isPage = (value: unknown): value is Page<{ readonly id: string }> =>
  Predicate.hasProperty(value, "object") && value.object === "list"

/** Splits what a method takes into the parts of the request, and checks them before anything is sent. */
const requestOf = Effect.fnUntraced(function* (endpoint: HttpApiEndpoint.Top, input: Plain, options: CallOptions) {
  const inPath = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name)
  const missing = inPath.find((name) => typeof input[name] !== "string" || input[name] === "")
  if (missing !== undefined) {
    return yield* new Failures.InvalidRequest({ message: `${missing}: Expected text that is not empty` })
  }
  const { idempotencyKey } = options
  if (idempotencyKey !== undefined && !wellFormedIdempotencyKey.test(idempotencyKey)) {
    return yield* new Failures.InvalidRequest({ message: "idempotencyKey: Expected 1 to 255 visible ASCII characters" })
  }
  const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !inPath.includes(name)))
  const body = endpoint.payload.values().next().value?.schemas[0]
  if (body === undefined && endpoint.query === undefined && Object.keys(rest).length > 0) {
    return yield* new Failures.InvalidRequest({ message: `Expected no ${Object.keys(rest).join(", ")}` })
  }
  if (body !== undefined) yield* decode(body, rest)
  return {
    params: Object.fromEntries(inPath.map((name) => [name, input[name]])),
    query: endpoint.query === undefined ? {} : yield* decode(endpoint.query, body === undefined ? written(rest) : {}),
    payload: body === undefined ? undefined : rest,
    headers: idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }
  }
})

/** All items of a list whose first page is on its way. */
async function* items(
  first: Promise<unknown>,
  page: (cursor: Plain) => Promise<unknown>
): AsyncGenerator<unknown, void, undefined> {
  for (let current = await first; isPage(current);) {
    yield* current.data
    const cursor = next(current)
    if (Option.isNone(cursor)) return
    current = await page({ ...cursor.value })
  }
}

/** The methods of every endpoint, in their groups. */
const methodsOf = (options: SalesOSOptions): Methods => {
  // Only builds functions. The definition says what they are; here they are all alike.
  const client = Effect.runSync(Effect.provide(Client.make(options), FetchHttpClient.layer)) as unknown as Sends

  const call = (endpoint: HttpApiEndpoint.Top, send: Send, input: Plain, { signal, ...more }: CallOptions) => {
    const hasHeaders = [...endpoint.success].some(HttpApiSchema.isWithHeaders)
    return Effect.runPromise(
      requestOf(endpoint, input, more).pipe(
        Effect.flatMap((request) => Effect.catch(send(request), Failures.fail)),
        Effect.map((answer) => (hasHeaders && Predicate.hasProperty(answer, "body") ? answer.body : answer)),
        Effect.provideService(FetchHttpClient.Fetch, options.fetch ?? globalThis.fetch),
        Effect.provideService(HttpClient.TracerPropagationEnabled, false),
        Effect.provideService(References.TracerEnabled, false)
      ),
      { signal }
    ).catch((error: unknown) => {
      throw signal?.aborted === true ? signal.reason : error
    })
  }

  const methodOf = (endpoint: HttpApiEndpoint.Top, send: Send): Method => {
    const method = (input: Plain = {}, more: CallOptions = {}) => call(endpoint, send, input, more)
    if (!takesCursor(endpoint)) return method
    return (input = {}, more = {}) => {
      const first = method(input, more)
      const iterator = () => items(first, (cursor) => method({ ...input, ...cursor }, more))
      return Object.assign(first, { [Symbol.asyncIterator]: iterator })
    }
  }

  const methods: Record<string, Method | Record<string, Method>> = {}
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group }) => {
      const { identifier } = endpoint
      if (group.topLevel) methods[identifier] = methodOf(endpoint, client[identifier] as Send)
      else {
        const sends = client[group.identifier] as Readonly<Record<string, Send>>
        const own = (methods[group.identifier] ??= {}) as Record<string, Method>
        own[identifier] = methodOf(endpoint, (request) => sends[identifier]!(request))
      }
    }
  })
  return methods
}

/**
 * A client of the gateway. Throws {@link Failures.InvalidRequest} when the key or the address can't be one.
 *
 * ```ts
 * const salesos = new SalesOS({ apiKey: "sk_test_…", baseUrl: "http://127.0.0.1:8080" })
 * const invoice = await salesos.invoices.create({ … })
 * for await (const each of salesos.invoices.list({ status: "open" })) console.log(each.our_number)
 * ```
 *
 * Every method rejects with a `Problems.Problem` that the API answered with, or with one of {@link Failures}.
 */
export const SalesOS = class {
  constructor(options: SalesOSOptions) {
    const { apiKey, baseUrl } = options
    if (!wellFormedKey.test(Redacted.isRedacted(apiKey) ? String(Redacted.value(apiKey)) : apiKey)) {
      throw new Failures.InvalidRequest({ message: "apiKey: Expected a key that begins with sk_live_ or sk_test_" })
    }
    if (!/^https?:/.test(String(baseUrl)) || !URL.canParse(String(baseUrl))) {
      throw new Failures.InvalidRequest({ message: "baseUrl: Expected an http or https URL" })
    }
    Object.assign(this, methodsOf(options))
  }
} as new (options: SalesOSOptions) => Promised
export type SalesOS = Promised
