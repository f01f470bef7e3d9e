/** Where the API listens, and whom it believes. */
import { Config as Wiring } from "@salesos/app-wiring"
import { IpRange } from "@salesos/core"
import { Config, Schema } from "effect"

const isRange = Schema.is(IpRange.IpRange)

const parts = (text: string): ReadonlyArray<string> => text.split(",").flatMap((each) => each.trim() || [])

const Ranges = Schema.String.check(
  Schema.makeFilter((text: string) => parts(text).every((each) => isRange(each)), {
    message: "Expected addresses or ranges such as 10.0.0.0/8, separated by commas"
  })
)

/** `HOST`, `PORT` and `TRUSTED_PROXIES`. Fails with `BadConfiguration`. */
export const load = Wiring.read(
  Config.all({
    host: Config.NonEmptyString("HOST").pipe(Config.withDefault("127.0.0.1")),
    port: Config.Port("PORT").pipe(Config.withDefault(8080)),
    trustedProxies: Config.schema(Ranges, "TRUSTED_PROXIES").pipe(Config.withDefault(""), Config.map(parts))
  })
)
