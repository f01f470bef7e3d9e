/**
 * A simulator of SellxPay: an HTTP server with the document's wire format, status flow, limits, errors and
 * notifications. It is written from the provider's document and shares nothing with the driver. The document has no
 * sandbox: what becomes of a transaction is decided by its amount, as InfraPSP's sandbox does.
 */
import { Control, Faults, Notifications } from "@salesos/simulator-kit"
import { Effect, type FileSystem, type Layer, type PlatformError } from "effect"
import { type HttpClient, HttpRouter } from "effect/http"
import { addControl } from "./control.ts"
import * as Http from "./http.ts"
import * as Provider from "./provider.ts"

/** How a simulator is set up. */
export interface Options extends Http.Credentials {
  /** Where its routes begin, such as `/simulators/sellxpay`; the default is the root. */
  readonly prefix?: string | undefined
  /** Where it keeps its transactions; without one it forgets them with its scope. */
  readonly stateFile?: string | undefined
  /** How often each token may be used in a minute: 60 unless given, as the document says. */
  readonly callsPerMinute?: number | undefined
}

/** "6 tentativas — imediata, 30s, 1min, 5min, 15min e 1h", each wait counted from the try before, in milliseconds. */
const retries = [30_000, 60_000, 300_000, 900_000, 3_600_000]

/**
 * Adds the simulator's routes (`/api/v1/…`, `/boleto/view/…` and `/control/…`) to the `HttpRouter`, and runs its timers
 * and notifications while the layer lives. Fails where the state file cannot be used.
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
      const { callsPerMinute, prefix = "", stateFile } = options
      const router = prefix === "" ? root : root.prefixed(prefix)
      const provider = yield* Provider.make(stateFile)
      const faults = Faults.make()
      const notifications = yield* Notifications.make(faults, provider.save, {
        retries,
        // "Esperamos uma resposta HTTP 200. Caso contrario, faremos novas tentativas."
        accepted: (status) => status === 200
      })
      yield* Http.addRoutes(router, prefix, provider, faults, options, callsPerMinute)
      yield* Control.addRoutes(router, faults, provider.notifications, notifications)
      yield* addControl(router, provider)
      yield* Effect.forkScoped(provider.run(notifications.notify))
    })
  )
