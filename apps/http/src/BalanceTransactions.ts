/** Handlers of the balance transactions group. */
import { Api } from "@salesos/api"
import { Errors, Ids, Resources, Statements } from "@salesos/core"
import { Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { respond } from "./Answers.ts"
import { page, statementFilter } from "./Queries.ts"
import * as Requests from "./Requests.ts"
import * as StatementFile from "./StatementFile.ts"

const isId = Schema.is(Ids.BalanceTransactionId)

export const layer = HttpApiBuilder.group(Api, "balanceTransactions", (handlers) =>
  handlers
    .handle(
      "get",
      Effect.fnUntraced(function* ({ params }) {
        if (!isId(params.id)) return yield* new Errors.NotFound({ message: "No such balance transaction" })
        return Resources.balanceTransaction(yield* Statements.get(yield* Requests.owner, params.id))
      }, Effect.catch(respond))
    )
    .handle(
      "list",
      Effect.fnUntraced(function* ({ query, request }) {
        const asFile = StatementFile.isWanted(request.headers["accept"])
        yield* StatementFile.check(query, asFile)
        if (asFile) return yield* StatementFile.respond(yield* Requests.owner, query)
        const { data, hasMore } = yield* Statements.list(yield* Requests.owner, statementFilter(query), page(query))
        return { object: "list" as const, data: data.map(Resources.balanceTransaction), has_more: hasMore }
      }, Effect.catch(respond))
    )
)
