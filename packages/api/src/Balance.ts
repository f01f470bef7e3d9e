/**
 * The balance: what each provider account holds, by our books and by the provider's own word.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import { Currency, LiveMode } from "./Fields.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope } from "./Security.ts"
import { Validation } from "./Validation.ts"

const ProviderBalance = Schema.Struct({
  available: Schema.Int.annotate({ description: "At your disposal" }),
  waiting_funds: Schema.NullOr(Schema.Int).annotate({
    description: "Received and not yet at your disposal; null where the provider does not say"
  })
}).annotate({ identifier: "ProviderBalance", description: "What the provider says, in minor units" })

const AccountBalance = Schema.Struct({
  account: Schema.String.annotate({ description: "The provider account's name", examples: ["infrapsp"] }),
  currency: Currency,
  balance: Schema.Int.annotate({
    description: "By our books, in minor units: the sum of `net` of all its balance transactions"
  }),
  not_yet_available: Schema.Int.annotate({
    description: "The part of `balance` that settles on a later day, such as the installments of a card to come"
  }),
  available: Schema.Int.annotate({ description: "`balance` − `not_yet_available`" }),
  provider_balance: Schema.NullOr(ProviderBalance).annotate({
    description: "The provider's own figure at this moment; null where it has none or does not answer in time"
  })
}).annotate({ identifier: "AccountBalance" })

export const Balance = Schema.Struct({
  object: Schema.Literal("balance"),
  livemode: LiveMode,
  data: Schema.Array(AccountBalance).annotate({ description: "One for each provider account and currency" })
}).annotate({
  identifier: "Balance",
  description: "The balance",
  examples: [
    {
      object: "balance",
      livemode: false,
      data: [
        {
          account: "infrapsp",
          currency: "BRL",
          balance: 97412,
          not_yet_available: 30000,
          available: 67412,
          provider_balance: { available: 67412, waiting_funds: 30000 }
        }
      ]
    }
  ]
})
export type Balance = typeof Balance.Type

export class Group extends HttpApiGroup.make("balance")
  .add(
    HttpApiEndpoint.get("get", "/balance", { query: Query.none, success: Balance }).annotateMerge(
      OpenApi.annotations({
        summary: "Get the balance",
        description:
          "What each provider account holds in each currency: by our books, how much of that is not yet available, and " +
          "by the provider's own word. The two need not agree at a moment when money is moving. Scope `payments:read`."
      })
    )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotate(RequiredScope, "payments:read")
  .annotateMerge(OpenApi.annotations({ title: "Balance", description: "What the provider accounts hold." })) {}
