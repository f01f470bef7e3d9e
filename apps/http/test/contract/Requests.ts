/** Requests made from the document: right ones, and ones with something wrong in the body, the headers, the path or the query. */
import * as fc from "fast-check"
import type { Document, Json, Operation } from "./Document.ts"
import * as Values from "./Values.ts"
import type { Sent } from "./Wire.ts"

/** What only a run knows: a key, and ids that it has seen, by what they begin with. */
export interface Known {
  readonly key: string
  readonly id: (prefix: string, choice: number) => string | undefined
}

export interface Planned extends fc.WithToStringMethod {
  readonly name: string
  readonly operation: Operation
  /** Whether the path and the method are the operation's, so that it is the operation that answers. */
  readonly reaches: boolean
  readonly request: (known: Known) => Sent
}

type Header = readonly [name: string, value: string]

/** The parts of a request before they are put together. */
interface Parts {
  readonly method: string
  readonly path: string
  readonly query: ReadonlyArray<readonly [name: string, value: string]>
  readonly headers: ReadonlyArray<Header>
  readonly body: Uint8Array
}

const utf8 = new TextEncoder()
const printed = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value))

/** Text as a part of an address. A lone surrogate can't be written there. */
const inAddress = (text: string): string => encodeURIComponent(text.toWellFormed())

const idOf = (example: Json | undefined) => (typeof example === "string" ? (example.split("_")[0] ?? "") : "")

/** A request that is right, as far as the document says. */
const right = (document: Document, operation: Operation): fc.Arbitrary<(known: Known) => Parts> => {
  const of = (place: string) => operation.parameters.filter((parameter) => parameter.in === place)
  /** Those that are required, and some of the others: all filters at once find nothing. */
  const values = (place: string) =>
    fc
      .shuffledSubarray(of(place).filter(({ required }) => !required))
      .map((some) => [...of(place).filter(({ required }) => required), ...some.slice(0, 3)])
      .chain((chosen) =>
        fc.record(Object.fromEntries(chosen.map(({ name, schema }) => [name, Values.allowed(document, schema)])), {
          noNullPrototype: true
        })
      )
  const body = operation.body === undefined ? fc.constant(undefined) : Values.allowed(document, operation.body)
  return fc
    .record({
      query: values("query"),
      path: values("path"),
      body,
      choice: fc.nat(),
      key: fc.stringMatching(/^[\x21-\x7e]{8,64}$/)
    })
    .map(({ body, choice, key, path, query }) => (known) => ({
      method: operation.method,
      path: operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
        const examples = operation.parameters.find((each) => each.name === name)?.schema.examples
        // An empty one would be another path.
        return inAddress(known.id(idOf(examples?.[0]), choice) ?? printed(path[name] ?? "")) || "x"
      }),
      query: Object.entries(query).map(([name, value]) => [name, printed(value)] as const),
      headers: [
        ...(operation.security.length > 0 ? [["authorization", `Bearer ${known.key}`] as const] : []),
        ...(of("header").some(({ name }) => name === "Idempotency-Key") ? [["idempotency-key", key] as const] : []),
        ...(body === undefined ? [] : [["content-type", "application/json"] as const])
      ],
      body: utf8.encode(body === undefined ? "" : JSON.stringify(body))
    }))
}

/** What may be wrong with a request: a name for it, and whether the operation still gets it. */
type Wrong = readonly [name: string, reaches: boolean, change: fc.Arbitrary<(parts: Parts, known: Known) => Parts>]

const just = (change: (parts: Parts) => Parts) => fc.constant(change)

const without = (headers: Parts["headers"], name: string) => headers.filter(([each]) => each !== name)

const header = (name: string, ...values: ReadonlyArray<string>) =>
  fc.constantFrom(...values).map((value) => (parts: Parts): Parts => ({
    ...parts,
    headers: [...without(parts.headers, name), [name, value]]
  }))

const bodies = (change: (body: Uint8Array) => Uint8Array) => just((parts) => ({ ...parts, body: change(parts.body) }))
const text = (make: (body: string) => string) => bodies((body) => utf8.encode(make(new TextDecoder().decode(body))))

const wrongs: ReadonlyArray<Wrong> = [
  ["no Authorization", true, just((parts) => ({ ...parts, headers: without(parts.headers, "authorization") }))],
  [
    "an odd Authorization",
    true,
    header(
      "authorization",
      "",
      "Bearer",
      "Bearer ",
      "bearer x",
      "Basic dXNlcjpwYXNz",
      "Bearer sk_test_0123456789abcdef",
      "Bearer sk_live_é0123456789abcdef",
      `Bearer ${"x".repeat(4000)}`,
      "Bearer a, Bearer b",
      "\u00ff"
    )
  ],
  [
    "Authorization twice",
    true,
    just((parts) => ({ ...parts, headers: [...parts.headers, ["authorization", "Bearer other"]] }))
  ],
  ["no Idempotency-Key", true, just((parts) => ({ ...parts, headers: without(parts.headers, "idempotency-key") }))],
  [
    "an odd Idempotency-Key",
    true,
    header("idempotency-key", "", " ", "a b", "x".repeat(256), "é", "\u0001".repeat(0), "a,b", "😀")
  ],
  [
    "Idempotency-Key twice",
    true,
    just((parts) => ({ ...parts, headers: [...parts.headers, ["idempotency-key", "second"]] }))
  ],
  ["no Content-Type", true, just((parts) => ({ ...parts, headers: without(parts.headers, "content-type") }))],
  [
    "an odd Content-Type",
    true,
    header(
      "content-type",
      "",
      "text/plain",
      "application/json; charset=utf-16",
      "APPLICATION/JSON",
      "application/json;",
      ";",
      "multipart/form-data",
      "application/x-www-form-urlencoded",
      "application/json, text/plain",
      "application/problem+json"
    )
  ],
  [
    "an odd Accept",
    true,
    header("accept", "", "*/*", "text/csv", "text/html", "application/xml", ";q=9", "application/json;q=0")
  ],
  ["a Content-Encoding", true, header("content-encoding", "gzip", "br", "x")],
  ["odd headers", true, header("x-odd", "", "x".repeat(8000), "\u00e9\u00ff", "a\tb")],
  ["a claim to come from elsewhere", true, header("x-forwarded-for", "127.0.0.1", "'", "::1, 10.0.0.1")],
  ["another Host", true, header("host", "evil.example", "[::1]", "127.0.0.1:1", "a".repeat(300))],
  ["no body", true, bodies(() => new Uint8Array())],
  ["JSON cut short", true, text((body) => body.slice(0, -1))],
  ["JSON and more", true, text((body) => `${body}}`)],
  ["a byte order mark", true, text((body) => `\ufeff${body}`)],
  ["a raw U+0000", true, text((body) => `${body}\u0000`)],
  [
    "JSON that is no object",
    true,
    fc
      .constantFrom("null", "[]", "1", '"x"', "true", "{}", "[{}]", "NaN", "undefined", "{'a':1}")
      .map((json) => (parts: Parts): Parts => ({ ...parts, body: utf8.encode(json) }))
  ],
  [
    "invalid UTF-8",
    true,
    bodies((body) => Buffer.concat([body.subarray(0, 12), Buffer.from([0xff, 0xc0, 0x80]), body.subarray(12)]))
  ],
  ["UTF-16", true, bodies((body) => Buffer.from(new TextDecoder().decode(body), "utf16le"))],
  ["a name twice", true, text((body) => body.replace(/^\{/, '{"amount":1,"amount":2,"__proto__":{"a":1},'))],
  ["a number beyond all numbers", true, text((body) => body.replace(/:\d+/, ":1e999"))],
  ["a body nested without end", true, text(() => "[".repeat(200_000))],
  ["objects nested without end", true, text(() => `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`)],
  ["a body of almost a megabyte", true, text(() => JSON.stringify({ description: "x".repeat(1_040_000) }))],
  ["a body of more than a megabyte", true, text(() => JSON.stringify({ description: "x".repeat(1_100_000) }))],
  ["a parameter twice", true, just((parts) => ({ ...parts, query: [...parts.query, ["limit", "1"], ["limit", "2"]] }))],
  [
    "unknown parameters",
    true,
    fc
      .constantFrom("__proto__", "constructor", "limit[]", "created[gte][x]", "", "a.b", "%00")
      .map((name) => (parts: Parts): Parts => ({ ...parts, query: [...parts.query, [name, "1"]] }))
  ],
  [
    "an odd value of a parameter",
    true,
    fc.tuple(fc.nat(), Values.odd).map(
      ([index, value]) =>
        (parts: Parts): Parts =>
          parts.query.length === 0
            ? parts
            : {
                ...parts,
                query: parts.query.with(index % parts.query.length, [
                  parts.query[index % parts.query.length]?.[0] ?? "",
                  printed(value).slice(0, 3000)
                ])
              }
    )
  ],
  [
    "many parameters",
    true,
    just((parts) => ({ ...parts, query: Array.from({ length: 500 }, (_, index) => [`p${index}`, "1"] as const) }))
  ],
  [
    "another method",
    false,
    fc
      .constantFrom("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "GET", "POST", "FOO", "get")
      .map((method) => (parts: Parts): Parts => ({ ...parts, method }))
  ],
  [
    "an odd path",
    false,
    fc
      .constantFrom<(path: string) => string>(
        (path) => `/${path}`,
        (path) => `${path}/`,
        (path) => `${path}//`,
        (path) => path.toUpperCase(),
        (path) => `${path}/..`,
        (path) => `/.${path}`,
        (path) => `${path}%00`,
        (path) => `${path}%zz`,
        (path) => `${path}%2f..%2f`,
        (path) => `${path};a=b`,
        (path) => path.replace("/v1", "%2fv1"),
        (path) => `${path}/${"x".repeat(6000)}`,
        (path) => `http://evil.example${path}`,
        () => "*",
        () => "//",
        (path) => `${path}?`,
        (path) => `${path}#x`,
        (path) => `${path}\u00e9`
      )
      .map((change) => (parts: Parts): Parts => ({ ...parts, path: change(parts.path) }))
  ],
  [
    "the id of nothing",
    true,
    fc.tuple(fc.oneof(Values.odd, Values.oddNames)).map(([id]) => (parts: Parts): Parts => ({
      ...parts,
      path: parts.path.replace(/\/[a-z]+_[0-9A-Z]{26}(?=\/|$)/, `/${inAddress(printed(id)).slice(0, 500) || "x"}`)
    }))
  ]
]

const put = ({ body, headers, method, path, query }: Parts): Sent => ({
  method,
  target:
    query.length === 0
      ? path
      : `${path}?${query.map(([name, value]) => `${name === "%00" ? name : inAddress(name)}=${inAddress(value)}`).join("&")}`,
  headers: [
    ...(headers.some(([name]) => name === "host") ? [] : [["host", "127.0.0.1"] as const]),
    ["connection", "close"],
    ...(body.length === 0 && (method === "GET" || method === "HEAD")
      ? []
      : [["content-length", String(body.length)] as const]),
    ...headers
  ],
  body
})

/** Any request to an operation: a third of them right, a third with a body that is wrong somewhere, a third wrong elsewhere. */
const of = (document: Document, operation: Operation): fc.Arbitrary<Planned> => {
  const good = right(document, operation)
  const plan = (name: string, reaches: boolean, request: Planned["request"]): Planned => ({
    name: `${operation.operationId}, ${name}`,
    operation,
    reaches,
    request,
    [fc.toStringMethod]: () => name
  })
  const wrong = fc
    .constantFrom(...wrongs)
    .chain(([name, reaches, change]) =>
      fc.tuple(good, change).map(([parts, by]) => plan(name, reaches, (known) => put(by(parts(known), known))))
    )
  const body =
    operation.body === undefined
      ? []
      : [
          fc
            .tuple(good, Values.allowed(document, operation.body).chain(Values.broken))
            .map(([parts, value]) =>
              plan("a wrong body", true, (known) => put({ ...parts(known), body: utf8.encode(JSON.stringify(value)) }))
            )
        ]
  return fc.oneof(
    good.map((parts) => plan("as documented", true, (known) => put(parts(known)))),
    ...body,
    wrong
  )
}

/** Any request to any operation of a document. */
export const any = (document: Document): fc.Arbitrary<Planned> =>
  fc.oneof(...document.operations.map((operation) => of(document, operation)))
