/** What the suite of tax issuers in `@salesos/provider-testkit` needs to prove the driver with its simulator. */
import { Documents, Money } from "@salesos/core"
import type { Taxes } from "@salesos/provider-testkit"
import { Effect, Redacted, Result } from "effect"
import * as Certificate from "../src/Certificate.ts"
import { issuer } from "../src/index.ts"
import * as Accounts from "./fixtures/accounts.ts"
import { companyCustomer, wish } from "./fixtures/orders.ts"
import { start } from "./fixtures/simulator.ts"

const certificate = Result.getOrThrow(
  Certificate.read(Accounts.a1(Accounts.company).pfx, Accounts.a1(Accounts.company).password)
)

const { address: _, ...withoutAddress } = companyCustomer

export const subject: Taxes.Subject = {
  issuer,
  simulator: Effect.map(start(), ({ documents, set, url }) => ({
    url,
    booked: (reference) =>
      Effect.map(documents(reference), (found) =>
        found.map(({ accessKey, canceled, xml }) => ({ accessKey, canceled, content: xml }))
      ),
    // A second later nothing may be canceled.
    closeWindow: Effect.andThen(set("window", { seconds: 0 }), set("time", { seconds: 1 }))
  })),
  account: (baseUrl) => {
    const { credentials, settings } = Accounts.account({ baseUrl })
    return { credentials: Redacted.value(credentials), settings }
  },
  taxIds: [Accounts.company, companyCustomer.document],
  tls: {
    ca: Accounts.authority.certificate,
    server: { cert: Accounts.own.certificate, key: Accounts.own.key },
    client: { cert: certificate.chain.join(""), key: certificate.key }
  },
  wishes: [wish(), wish({ amount: Money.Amount.make(990) })],
  unissuable: [
    { wish: wish({ customer: withoutAddress }), fields: ["customer.address"] },
    { wish: wish({}, { serviceCode: "01.03" }), fields: ["tax_document.service_code"] },
    {
      wish: wish({
        customer: { ...companyCustomer, document: Documents.Cnpj.make(Accounts.company) },
        description: "🚀"
      }),
      fields: ["customer.document", "description"]
    }
  ],
  wire: {
    issues: { method: "POST", path: /^\/nfse$/ },
    finds: { method: "GET", path: /^\/dps\// },
    cancels: { method: "POST", path: /^\/nfse\/[^/]+\/eventos$/ },
    refusal: {
      status: 400,
      body: {
        tipoAmbiente: 2,
        versaoAplicativo: "SefinNacional_1.6.0",
        dataHoraProcessamento: "2026-11-28T09:15:00.1544276-03:00",
        erros: [{ codigo: "E0240", descricao: "O CEP informado não existe.", complemento: "tomador do serviço" }]
      }
    }
  }
}
