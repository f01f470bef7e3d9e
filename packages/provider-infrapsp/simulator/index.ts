/**
 * A simulator of InfraPSP: an HTTP server with the document's wire format, status flow, errors, sandbox rules and
 * notifications. It is written from the provider's document and shares nothing with the driver.
 */
import { Control, Faults, Notifications } from "@salesos/simulator-kit"
import { Effect, type FileSystem, type Layer, type PlatformError } from "effect"
import { type HttpClient, HttpRouter } from "effect/http"
import { addCheckout } from "./checkout.ts"
import { addControl } from "./control.ts"
import * as Http from "./http.ts"
import * as Provider from "./provider.ts"
import { addSandbox } from "./sandbox.ts"

/** How a simulator is set up. */
export interface Options extends Http.Credentials {
  /** Where its routes begin, such as `/simulators/infrapsp`; the default is the root. */
  readonly prefix?: string | undefined
  /** Where it keeps its transactions; without one it forgets them with its scope. */
  readonly stateFile?: string | undefined
}

/** Milliseconds between tries of a notification: the document says nothing, these are ours. */
const retries = [5_000, 30_000, 120_000, 600_000]

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
      const notifications = yield* Notifications.make(
        faults,
        (notification) => provider.commit({ notifications: [notification] }),
        { retries }
      )
      yield* Http.addRoutes(router, provider, faults, options)
      yield* addCheckout(router, provider, faults)
      yield* Control.addRoutes(router, faults, provider.state.tables.notifications, notifications)
      yield* addControl(router, provider)
      yield* addSandbox(router, provider)
      yield* Effect.forkScoped(provider.run(notifications.notify))
    })
  )
