/** Handlers of the payouts group. */
import { Api } from "@salesos/api"
import { Ids, PayoutCancellation, PayoutRequest, Payouts, Reading, Resources } from "@salesos/core"
import { Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { answered, respond } from "./Answers.ts"
import { page, payoutFilter } from "./Queries.ts"
import * as Requests from "./Requests.ts"

const isPayoutId = Schema.is(Ids.PayoutId)
const payoutId = (id: string) => Requests.idOf(isPayoutId, id, "payout")

export const layer = HttpApiBuilder.group(Api, "payouts", (handlers) =>
  handlers
    // Raw and uninterruptible as the creation of an invoice is.
    .handleRaw(
      "create",
      Effect.fnUntraced(function* (given) {
        const { body, keyed, owner } = yield* Requests.posted("/payouts", given)
        return yield* PayoutRequest.decode(body).pipe(
          Effect.flatMap((wanted) => Payouts.create(owner, keyed(), wanted)),
          Effect.flatMap(answered),
          Effect.catch(respond)
        )
      }),
      { uninterruptible: true }
    )
    .handleRaw(
      "cancel",
      (given) =>
        Requests.act(`/payouts/${given.params.id}/cancel`, given, (owner, keyed) =>
          Effect.flatMap(payoutId(given.params.id), (id) => PayoutCancellation.cancel(owner, keyed, id))
        ),
      { uninterruptible: true }
    )
    .handle(
      "get",
      Effect.fnUntraced(function* ({ params }) {
        const { payout } = yield* Reading.Reading
        return Resources.payout(yield* payout(yield* Requests.owner, yield* payoutId(params.id)))
      }, Effect.catch(respond))
    )
    .handle(
      "list",
      Effect.fnUntraced(function* ({ query }) {
        const { data, hasMore } = yield* Payouts.list(yield* Requests.owner, payoutFilter(query), page(query))
        return { object: "list" as const, data: data.map(Resources.payout), has_more: hasMore }
      }, Effect.catch(respond))
    )
)
