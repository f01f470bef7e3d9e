/** Where a law of tax issuers is tried: a simulator with empty books, the proxy before it, and an account that knows only the proxy. */
import { Ids, Invoice, OurNumber, type Provider, type TaxIssuer } from "@salesos/core"
import { DateTime, Effect, Redacted, type Scope } from "effect"
import { LawBroken } from "../Law.ts"
import * as Proxy from "../proxy/index.ts"
import * as Samples from "../Samples.ts"
import type { Authority, Subject } from "./Subject.ts"

export interface Bench {
  readonly subject: Subject
  readonly issuer: TaxIssuer.TaxIssuer
  /** An account that reaches the authority through the proxy. */
  readonly account: Provider.ProviderAccount
  readonly proxy: Proxy.Proxy
  readonly authority: Authority
  readonly secrets: ReadonlyArray<string>
  /** The first or the second of the subject's wishes, under a number of the series. */
  readonly prepare: (number?: number, wish?: 0 | 1) => Effect.Effect<TaxIssuer.Prepared, Provider.Rejected>
}

const notificationToken = "nt_5f2c9e1b7a4d4c0e8b6f3a2d1c0b9e8f"

/** An order for a wish, as of now. */
export const orderFor = (
  { invoice, issWithheld, serviceCode }: TaxIssuer.TaxWish,
  number: number
): Effect.Effect<TaxIssuer.TaxOrder> =>
  Effect.map(DateTime.now, (now) => ({
    invoice: Invoice.requested({
      owner: { tenant: Samples.tenant, environment: "sandbox" },
      id: Ids.InvoiceId.make("inv_01M803Y6R86XKTTAAQ3QA3TQNE"),
      ourNumber: OurNumber.format("INV", 2026, number),
      request: invoice,
      document: null,
      createdAt: now,
      leg: "pix",
      account: "main",
      lapsesAt: now,
      missesCountFrom: now
    }),
    serviceCode,
    issWithheld,
    number,
    issuedAt: now
  }))

/** Sets a bench up; it is cleared away with the scope. */
export const make = Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Bench, LawBroken, Scope.Scope> {
  const { issuer, tls, wishes } = subject
  const authority = yield* Effect.mapError(
    subject.simulator,
    (error) => new LawBroken({ message: `The simulator could not be set up: ${String(error)}` })
  )
  const proxy = yield* Proxy.make({ target: authority.url, ...(tls === undefined ? {} : { tls }) })
  const { credentials, settings } = subject.account(proxy.url)
  const account: Provider.ProviderAccount = {
    tenant: Samples.tenant,
    name: "main",
    provider: issuer.name,
    environment: "sandbox",
    credentials: Redacted.make(credentials),
    settings,
    notificationUrl: `https://gateway.example/${notificationToken}`
  }
  return {
    subject,
    issuer,
    account,
    proxy,
    authority,
    secrets: [...Object.values(credentials), notificationToken],
    prepare: (number = 1, wish = 0) =>
      Effect.flatMap(orderFor(wishes[wish], number), (order) => issuer.prepare(account, order))
  }
})
