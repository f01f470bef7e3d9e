/**
 * Who tax documents are issued by: one authority for all tenants, behind a proxy of its own that speaks TLS. The tenants share a
 * certificate, and each has a series of numbers.
 */
import { Certificates, serve } from "@salesos/provider-nfse/simulator"
import * as Proxy from "@salesos/provider-testkit/proxy"
import { Effect, Schema } from "effect"
import { Agent, request } from "node:https"

const taxpayer = { document: "12345678000195", name: "Chaos Ltda", password: "nfse-chaos" }

/** Not in the Simples Nacional, licensing software (item 1.05) at 2.90 %. */
const profile = {
  environment: "restricted-production",
  document: taxpayer.document,
  name: taxpayer.name,
  municipality: "3550308",
  municipalRegistration: "12345678",
  opSimpNac: "1",
  issRate: "2.90",
  serviceCode: "01.05",
  pTotTribFed: "13.45",
  pTotTribEst: "0.00",
  pTotTribMun: "2.90"
}

/** How references of a tenant begin: the id of a declaration, but for its number. */
const beginning = (series: string): string => `DPS${profile.municipality}2${profile.document}${series.padStart(5, "0")}`

const Documents = Schema.fromJsonString(
  Schema.Struct({
    documents: Schema.Array(
      Schema.Struct({ accessKey: Schema.String, reference: Schema.String, canceled: Schema.Boolean })
    )
  })
)

/** Makes certificates and serves the authority and its proxy while the scope lives. */
export const make = Effect.gen(function* () {
  const authority = Certificates.authority()
  const own = Certificates.server(authority)
  const a1 = Certificates.a1(authority, taxpayer)
  const client = Certificates.opened(a1)
  const { control, url } = yield* serve({ authority: authority.certificate, own })
  const proxy = yield* Proxy.make({
    target: url,
    remembered: 10,
    tls: {
      ca: authority.certificate,
      server: { cert: own.certificate, key: own.key },
      client: { cert: client.certificate, key: client.key }
    }
  })
  const agent = new Agent({ ca: authority.certificate, keepAlive: true })
  const call = (path: string, method: string, body?: unknown) =>
    Effect.promise(
      () =>
        new Promise<string>((resolve, reject) => {
          const headers = { "content-type": "application/json" }
          const asked = request(`${control}${path}`, { agent, method, headers }, (answer) => {
            let text = ""
            answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
            answer.once("end", () => resolve(text))
          })
          asked.once("error", reject).end(body === undefined ? undefined : JSON.stringify(body))
        })
    )
  const seriesOf = (tenant: number): string => `${tenant + 1}`
  return {
    proxy,
    /** Where the authority itself is. */
    url,
    credentials: { ...a1 },
    /** The fiscal profile of a tenant, who reaches the authority through the proxy. */
    settingsOf: (tenant: number) => ({
      ...profile,
      series: seriesOf(tenant),
      baseUrl: proxy.url,
      ca: authority.certificate
    }),
    /** What the authority has issued to a tenant. */
    documents: (tenant: number) =>
      call(`/documents?reference=${beginning(seriesOf(tenant))}`, "GET").pipe(
        Effect.flatMap((text) => Effect.orDie(Schema.decodeUnknownEffect(Documents)(text))),
        Effect.map(({ documents }) => documents)
      ),
    /** Puts its clock forward by so many seconds. */
    pass: (seconds: number) => Effect.asVoid(call("/time", "POST", { seconds })),
    secrets: [a1.password, client.key.slice(100, 160)]
  }
})
export type Authority = Effect.Success<typeof make>
