/**
 * A simulator of the USD→BRL provider: an HTTP server with the document's wire format, status flow, limits and callbacks.
 * It is written from the provider's document and shares nothing with the driver. The document has no sandbox: what
 * becomes of a payment is decided by its amount, as InfraPSP's sandbox does.
 */
import { createHmac } from "node:crypto"
import { Control, Faults, Notifications } from "@salesos/simulator-kit"
import { Effect, type FileSystem, type Layer, type PlatformError } from "effect"
import { type HttpClient, HttpRouter } from "effect/http"
import { addControl } from "./control.ts"
import * as Http from "./http.ts"
import * as Provider from "./provider.ts"

/** How a simulator is set up. */
export interface Options extends Http.Credentials {
  /** What callbacks are signed with; without one they are not signed. */
  readonly signingSecret?: string | undefined
  /** Where its routes begin, such as `/simulators/usdbrl`; the default is the root. */
  readonly prefix?: string | undefined
  /** Where it keeps its payments; without one it forgets them with its scope. */
  readonly stateFile?: string | undefined
}

const minute = 60_000

/** Five more tries over three days; how they are spread is ours. */
const retries = [minute, 10 * minute, 60 * minute, 24 * 60 * minute, 46 * 60 * minute]

/** `t` is in milliseconds since 1970; `v1` the HMAC-SHA256 of it, a dot, and the body as it is sent. */
const signature = (secret: string) => (body: string, now: number) => ({
  "SmartFastPay-Signature": `t=${now},v1=${createHmac("sha256", secret).update(`${now}.${body}`).digest("hex")}`
})

/**
 * Adds the simulator's routes (`/oauth2/token`, `/v1/…` and `/control/…`) to the `HttpRouter`, and runs its timers and
 * callbacks while the layer lives. Fails where the state file cannot be used.
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
      const { prefix = "", signingSecret, stateFile } = options
      const router = prefix === "" ? root : root.prefixed(prefix)
      const provider = yield* Provider.make(stateFile)
      const faults = Faults.make()
      const callbacks = yield* Notifications.make(faults, provider.save, {
        retries,
        ...(signingSecret === undefined ? {} : { headers: signature(signingSecret) })
      })
      yield* Http.addRoutes(router, provider, faults, options)
      yield* Control.addRoutes(router, faults, provider.notifications, callbacks)
      yield* addControl(router, provider)
      yield* Effect.forkScoped(provider.run(callbacks.notify))
    })
  )
