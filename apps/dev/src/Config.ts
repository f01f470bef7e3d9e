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
    encryptionKey: Config.option(Config.NonEmptyString("SALESOS_ENCRYPTION_KEY")),
    publicUrl: Config.option(Config.NonEmptyString("PUBLIC_URL")),
    apiKey: Config.option(Config.schema(DemoKey, "SALESOS_DEMO_API_KEY")),
    webhookUrl: Config.option(Config.NonEmptyString("SALESOS_DEMO_WEBHOOK_URL"))
  })
)

const isFree = (host: string, port: number): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resume(Effect.succeed(true))))
  })

const anyFree = (host: string): Effect.Effect<number> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.listen({ host, port: 0 }, () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      server.close(() => resume(Effect.succeed(port)))
    })
  })

const preferredPort = 8080

/** Fails with `BadConfiguration`, also when `PORT` is taken; where nothing was set another free port is chosen. */
export const load = Effect.gen(function* () {
  const { port: wanted, ...rest } = yield* config
  const port = Option.getOrElse(wanted, () => preferredPort)
  if (yield* isFree(rest.host, port)) return { ...rest, port }
  if (Option.isNone(wanted)) return { ...rest, port: yield* anyFree(rest.host) }
  return yield* new Wiring.BadConfiguration({ message: `PORT: ${port} on ${rest.host} is taken by another program` })
})
