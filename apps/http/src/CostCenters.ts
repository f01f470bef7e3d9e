/** Handlers of the cost centers group. */
import { Api } from "@salesos/api"
import { CostCenter, CostCenters, Resources } from "@salesos/core"
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { respond } from "./Answers.ts"
import * as Requests from "./Requests.ts"

const answer = (list: ReadonlyArray<CostCenter.CostCenter>) => ({
  object: "list" as const,
  data: list.map(Resources.costCenter),
  has_more: false as const
})

export const layer = HttpApiBuilder.group(Api, "costCenters", (handlers) =>
  handlers
    // Raw: core's own schema reads the body, so that every failing field is named at once.
    .handleRaw(
      "replace",
      Effect.fnUntraced(function* ({ request }) {
        const body = yield* Requests.json(request)
        const owner = yield* Requests.owner
        return yield* CostCenter.decode(body).pipe(
          Effect.flatMap(({ cost_centers }) => CostCenters.replace(owner, cost_centers)),
          Effect.map((list) => HttpServerResponse.jsonUnsafe(answer(list))),
          Effect.catch(respond)
        )
      }),
      { uninterruptible: true }
    )
    .handle(
      "list",
      Effect.fnUntraced(function* () {
        return answer(yield* CostCenters.list(yield* Requests.owner))
      }, Effect.catch(respond))
    )
)
