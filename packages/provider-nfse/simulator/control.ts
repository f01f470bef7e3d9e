/** What only a test can do: set faults, let time pass, open and close the window for cancellations, and look behind the API. */
import { Control, type Faults, Parse, type Records } from "@salesos/simulator-kit"
import { Effect, Schema } from "effect"
import { type HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Rows, Settings, State } from "./state.ts"

const decodeSeconds = Parse.decoder(
  Schema.Struct({ seconds: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000_000_000 })) })
)

/** Adds the routes to `router`. */
export const addControl = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  state: State,
  records: Records.Records<Rows>,
  faults: Faults.Faults,
  settings: () => Settings
): Effect.fn.Return<void> {
  yield* Control.addFaults(router, faults)

  const set = (path: `/${string}`, change: (seconds: number) => Partial<Settings>) =>
    router.add(
      "POST",
      path,
      Effect.gen(function* () {
        const decoded = decodeSeconds(yield* Control.body)
        if ("invalid" in decoded) return Control.invalid(decoded.invalid)
        records.commit({ settings: [{ ...settings(), ...change(decoded.value.seconds) }] })
        yield* records.written
        const { ahead, window } = settings()
        return HttpServerResponse.jsonUnsafe({ aheadSeconds: ahead / 1000, windowSeconds: window })
      })
    )
  yield* set("/control/time", (seconds) => ({ ahead: settings().ahead + seconds * 1000 }))
  yield* set("/control/window", (seconds) => ({ window: seconds }))

  yield* router.add(
    "GET",
    "/control/documents",
    Effect.map(HttpServerRequest.ParsedSearchParams, ({ reference }) => {
      const found = [...state.documents.rows()].filter(
        (each) => reference === undefined || each.reference.startsWith(String(reference))
      )
      return HttpServerResponse.jsonUnsafe({
        documents: found.slice(-Control.maxListed).map(({ accessKey, amount, reference, xml }) => ({
          accessKey,
          reference,
          amount,
          xml,
          canceled: state.events.get(`${accessKey}101101`) !== undefined
        }))
      })
    })
  )
})
