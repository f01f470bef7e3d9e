/**
 * A simulator of NewPay: an HTTP server with the document's wire format, status flow, errors and notifications. It is written
 * from the provider's document and shares nothing with the driver.
 */
import { Control, Faults, Notifications } from "@salesos/simulator-kit"
import { Effect, type FileSystem, type Layer, type PlatformError } from "effect"
import { type HttpClient, HttpRouter } from "effect/http"
import * as Http from "./http.ts"
import * as Provider from "./provider.ts"

/** How a simulator is set up. */
export interface Options extends Http.Credentials {
  /** Where its routes begin, such as `/simulators/newpay`; the default is the root. */
  readonly prefix?: string | undefined
  /** Where it keeps its charges; without one it forgets them with its scope. */
  readonly stateFile?: string | undefined
}

/** Milliseconds to wait after the first, second, … notification that was not accepted. FILL IN: as the document says. */
const retries = [5_000, 30_000, 120_000]

/**
 * Adds the simulator's routes (`/v1/…` and `/control/…`) to the `HttpRouter`, and runs its timers and notifications while the
 * layer lives. Fails where the state file cannot be used.
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
      const { prefix = "", stateFile } = options
      const router = prefix === "" ? root : root.prefixed(prefix)
      const provider = yield* Provider.make(stateFile)
      const faults = Faults.make()
      const notifications = yield* Notifications.make(faults, provider.save, { retries })
      yield* Http.addRoutes(router, provider, faults, options)
      yield* Http.addControl(router, provider)
      yield* Control.addRoutes(router, faults, provider.notifications, notifications)
      yield* Effect.forkScoped(provider.run(notifications.notify))
    })
  )
