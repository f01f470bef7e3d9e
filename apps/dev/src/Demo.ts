/** The demo tenant: what a user would set up, made again as it should be on every start. */
import { hash } from "@node-rs/bcrypt"
import type { Owner } from "@salesos/core"
import { Setup } from "@salesos/store-postgres"
import { Effect, Redacted } from "effect"
import type { State } from "./State.ts"

/** The credentials that the simulator takes. */
export const simulatorCredentials = { apiKey: "ipsp_demo", apiSecret: "demo-secret" } as const

export const simulatorPath = "/simulators/infrapsp"

const bcryptCost = 10

/** Creates or corrects the demo; nothing that a user has made in it is touched. */
export const setUp = Effect.fn("Demo.setUp")(function* (
  state: State,
  given: { readonly apiKey: string; readonly simulators: string; readonly webhookUrl: string }
) {
  const owner: Owner.Owner = { tenant: state.tenant, environment: "sandbox" }
  yield* Setup.tenant({ id: state.tenant, name: "Demo", timeZone: "America/Sao_Paulo" })
  yield* Setup.providerAccount(owner, {
    name: "infrapsp",
    provider: "infrapsp",
    credentials: Redacted.make(simulatorCredentials),
    settings: {
      baseUrl: `${given.simulators}${simulatorPath}`,
      checkoutUrl: `${given.simulators}${simulatorPath}/checkout/{id}`
    },
    notificationToken: state.notificationToken
  })
  yield* Setup.apiKey(owner, {
    id: state.apiKeyId,
    name: "demo",
    key: Redacted.make(given.apiKey),
    hash: yield* Effect.promise(() => hash(given.apiKey, { cost: bcryptCost })),
    scopes: ["payments:read", "payments:write", "payments:admin"]
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
