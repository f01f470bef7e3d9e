/** The demo tenant: what a user would set up, made again as it should be on every start. */
import { hash } from "@node-rs/bcrypt"
import { ApiKey, type Owner } from "@salesos/core"
import { Setup } from "@salesos/store-postgres"
import { Effect, Redacted } from "effect"
import type { State } from "./State.ts"

/** Where each simulator is, and the credentials that it takes. */
export const simulators = {
  infrapsp: { prefix: "/simulators/infrapsp", credentials: { apiKey: "ipsp_demo", apiSecret: "demo-secret" } },
  sellxpay: { prefix: "/simulators/sellxpay", credentials: { clientId: "sellxpay-demo", clientSecret: "demo-secret" } },
  usdbrl: { prefix: "/simulators/usdbrl", credentials: { clientId: "usdbrl-demo", clientSecret: "demo-secret" } }
} as const

/** What the demo's accounts are told of their simulators, besides the credentials. */
const settings = (base: string) => ({
  infrapsp: {
    baseUrl: `${base}${simulators.infrapsp.prefix}`,
    checkoutUrl: `${base}${simulators.infrapsp.prefix}/checkout/{id}`,
    controlUrl: `${base}${simulators.infrapsp.prefix}/control`
  },
  sellxpay: {
    baseUrl: `${base}${simulators.sellxpay.prefix}/api/v1`,
    controlUrl: `${base}${simulators.sellxpay.prefix}/control`
  },
  usdbrl: {
    baseUrl: `${base}${simulators.usdbrl.prefix}`,
    controlUrl: `${base}${simulators.usdbrl.prefix}/control`
  }
})

const bcryptCost = 10

/** Creates or corrects the demo; nothing that a user has made in it is touched. */
export const setUp = Effect.fn("Demo.setUp")(function* (
  state: State,
  given: { readonly apiKey: string; readonly simulators: string; readonly webhookUrl: string }
) {
  const owner: Owner.Owner = { tenant: state.tenant, environment: "sandbox" }
  yield* Setup.tenant({ id: state.tenant, name: "Demo", timeZone: "America/Sao_Paulo" })
  const told = settings(given.simulators)
  for (const provider of ["infrapsp", "sellxpay", "usdbrl"] as const) {
    yield* Setup.providerAccount(owner, {
      name: provider,
      provider,
      credentials: Redacted.make(simulators[provider].credentials),
      settings: told[provider],
      notificationToken: state.notificationToken
    })
  }
  yield* Setup.apiKey(owner, {
    id: state.apiKeyId,
    name: "demo",
    key: Redacted.make(given.apiKey),
    hash: yield* Effect.promise(() => hash(given.apiKey, { cost: bcryptCost })),
    scopes: ["payments:read", "payments:write", "payments:admin"],
    rateLimitPerHour: ApiKey.maximumRateLimit
  })
  yield* Setup.webhookEndpoint(owner, {
    id: state.webhookEndpoint,
    url: given.webhookUrl,
    events: ["*"],
    description: "Demo",
    secret: Redacted.make(state.webhookSecret)
  })
  return owner
})
