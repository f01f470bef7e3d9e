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

/** Who issues the demo's tax documents: a company of São Paulo, of which there is no other trace. */
export const taxpayer = {
  document: "12345678000195",
  name: "Empresa de Demonstração Ltda",
  password: "nfse-demo"
} as const

/** Its fiscal profile: not in the Simples Nacional, licensing software (item 1.05) at 2.90 %. */
export const fiscalProfile = {
  environment: "restricted-production",
  document: taxpayer.document,
  name: taxpayer.name,
  municipality: "3550308",
  municipalRegistration: "12345678",
  opSimpNac: "1",
  series: "1",
  issRate: "2.90",
  serviceCode: "01.05",
  pTotTribFed: "13.45",
  pTotTribEst: "0.00",
  pTotTribMun: "2.90"
} as const

/** The authority's simulator: its address, who its certificate is by, and the A1 certificate of the demo's taxpayer. */
export interface Authority {
  readonly url: string
  readonly ca: string
  readonly certificate: { readonly pfx: string; readonly password: string }
}

const bcryptCost = 10

/** Creates or corrects the demo; nothing that a user has made in it is touched. */
export const setUp = Effect.fn("Demo.setUp")(function* (
  state: State,
  given: {
    readonly apiKey: string
    readonly simulators: string
    readonly authority: Authority
    readonly webhookUrl: string
  }
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
  yield* Setup.providerAccount(owner, {
    name: "nfse",
    provider: "nfse",
    credentials: Redacted.make({ ...given.authority.certificate }),
    settings: { ...fiscalProfile, baseUrl: given.authority.url, ca: given.authority.ca },
    notificationToken: state.notificationToken
  })
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
