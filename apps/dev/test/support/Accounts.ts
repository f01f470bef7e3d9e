/** The use cases over a real database and the three simulators over HTTP, and nobody who tells of anything. */
import { Gateway } from "@salesos/app-wiring"
import { Ids, Settings } from "@salesos/core"
import * as InfraPsp from "@salesos/provider-infrapsp/simulator"
import * as SellxPay from "@salesos/provider-sellxpay/simulator"
import * as UsdBrl from "@salesos/provider-usdbrl/simulator"
import { Migrations, Setup, Vault } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { Effect, Layer, Option, Redacted, Schema } from "effect"
import { randomBytes } from "node:crypto"
import { request } from "./Api.ts"
import * as Simulated from "./Simulated.ts"

const credentials = {
  infrapsp: Simulated.credentials,
  sellxpay: { clientId: "sellxpay-test", clientSecret: "simulator-secret" },
  usdbrl: { clientId: "usdbrl-test", clientSecret: "simulator-secret" }
}

const simulators = Simulated.serve(
  Layer.mergeAll(
    InfraPsp.layer({ ...credentials.infrapsp, prefix: "/infrapsp" }),
    SellxPay.layer({ ...credentials.sellxpay, prefix: "/sellxpay", callsPerMinute: 10_000 }),
    UsdBrl.layer({ ...credentials.usdbrl, prefix: "/usdbrl" })
  )
)

const WithId = Schema.fromJsonString(Schema.Struct({ id: Schema.String }))
const decodeId = Schema.decodeUnknownEffect(WithId)

/** A tenant with an account at each provider. */
export const make = Effect.gen(function* () {
  const { url: databaseUrl } = yield* TestDatabase.make(Migrations.migrate)
  const base = yield* simulators
  const encryptionKey = Vault.generateKey()
  const context = yield* Layer.build(
    Gateway.layer(
      {
        databaseUrl: Redacted.make(databaseUrl),
        maxConnections: 10,
        encryptionKeys: Redacted.make(encryptionKey),
        // Nobody listens there: every notification is lost.
        settings: { ...Settings.defaults, publicUrl: "http://127.0.0.1:9" }
      },
      "test"
    )
  )
  const owner = { tenant: yield* Ids.generate("ten"), environment: "sandbox" as const }
  yield* Effect.gen(function* () {
    yield* Setup.tenant({ id: owner.tenant, name: "Test", timeZone: "America/Sao_Paulo" })
    for (const provider of ["infrapsp", "sellxpay", "usdbrl"] as const) {
      yield* Setup.providerAccount(owner, {
        name: provider,
        provider,
        credentials: Redacted.make(credentials[provider]),
        settings: { baseUrl: `${base}/${provider}${provider === "sellxpay" ? "/api/v1" : ""}` },
        notificationToken: randomBytes(18).toString("base64url")
      })
    }
  }).pipe(Effect.provideContext(context))

  return {
    owner,
    /** The ports. */
    context,
    /** A control endpoint of a simulator; gives the id of what it answers with. */
    control: (provider: keyof typeof credentials, path: string, body: unknown = {}) =>
      request(`${base}/${provider}/control/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body)
      }).pipe(
        Effect.map(Option.getOrThrow),
        Effect.flatMap(({ status, text }) =>
          status === 200 ? decodeId(text) : Effect.die(new Error(`${path}: ${status} ${text}`))
        ),
        Effect.map(({ id }) => id),
        Effect.orDie
      )
  }
})
