/**
 * A simulator of InfraPSP: an HTTP server with the document's wire format, status flow, errors, sandbox rules and
 * notifications. It is written from the provider's document and shares nothing with the driver.
 */
import { Effect, type FileSystem, type Layer, type PlatformError } from "effect"
import { type HttpClient, HttpRouter } from "effect/http"
import * as Control from "./control.ts"
import * as Faults from "./faults.ts"
import * as Http from "./http.ts"
import * as Notifications from "./notifications.ts"
import * as Provider from "./provider.ts"

/** How a simulator is set up. */
export interface Options extends Http.Credentials {
  /** Where its routes begin, such as `/simulators/infrapsp`; the default is the root. */
  readonly prefix?: string | undefined
  /** Where it keeps its transactions; without one it forgets them with its scope. */
  readonly stateFile?: string | undefined
}

/**
 * Adds the simulator's routes (`/v1/…` and `/control/…`) to the `HttpRouter`, and runs its timers and notifications
 * while the layer lives. Fails where the state file cannot be used.
 */
export const layer = (
  options: Options
): Layer.Layer<
  never,
  PlatformError.PlatformError,
  HttpRouter.HttpRouter | HttpClient.HttpClient | FileSystem.FileSystem
> =>
  HttpRouter.use(
    Effect.fnUntraced(function* (root) {
      const router = options.prefix === undefined ? root : root.prefixed(options.prefix)
      const provider = yield* Provider.make(options.stateFile)
      const faults = Faults.make()
      const notify = yield* Notifications.make(provider, faults)
      yield* Http.addRoutes(router, provider, faults, options)
      yield* Control.addRoutes(router, provider, faults)
      yield* Effect.forkScoped(provider.run(notify))
    })
  )
