/** What `start` can be told. It needs nothing. */
import { Config as Wiring } from "@salesos/app-wiring"
import { Config, Effect, Option, Schema } from "effect"
import { createServer } from "node:net"

const DemoKey = Schema.String.check(
  Schema.isPattern(/^sk_test_[\x21-\x7e]{16,64}$/, { message: "Expected sk_test_ and 16 to 64 visible characters" })
)

const config = Wiring.read(
  Config.all({
    directory: Config.NonEmptyString("SALESOS_DIRECTORY").pipe(Config.withDefault(".salesos")),
    host: Config.NonEmptyString("HOST").pipe(Config.withDefault("127.0.0.1")),
    port: Config.option(Config.Port("PORT")),
    databaseUrl: Config.option(Config.NonEmptyString("DATABASE_URL")),
    databasePort: Config.option(Config.Port("SALESOS_PG_PORT")),
    nfsePort: Config.option(Config.Port("NFSE_SIMULATOR_PORT")),
    encryptionKey: Config.option(Config.NonEmptyString("SALESOS_ENCRYPTION_KEY")),
    publicUrl: Config.option(Config.NonEmptyString("PUBLIC_URL")),
    apiKey: Config.option(Config.schema(DemoKey, "SALESOS_DEMO_API_KEY")),
    webhookUrl: Config.option(Config.NonEmptyString("SALESOS_DEMO_WEBHOOK_URL"))
  })
)

/** The port itself where it is free, some free one for 0, and undefined where it is taken. */
const freePort = (host: string, port: number): Effect.Effect<number | undefined> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.succeed(undefined)))
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      const found = typeof address === "object" && address !== null ? address.port : port
      server.close(() => resume(Effect.succeed(found)))
    })
  })

/**
 * The port that a variable names. Fails with `BadConfiguration` where it is taken; where nothing was set another free port is
 * chosen instead of the preferred one.
 */
const chosen = Effect.fnUntraced(function* (
  variable: string,
  host: string,
  wanted: Option.Option<number>,
  preferred: number
) {
  const asked = Option.getOrElse(wanted, () => preferred)
  const port = (yield* freePort(host, asked)) ?? (Option.isNone(wanted) ? yield* freePort(host, 0) : undefined)
  return (
    port ??
    (yield* new Wiring.BadConfiguration({ message: `${variable}: ${asked} on ${host} is taken by another program` }))
  )
})

/** The simulator of the authority has a certificate for this address, and nobody else needs to reach it. */
export const nfseHost = "127.0.0.1"

/** Fails with `BadConfiguration`. */
export const load = Effect.gen(function* () {
  const { nfsePort, port, ...rest } = yield* config
  return {
    ...rest,
    port: yield* chosen("PORT", rest.host, port, 8080),
    nfsePort: yield* chosen("NFSE_SIMULATOR_PORT", nfseHost, nfsePort, 8443)
  }
})
