/** The API as a client sees it. */
import { basePath, BalanceTransactions, Invoices, WebhookEndpoints } from "@salesos/api"
import { Effect, Option, Schema } from "effect"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

const parse = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const decodeInvoice = Schema.decodeUnknownOption(Invoices.Invoice, { onExcessProperty: "error" })
const decodeInvoices = Schema.decodeUnknownEffect(Invoices.InvoiceList, { onExcessProperty: "error" })
const decodeRows = Schema.decodeUnknownEffect(BalanceTransactions.BalanceTransactionList, { onExcessProperty: "error" })
const decodeEndpoint = Schema.decodeUnknownEffect(WebhookEndpoints.CreatedWebhookEndpoint, {
  onExcessProperty: "error"
})

/** A PIX invoice of an amount, which says when the sandbox pays it: after its last two digits in seconds. */
export const invoice = (amount: number) => ({
  customer: { country: "BR", document: cpf, name: "Maria da Silva", email: "maria@example.com" },
  amount,
  currency: "BRL",
  description: "Consulting - April/2026",
  payment_method: { type: "pix" },
  cost_center: "CC-MKT"
})

/** The CPF of every invoice, which must not turn up in a log. */
export const cpf = "52998224725"

/** None while nobody answers. */
export const request = (url: string, init: RequestInit = {}): Effect.Effect<Option.Option<Answer>> =>
  Effect.option(
    Effect.tryPromise(async (signal) => {
      const response = await fetch(url, { ...init, signal })
      return { status: response.status, headers: response.headers, text: await response.text() }
    })
  )

/** An answer as an invoice, where it is one. */
export const asInvoice = (answer: Option.Option<Answer>): Option.Option<Invoices.Invoice> =>
  answer.pipe(
    Option.filter(({ status }) => status < 300),
    Option.flatMap(({ text }) => parse(text)),
    Option.flatMap(decodeInvoice)
  )

/** Calls with a key. */
export const client = (url: string, key: string) => {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" }
  const post = (path: string, idempotencyKey: string, body: unknown) =>
    request(`${url}${basePath}${path}`, {
      method: "POST",
      headers: { ...headers, "idempotency-key": idempotencyKey },
      body: JSON.stringify(body)
    })
  const read = Effect.fnUntraced(function* (path: string) {
    const answer = yield* request(`${url}${basePath}${path}`, { headers })
    return Option.getOrUndefined(Option.flatMap(answer, ({ text }) => parse(text)))
  })
  return {
    post,
    create: (idempotencyKey: string, body: unknown) => post("/invoices", idempotencyKey, body),
    get: (id: string) => Effect.map(request(`${url}${basePath}/invoices/${id}`, { headers }), asInvoice),
    invoices: read("/invoices").pipe(
      Effect.flatMap(decodeInvoices),
      Effect.map(({ data }) => data),
      Effect.orElseSucceed(() => [])
    ),
    statement: read("/balance-transactions").pipe(
      Effect.flatMap(decodeRows),
      Effect.map(({ data }) => data),
      Effect.orDie
    ),
    /** Registers a webhook endpoint and gives its secret. */
    register: (endpoint: string) =>
      post("/webhook-endpoints", `register ${endpoint}`.replaceAll(/\W/g, "-"), { url: endpoint, events: ["*"] }).pipe(
        Effect.flatMap((answer) =>
          decodeEndpoint(Option.getOrUndefined(Option.flatMap(answer, ({ text }) => parse(text))))
        ),
        Effect.map(({ secret = "" }) => secret),
        Effect.orDie
      )
  }
}

export type Client = ReturnType<typeof client>
