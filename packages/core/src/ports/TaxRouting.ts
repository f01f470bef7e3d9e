/** Which account issues a tax document of a type. */
import { Result } from "effect"
import type { Type } from "../models/TaxDocument.ts"
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
