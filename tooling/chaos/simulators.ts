/** The providers: a simulator of each for every tenant, so that each has books and a balance of its own, and what is in them. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as InfraPsp from "@salesos/provider-infrapsp/simulator"
import * as SellxPay from "@salesos/provider-sellxpay/simulator"
import * as UsdBrl from "@salesos/provider-usdbrl/simulator"
import { Context, Effect, Layer, Schema } from "effect"
import { FetchHttpClient, HttpRouter, HttpServer } from "effect/http"
import { NetAddress } from "effect/net"
import { randomBytes } from "node:crypto"
import { createServer } from "node:http"

export const providers = ["infrapsp", "sellxpay", "usdbrl"] as const
export type ProviderName = (typeof providers)[number]

/** Secrets that must turn up nowhere. */
const drawn = () => ({
  infrapsp: { apiKey: `ipsp_${randomBytes(6).toString("hex")}`, apiSecret: `psp-${randomBytes(12).toString("hex")}` },
  sellxpay: { clientId: randomBytes(6).toString("hex"), clientSecret: `sellx-${randomBytes(12).toString("hex")}` },
  usdbrl: { clientId: randomBytes(6).toString("hex"), clientSecret: `usdbrl-${randomBytes(12).toString("hex")}` }
})
export type Credentials = ReturnType<typeof drawn>

export const prefixOf = (tenant: number, provider: ProviderName): string => `/${tenant}/${provider}`

/** Serves the simulators of so many tenants on a free port while the scope lives. */
export const serve = Effect.fnUntraced(function* (tenants: number) {
  const credentials = Array.from({ length: tenants }, drawn)
  const layers = credentials.map((each, tenant) =>
    Layer.mergeAll(
      InfraPsp.layer({ ...each.infrapsp, prefix: prefixOf(tenant, "infrapsp") }),
      SellxPay.layer({ ...each.sellxpay, prefix: prefixOf(tenant, "sellxpay"), callsPerMinute: 100_000 }),
      UsdBrl.layer({ ...each.usdbrl, prefix: prefixOf(tenant, "usdbrl") })
    )
  )
  const all = layers.reduce((merged, layer) => Layer.merge(merged, layer))
  const context = yield* Layer.build(
    HttpRouter.serve(all, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(
        NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0, gracefulShutdownTimeout: "1 second" })
      ),
      Layer.provide(Layer.merge(FetchHttpClient.layer, NodeFileSystem.layer))
    )
  )
  const { address } = Context.get(context, HttpServer.HttpServer)
  if (NetAddress.isUnixPathAddress(address)) return yield* Effect.die(new Error("Expected a port"))
  return { url: `http://127.0.0.1:${address.port}`, credentials }
})

/** An operation in a provider's books. */
export interface Row {
  readonly id: string
  /** What it was sent under. */
  readonly reference: string
  readonly kind: "charge" | "payout"
  readonly status: string
}

type Listed = Readonly<Record<string, unknown>>
const decodeLists = Schema.decodeUnknownSync(
  Schema.Record(Schema.String, Schema.Union([Schema.Int, Schema.Array(Schema.Record(Schema.String, Schema.Unknown))]))
)

/** One list of the control endpoints: as many of the newest rows as it shows. */
const list = (url: string, name: string): Effect.Effect<ReadonlyArray<Listed>> =>
  Effect.promise(async () => {
    const { [name]: rows = [] } = decodeLists(await (await fetch(url)).json())
    return typeof rows === "number" ? [] : rows
  })

const rowOf =
  (kind: Row["kind"], reference: string) =>
  (row: Listed): Row => ({
    id: String(row["id"]),
    reference: String(row[reference]),
    kind,
    status: String(row["status"] ?? row["payment_status"])
  })

/** The newest operations of a tenant at a provider, a thousand of a kind at most, or those sent under a reference. */
export const operations = Effect.fnUntraced(function* (
  url: string,
  tenant: number,
  provider: ProviderName,
  reference?: string
) {
  const base = `${url}${prefixOf(tenant, provider)}/control`
  const by = (name: string) => (reference === undefined ? "" : `?${name}=${encodeURIComponent(reference)}`)
  switch (provider) {
    case "infrapsp": {
      // What was paid by a link is a part of the link.
      const charges = yield* list(`${base}/transactions${by("externalId")}`, "transactions")
      const links = yield* list(`${base}/pre-transactions${by("externalId")}`, "preTransactions")
      const own = charges.filter((row) => (row["preTransactionId"] ?? null) === null)
      return [...own, ...links].map(rowOf("charge", "externalId"))
    }
    case "sellxpay": {
      const rows = yield* list(`${base}/transactions${by("external_id")}`, "transactions")
      return rows.map((row) => rowOf(row["type"] === "withdraw" ? "payout" : "charge", "external_id")(row))
    }
    case "usdbrl":
      return (yield* list(`${base}/payments${by("transaction_id")}`, "payments")).map(rowOf("charge", "transaction_id"))
  }
})

/** Has a simulator do something to one of its rows; what it does not allow is not done. */
export const act = (url: string, tenant: number, provider: ProviderName, path: string): Effect.Effect<boolean> =>
  Effect.promise(async () => {
    const response = await fetch(`${url}${prefixOf(tenant, provider)}/control/${path}`, { method: "POST" })
    await response.arrayBuffer()
    return response.ok
  })
