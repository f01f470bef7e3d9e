/** A provider of one's own: the simulator on a free port, and what only its control endpoints can do. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Simulator from "@salesos/provider-infrapsp/simulator"
import * as SellxPay from "@salesos/provider-sellxpay/simulator"
import { Context, Effect, Layer, Schema } from "effect"
import { FetchHttpClient, HttpRouter, HttpServer } from "effect/http"
import { NetAddress } from "effect/net"
import { createServer } from "node:http"
import * as Http from "./Http.ts"

export const credentials = { apiKey: "ipsp_test", apiSecret: "simulator-secret" }

/** The faults a test sets; see the simulator's own `faults.ts`. */
export interface Faults {
  readonly down?: boolean
  readonly createDelayMs?: number
  readonly holdCreateAnswers?: boolean
  readonly dropNotifications?: boolean
  readonly rejectCreates?: { readonly code: string; readonly message: string } | null
  readonly truncateCreateAnswers?: boolean
  readonly createStatus?: number | null
}

const Charges = Schema.Struct({
  count: Schema.Int,
  transactions: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      status: Schema.String,
      amount: Schema.Int,
      externalId: Schema.NullOr(Schema.String)
    })
  )
})
const decodeCharges = Schema.decodeUnknownEffect(Charges)

const Payables = Schema.Array(
  Schema.Struct({ transactionId: Schema.String, amount: Schema.Int, fee: Schema.Int, paymentDate: Schema.String })
)
const decodePayables = Schema.decodeUnknownEffect(Payables)

/** Serves a simulator on a free port or the one given, and stops it with the scope. Gives its address, and its control. */
const serve = Effect.fnUntraced(function* (simulator: ReturnType<typeof Simulator.layer>, port = 0) {
  const context = yield* Layer.build(
    HttpRouter.serve(simulator, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(
        Layer.fresh(
          NodeHttpServer.layer(createServer, { host: "127.0.0.1", port, gracefulShutdownTimeout: "1 second" })
        )
      ),
      Layer.provide(FetchHttpClient.layer)
    )
  )
  const { address } = Context.get(context, HttpServer.HttpServer)
  if (NetAddress.isUnixPathAddress(address)) return yield* Effect.die(new Error("Expected a port"))
  const url = `http://127.0.0.1:${address.port}`

  const control = Effect.fnUntraced(function* (method: string, path: string, body?: unknown) {
    const answer = yield* Http.send(`${url}/control/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body)
    })
    if (answer.status >= 300) return yield* Effect.die(new Error(`${path}: ${answer.status} ${answer.text}`))
    return answer
  }, Effect.orDie)

  return {
    url,
    control,
    controlUrl: `${url}/control`,
    /** Changes faults; the others stay. */
    set: (faults: Faults) => Effect.asVoid(control("POST", "faults", faults)),
    /** Takes all faults back, and lets what is held go. */
    heal: Effect.asVoid(control("DELETE", "faults"))
  }
})

const Payments = Schema.Struct({
  count: Schema.Int,
  transactions: Schema.Array(
    Schema.Struct({ id: Schema.String, status: Schema.String, external_id: Schema.NullOr(Schema.String) })
  )
})
const decodePayments = Schema.decodeUnknownEffect(Payments)

export const sellxPayCredentials = { clientId: "client", clientSecret: "simulator-secret" }

/** A provider that pays: a simulator of SellxPay. */
export const startSellxPay = Effect.fnUntraced(function* () {
  const { control, ...served } = yield* serve(SellxPay.layer({ ...sellxPayCredentials, callsPerMinute: 100_000 }))
  /** The transfers there under a reference, or all of them. */
  const payments = (reference?: string) =>
    control("GET", `transactions${reference === undefined ? "" : `?external_id=${reference}`}`).pipe(
      Effect.flatMap((answer) => decodePayments(Http.json(answer))),
      Effect.map(({ transactions }) => transactions),
      Effect.orDie
    )
  return {
    ...served,
    payments,
    blockPayouts: (blocked: boolean) => Effect.asVoid(control("POST", "cash-out", { blocked })),
    /** The transfer under a reference is made. */
    pay: Effect.fnUntraced(function* (reference: string) {
      for (const { id } of yield* payments(reference)) yield* control("POST", `transactions/${id}/pay`)
    })
  }
})

/** Starts a simulator that knows nobody, on a free port or the one given, and stops it with the scope. */
export const start = Effect.fnUntraced(function* (port = 0) {
  const { control, url, ...served } = yield* serve(Simulator.layer(credentials), port)

  /** The charges there: all of them, or those under a reference. */
  const charges = (reference?: string) =>
    control("GET", `transactions${reference === undefined ? "" : `?externalId=${reference}`}`).pipe(
      Effect.flatMap((answer) => decodeCharges(Http.json(answer))),
      Effect.map(({ transactions }) => transactions),
      Effect.orDie
    )

  /** What the provider owes us for a charge, with its fee and date, as its own API tells. */
  const payables = Effect.fnUntraced(function* (transactionId: string) {
    const answer = yield* Http.send(`${url}/v1/payables?transactionId=${transactionId}`, {
      headers: { authorization: `Bearer ${credentials.apiKey}.${credentials.apiSecret}` }
    })
    return yield* decodePayables(Http.json(answer))
  }, Effect.orDie)

  const end = (ending: "pay" | "expire" | "fail") =>
    Effect.fnUntraced(function* (reference: string) {
      for (const { id } of yield* charges(reference)) yield* control("POST", `transactions/${id}/${ending}`)
    })

  return {
    ...served,
    url,
    charges,
    payables,
    pay: end("pay"),
    expire: end("expire"),
    fail: end("fail")
  }
})

export type Simulated = Effect.Success<ReturnType<typeof start>>
