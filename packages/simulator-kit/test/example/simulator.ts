/**
 * The smallest whole simulator: charges that are paid by themselves, and notifications. It is the README's example.
 */
import { Control, Creations, Faults, Notifications, Parse, Records, Sandbox, Table } from "@salesos/simulator-kit"
import { Clock, Effect, Option, Schema } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"

const Charge = Schema.Struct({
  id: Schema.String,
  amount: Schema.Int,
  status: Schema.Literals(["open", "paid", "failed"]),
  callback: Schema.NullOr(Schema.String),
  /** When it is paid or fails by itself, in milliseconds since 1970. */
  dueAt: Schema.NullOr(Schema.Int)
})
type Charge = typeof Charge.Type

const decode = Parse.decoder(Schema.Struct({ amount: Schema.Int, callback: Schema.optionalKey(Schema.String) }))
const shown = ({ amount, id, status }: Charge) => ({ id, amount, status })
const error = (status: number, code: string) => HttpServerResponse.jsonUnsafe({ error: code }, { status })

export const layer = (options: { readonly stateFile?: string }) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const charges = Table.make({ schema: Charge, id: ({ id }: Charge) => id, dueAt: ({ dueAt }) => dueAt })
      const undelivered = Notifications.table()
      const records = yield* Records.open({ charges, notifications: undelivered }, options.stateFile)
      const faults = Faults.make()
      const notifications = yield* Notifications.make(
        faults,
        (notification) => records.commit({ notifications: [notification] }),
        { retries: [5_000], headers: (body, now) => ({ "x-signature": `${now}.${body.length}` }) }
      )

      const end = Effect.fnUntraced(function* (charge: Charge, status: "paid" | "failed") {
        const dueAt = yield* Clock.currentTimeMillis
        const ended: Charge = { ...charge, status, dueAt: null }
        const { callback: url, id } = charge
        records.commit({
          charges: [ended],
          notifications:
            url === null ? [] : [{ id, entityId: id, url, body: { charge: shown(ended) }, attempts: 0, dueAt }]
        })
        return ended
      })

      const creation = yield* Creations.make(faults, {
        failure: (status) => error(status, "failed"),
        rejection: ({ code }) => error(422, code)
      })
      const create = Effect.gen(function* () {
        const decoded = decode(
          yield* Effect.orElseSucceed((yield* HttpServerRequest.HttpServerRequest).json, () => null)
        )
        if ("invalid" in decoded) return yield* Effect.fail(error(400, decoded.invalid.message))
        const { amount, callback = null } = decoded.value
        return Effect.gen(function* () {
          const dueAt = (yield* Clock.currentTimeMillis) + Sandbox.fate(amount).after
          const charge: Charge = { id: `${charges.ids.length + 1}`, amount, status: "open", callback, dueAt }
          records.commit({ charges: [charge] })
          yield* records.written
          return { status: 201, body: shown(charge) }
        })
      })

      yield* router.add("POST", "/charges", creation(create))
      yield* router.add(
        "GET",
        "/charges/:id",
        Effect.map(HttpRouter.params, ({ id }) => {
          const charge = charges.get(id ?? "")
          return charge === undefined ? error(404, "not_found") : HttpServerResponse.jsonUnsafe(shown(charge))
        })
      )
      yield* Control.addRoutes(router, faults, undelivered, notifications)
      yield* Control.onRow(router, "/control/charges/:id/pay", charges, (charge) =>
        charge.status === "open"
          ? Effect.map(end(charge, "paid"), (ended) => Option.some(shown(ended)))
          : Effect.succeedNone
      )
      yield* Effect.forkScoped(
        records.run({
          charges: (charge) => Effect.asVoid(end(charge, Sandbox.fate(charge.amount).succeeds ? "paid" : "failed")),
          notifications: notifications.notify
        })
      )
    })
  )
