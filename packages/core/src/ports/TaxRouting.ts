/** Which account issues a tax document of a type, and whether it could. */
import { Result } from "effect"
import type { InvoiceRequest } from "../models/InvoiceRequest.ts"
import type { Type } from "../models/TaxDocument.ts"
import type { FieldError } from "../values/FieldError.ts"
import type { ProviderAccount } from "./Provider.ts"
import { ProviderNotConfigured } from "./Routing.ts"
import type { TaxIssuer } from "./TaxIssuer.ts"

/** An issuer and the account it would use. */
export interface Issuer {
  readonly issuer: TaxIssuer
  readonly account: ProviderAccount
}

/** The first issuer of the type that the tenant has an account of; null where no document is wanted. */
export const issuer = (
  type: Type | undefined,
  issuers: ReadonlyArray<TaxIssuer>,
  accounts: ReadonlyArray<ProviderAccount>
): Result.Result<Issuer | null, ProviderNotConfigured> => {
  if (type === undefined) return Result.succeed(null)
  for (const issuer of issuers.filter(({ types }) => types.includes(type))) {
    const account = accounts.find(({ provider }) => provider === issuer.name)
    if (account !== undefined) return Result.succeed({ issuer, account })
  }
  return Result.fail(
    new ProviderNotConfigured({ message: `No provider is configured for fiscal documents of type ${type}` })
  )
}

/** What of an invoice's request the issuer of its tax document could not issue, by the issuer's own word; nothing asked for fits. */
export const check = (
  request: InvoiceRequest,
  issuers: ReadonlyArray<TaxIssuer>,
  accounts: ReadonlyArray<ProviderAccount>
): Result.Result<ReadonlyArray<FieldError>, ProviderNotConfigured> =>
  Result.map(issuer(request.tax_document?.type, issuers, accounts), (via) =>
    via === null
      ? []
      : via.issuer.check(via.account, {
          invoice: request,
          serviceCode: request.tax_document?.service_code ?? null,
          issWithheld: request.tax_document?.iss_withheld ?? false
        })
  )
