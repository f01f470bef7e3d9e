/** Where the API listens. */
import { Config } from "effect"
import { Config as Wiring } from "@salesos/app-wiring"

/** `HOST` and `PORT`. Fails with `BadConfiguration`. */
export const load = Wiring.read(
  Config.all({
    host: Config.NonEmptyString("HOST").pipe(Config.withDefault("127.0.0.1")),
    port: Config.Port("PORT").pipe(Config.withDefault(8080))
  })
)
