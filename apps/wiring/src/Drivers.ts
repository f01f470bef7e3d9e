/** The drivers of this application, in the order in which they are preferred. Adding a provider is adding a line here. */
import * as InfraPsp from "@salesos/provider-infrapsp"
import * as Nfse from "@salesos/provider-nfse"
import * as SellxPay from "@salesos/provider-sellxpay"
import * as UsdBrl from "@salesos/provider-usdbrl"
import type { TaxIssuer } from "@salesos/core"
import { Effect } from "effect"

export const drivers = Effect.all([InfraPsp.make, SellxPay.make, UsdBrl.make])

/** The issuers of tax documents. */
export const issuers: ReadonlyArray<TaxIssuer.TaxIssuer> = [Nfse.issuer]
