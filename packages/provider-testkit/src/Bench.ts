/**
 * Where a law is tried: a simulator with empty books, the proxy before it, and a driver that knows nothing but an account.
 * Each law has its own, with an HTTP client of its own.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { ProviderCalls, type Provider } from "@salesos/core"
import { MemoryProviderCalls } from "@salesos/core/testing"
import { Context, Effect, Layer, Redacted, type Scope } from "effect"
import { LawBroken } from "./Law.ts"
import * as Proxy from "./proxy/index.ts"
import * as Samples from "./Samples.ts"
import type { Simulator, Subject } from "./Subject.ts"

export interface Bench {
  readonly subject: Subject
  readonly driver: Provider.Driver
  /** An account that reaches the provider through the proxy, and is notified through it. */
  readonly account: Provider.ProviderAccount
  readonly proxy: Proxy.Proxy
  readonly simulator: Simulator
  /** The account's credentials, and the token in its notification address. */
  readonly secrets: ReadonlyArray<string>
}

const notificationToken = "nt_5f2c9e1b7a4d4c0e8b6f3a2d1c0b9e8f"

/** Nobody waits for a place: how often a provider may be called is not what the laws ask. */
const unhurried = Layer.succeed(
  ProviderCalls.Pacing,
  ProviderCalls.Pacing.of({ place: () => Effect.void, pause: () => Effect.void })
)

const services = Layer.mergeAll(NodeHttpClient.layerUndici, MemoryProviderCalls.accessTokens, unhurried)

/** An account of the subject's provider at an address. */
export const accountAt = (
  subject: Subject,
  driver: Provider.Driver,
  url: string,
  notificationUrl: string
): Provider.ProviderAccount => {
  const { credentials, settings } = subject.account(url)
  return {
    tenant: Samples.tenant,
    name: "main",
    provider: driver.name,
    environment: "sandbox",
    credentials: Redacted.make(credentials),
    settings,
    notificationUrl
  }
}

/** The driver, on services of its own. */
export const driverOf = (subject: Subject): Effect.Effect<Provider.Driver, never, Scope.Scope> =>
  Effect.flatMap(Layer.build(Layer.fresh(services)), (built: Context.Context<Layer.Success<typeof services>>) =>
    Effect.provideContext(subject.driver, built)
  )

const setUp = Effect.mapError(
  (error: unknown) => new LawBroken({ message: `The simulator could not be set up: ${String(error)}` })
)

/** Sets a bench up; it is cleared away with the scope. */
export const make = Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Bench, LawBroken, Scope.Scope> {
  const simulator = yield* setUp(subject.simulator)
  const proxy = yield* Proxy.make({ target: simulator.url })
  const driver = yield* driverOf(subject)
  // Nobody listens behind the proxy: it says yes to notifications and remembers them.
  const notificationUrl = `${proxy.callback("http://127.0.0.1:9")}/${notificationToken}`
  yield* proxy.on({ direction: "callback" }, Proxy.Fault.instead(200, ""), Infinity)
  if (simulator.notify !== undefined) yield* setUp(simulator.notify(notificationUrl))
  const account = accountAt(subject, driver, proxy.url, notificationUrl)
  const secrets = [...Object.values(Redacted.value(account.credentials)), notificationToken]
  return { subject, driver, account, proxy, simulator, secrets }
})
