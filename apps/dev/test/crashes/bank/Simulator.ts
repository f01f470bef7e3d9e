/**
 * The bank itself, which shares nothing with its driver:
 *
 * | route                        | what it does                                                            |
 * | ---------------------------- | ----------------------------------------------------------------------- |
 * | `POST /transfers`            | schedules one, whether or not its reference is known: 201                |
 * | `GET /transfers/:id`         | shows one                                                                |
 * | `GET /transfers?reference=…` | lists those of a reference                                               |
 * | `POST /transfers/:id/cancel` | cancels one and shows it, also when it is canceled already               |
 * | `GET /control/transfers`     | lists all, without a key                                                 |
 */
import { Effect, Layer, Schema } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"

interface Transfer {
  readonly id: string
  readonly reference: string
  readonly amount: number
  readonly state: "scheduled" | "canceled"
}

const Body = Schema.Struct({
  reference: Schema.NonEmptyString,
  amount: Schema.Int.check(Schema.isGreaterThan(0)),
  currency: Schema.Literal("BRL"),
  iban: Schema.String.check(Schema.isPattern(/^PT\d{23}$/)),
  name: Schema.NonEmptyString
})

const answer = (body: unknown, status = 200) => HttpServerResponse.jsonUnsafe(body, { status })
const refuse = (status: number) => answer({ error: `http_${status}` }, status)

export interface Options {
  readonly prefix: string
  readonly apiKey: string
}

export const layer = ({ apiKey, prefix }: Options): Layer.Layer<never, never, HttpRouter.HttpRouter> =>
  HttpRouter.use(
    Effect.fnUntraced(function* (root) {
      const router = root.prefixed(prefix)
      const transfers = new Map<string, Transfer>()

      const guarded = <E, R>(answered: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
        Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) =>
          headers["authorization"] === `Bearer ${apiKey}` ? answered : Effect.succeed(refuse(401))
        )

      /** What is done to the transfer that a path names. */
      const onTransfer = (change: (transfer: Transfer) => Transfer) =>
        guarded(
          Effect.map(HttpRouter.params, ({ id = "" }) => {
            const transfer = transfers.get(id)
            if (transfer === undefined) return refuse(404)
            transfers.set(id, change(transfer))
            return answer(transfers.get(id))
          })
        )

      yield* router.add(
        "POST",
        "/transfers",
        guarded(
          HttpServerRequest.schemaBodyJson(Body).pipe(
            Effect.map(({ amount, reference }) => {
              const id = `tr${transfers.size + 1}`
              transfers.set(id, { id, reference, amount, state: "scheduled" })
              return answer(transfers.get(id), 201)
            }),
            Effect.catch(() => Effect.succeed(refuse(400)))
          )
        )
      )
      yield* router.add(
        "GET",
        "/transfers",
        guarded(
          Effect.map(HttpServerRequest.ParsedSearchParams, ({ reference }) =>
            answer({ transfers: [...transfers.values()].filter((each) => each.reference === reference) })
          )
        )
      )
      yield* router.add(
        "GET",
        "/transfers/:id",
        onTransfer((transfer) => transfer)
      )
      yield* router.add(
        "POST",
        "/transfers/:id/cancel",
        onTransfer((transfer) => ({ ...transfer, state: "canceled" }))
      )
      yield* router.add(
        "GET",
        "/control/transfers",
        Effect.sync(() => answer({ transfers: [...transfers.values()] }))
      )
    })
  )
