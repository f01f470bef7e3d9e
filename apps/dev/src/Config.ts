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

const preferredPort = 8080

/** Fails with `BadConfiguration`, also when `PORT` is taken; where nothing was set another free port is chosen. */
export const load = Effect.gen(function* () {
  const { port: wanted, ...rest } = yield* config
  const asked = Option.getOrElse(wanted, () => preferredPort)
  const port =
    (yield* freePort(rest.host, asked)) ?? (Option.isNone(wanted) ? yield* freePort(rest.host, 0) : undefined)
  if (port !== undefined) return { ...rest, port }
  return yield* new Wiring.BadConfiguration({ message: `PORT: ${asked} on ${rest.host} is taken by another program` })
})
