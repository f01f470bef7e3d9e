/**
 * What only a test can do to a simulated provider, under `/control` and without authorization: set faults, look at
 * notifications, and move rows by hand.
 *
 * | route                            | what it does                                                            |
 * | -------------------------------- | ----------------------------------------------------------------------- |
 * | `POST /control/faults`           | merges {@link FaultSettings} into those in force and answers with them   |
 * | `DELETE /control/faults`         | takes all faults back, and lets held answers and notifications go        |
 * | `POST /control/release`          | lets held answers go: `{ "released": 1 }`                                |
 * | `GET /control/notifications`     | the notifications not delivered yet                                      |
 */
import { Effect, Option } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { type Faults, FaultSettings } from "./Faults.ts"
import type { Notification, Notifications } from "./Notifications.ts"
import { decoder, type Invalid } from "./Parse.ts"
import type { Stored } from "./Table.ts"

const decodeFaults = decoder(FaultSettings)

/** Most rows that a list of control shows. */
export const maxListed = 1_000

const message = (text: string, status: number) => HttpServerResponse.jsonUnsafe({ message: text }, { status })

/** A 400 answer that tells what is wrong with a control request. */
export const invalid = (told: Invalid): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(told, { status: 400 })

/** The body of a control request as JSON; an empty object where there is none. */
export const body: Effect.Effect<unknown, never, HttpServerRequest.HttpServerRequest> = Effect.flatMap(
  HttpServerRequest.HttpServerRequest,
  (request) => Effect.map(Effect.option(request.json), (json) => Option.getOrUndefined(json) ?? {})
)

/**
 * Adds `POST path`, where the path has an `:id` of `table`: 404 where there is no such row, 409 where `act` gives
 * nothing because the row's status does not allow it, else 200 with what it gives. It may fail with another answer.
 */
export const onRow = <Row>(
  router: HttpRouter.HttpRouter,
  path: HttpRouter.PathInput,
  table: Pick<Stored<Row>, "get">,
  act: (
    row: Row
  ) => Effect.Effect<Option.Option<unknown>, HttpServerResponse.HttpServerResponse, HttpServerRequest.HttpServerRequest>
) =>
  router.add(
    "POST",
    path,
    Effect.gen(function* () {
      const { id } = yield* HttpRouter.params
      const row = table.get(id ?? "")
      if (row === undefined) return message("not found", 404)
      return Option.match(yield* act(row), {
        onNone: () => message("its status does not allow that", 409),
        onSome: (shown) => HttpServerResponse.jsonUnsafe(shown)
      })
    }).pipe(Effect.catch((refusal) => Effect.succeed(refusal)))
  )

/** Adds the routes of the faults, all that a simulator has that notifies nobody. */
export const addFaults = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  faults: Faults,
  flush: Effect.Effect<void> = Effect.void
) {
  yield* router.add(
    "POST",
    "/control/faults",
    Effect.gen(function* () {
      const decoded = decodeFaults(yield* body)
      if ("invalid" in decoded) return invalid(decoded.invalid)
      faults.merge(decoded.value)
      if (faults.current().reorderNotifications !== true) yield* flush
      return HttpServerResponse.jsonUnsafe(faults.current())
    })
  )
  yield* router.add(
    "DELETE",
    "/control/faults",
    Effect.as(Effect.andThen(faults.reset, flush), HttpServerResponse.empty())
  )
  yield* router.add(
    "POST",
    "/control/release",
    Effect.map(faults.release, (released) => HttpServerResponse.jsonUnsafe({ released }))
  )
})

/** Adds the routes that every simulator has. */
export const addRoutes = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  faults: Faults,
  undelivered: Stored<Notification>,
  notifications: Notifications
) {
  yield* addFaults(router, faults, notifications.flush)
  yield* router.add(
    "GET",
    "/control/notifications",
    Effect.sync(() => {
      const rows = [...undelivered.rows()]
      return HttpServerResponse.jsonUnsafe({
        count: rows.length,
        notifications: rows.slice(0, maxListed).map(({ attempts, dueAt, entityId, id }) => ({
          id,
          entityId,
          attempts,
          dueAt: dueAt === null ? null : new Date(dueAt).toISOString()
        }))
      })
    })
  )
})
