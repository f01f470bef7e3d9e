/** Handlers of the balance group. */
import { Api } from "@salesos/api"
import { Balances, Resources } from "@salesos/core"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { respond } from "./Answers.ts"
import * as Requests from "./Requests.ts"

export const layer = HttpApiBuilder.group(Api, "balance", (handlers) =>
  handlers.handle(
    "get",
    Effect.fnUntraced(function* () {
      const owner = yield* Requests.owner
      return Resources.balance(owner, yield* Balances.read(owner))
    }, Effect.catch(respond))
  )
)
