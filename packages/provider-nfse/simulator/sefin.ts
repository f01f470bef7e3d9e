/** The simulator as a layer: its state, its clock and its routes. */
import { Faults, Ids, Records } from "@salesos/simulator-kit"
import { Clock, Effect, type FileSystem, type Layer, type PlatformError } from "effect"
import { HttpRouter } from "effect/http"
import * as Answers from "./answers.ts"
import type { Pair } from "./certificates.ts"
import { addControl } from "./control.ts"
import * as Http from "./http.ts"
import * as State from "./state.ts"

/** How a simulator is set up. */
export interface Options {
  /** Who taxpayers' certificates are by: the certificate in PEM. */
  readonly authority: string
  /** The server's own certificate, which signs the documents too. */
  readonly own: Pair
  /** Where it keeps its documents; without one it forgets them with its scope. */
  readonly stateFile?: string | undefined
  /** Restricted production unless told. */
  readonly environment?: "production" | "restricted-production"
  /** IBGE codes of municipalities whose agreement is not active. */
  readonly inactive?: ReadonlyArray<string>
}

/** Where its API begins. */
export const base = "/SefinNacional"

/** Seconds within which a document may be canceled, unless the control endpoint says otherwise: municipalities differ, this is ours. */
const cancellationWindow = 30 * 24 * 3600

/**
 * Adds the simulator's routes (`/SefinNacional/…` and `/control/…`) to the `HttpRouter`, which has to be served by a server that asks
 * for a certificate ({@link createServer}). Fails where the state file cannot be used.
 */
export const layer = (
  options: Options
): Layer.Layer<never, PlatformError.PlatformError, HttpRouter.HttpRouter | FileSystem.FileSystem> =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const state = State.make()
      const records = yield* Records.open<State.Rows>(state, options.stateFile)
      const ids = yield* Ids.make
      const clock = yield* Clock.Clock
      const faults = Faults.make()
      const settings = (): State.Settings =>
        state.settings.get("settings") ?? { id: "settings", ahead: 0, window: cancellationWindow }
      const now = () => clock.currentTimeMillisUnsafe() + settings().ahead
      const environment = options.environment === "production" ? 1 : 2
      const answers = Answers.make(environment, now)
      const { authority, inactive = [], own } = options
      const window = () => settings().window
      yield* Http.addRoutes(
        router,
        base,
        { state, records, ids, now, window, environment, own, authority, inactive: new Set(inactive) },
        answers,
        faults
      )
      yield* addControl(router, state, records, faults, settings)
    })
  )
