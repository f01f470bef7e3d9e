/** `salesos keys`: API keys, and the encryption key. */
import { ApiKey, ApiKeys, Idempotency, Ids, Resources } from "@salesos/core"
import { ApiKeys as Secrets, Rotation } from "@salesos/store-postgres"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Flags from "./Flags.ts"
import * as Operator from "./Operator.ts"
import * as Output from "./Output.ts"

const create = Command.make(
  "create",
  {
    ...Flags.owner,
    name: Flag.String("name").pipe(Flag.withDescription("What you call it, after the program that uses it")),
    scopes: Flag.Literals("scope", ApiKey.Scope.literals).pipe(
      Flag.withDescription("What it may do; once for each"),
      Flag.atLeast(1)
    ),
    rateLimit: Flag.Int("rate-limit").pipe(Flag.withDescription("Requests each hour (1000)"), Flag.optional),
    ranges: Flag.String("ip").pipe(
      Flag.withDescription("Where it may be used from: an address or a range; once for each, anywhere without"),
      Flag.atLeast(0)
    ),
    expiresAt: Flag.String("expires-at").pipe(
      Flag.withDescription("From when on it is refused: 2027-01-31T23:59:59Z"),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* ({ environment, expiresAt, name, ranges, rateLimit, scopes, tenant }) {
    const owner = { tenant, environment }
    const request = yield* ApiKey.decode({
      name,
      scopes,
      ...(Option.isSome(rateLimit) ? { rate_limit_per_hour: rateLimit.value } : {}),
      ...(ranges.length > 0 ? { ip_allowlist: ranges } : {}),
      ...(Option.isSome(expiresAt) ? { expires_at: expiresAt.value } : {})
    })
    const key = Idempotency.IdempotencyKey.make(yield* Operator.onceOnly)
    const keyed = { key, fingerprint: Idempotency.fingerprint("POST", "salesos keys create", request) }
    const secret = Secrets.generateSecret(ApiKey.secretPrefix(environment))
    const { response } = yield* Operator.audited(
      { action: "keys create", owner, detail: { scopes: scopes.join(" ") } },
      ApiKeys.create(owner, ApiKey.Scope.literals, keyed, request, secret)
    )
    yield* Output.one(JSON.parse(response.body))
  }, Operator.withGateway)
).pipe(Command.withDescription("Create an API key; its secret is printed now and never again"))

const list = Command.make(
  "list",
  Flags.owner,
  Effect.fnUntraced(function* (owner) {
    const { data } = yield* ApiKeys.list(owner, { limit: 100 })
    yield* Output.rows(
      data.map((key) => Resources.apiKey(owner, key)),
      "There are no API keys"
    )
  }, Operator.withGateway)
).pipe(Command.withDescription("List the API keys, revoked ones among them"))

const revoke = Command.make(
  "revoke",
  { ...Flags.owner, id: Argument.String("id").pipe(Argument.withSchema(Ids.ApiKeyId)) },
  Effect.fnUntraced(function* ({ id, ...owner }) {
    const revoked = yield* Operator.audited({ action: "keys revoke", owner, subject: id }, ApiKeys.revoke(owner, id))
    yield* Output.one(Resources.apiKey(owner, revoked))
  }, Operator.withGateway)
).pipe(Command.withDescription("Revoke an API key at once"))

const rotateEncryption = Command.make(
  "rotate-encryption",
  {},
  Effect.fnUntraced(function* () {
    const rotated = yield* Operator.audited({ action: "keys rotate-encryption" }, Rotation.rotate)
    yield* Output.rows(
      rotated.map((column) => ({ ...column })),
      "Nothing is encrypted"
    )
    const unreadable = rotated.reduce((sum, column) => sum + column.unreadable, 0)
    if (unreadable > 0) {
      return yield* new Operator.Failed({ message: `${unreadable} rows are encrypted by a key that is not given` })
    }
  }, Operator.withGateway)
).pipe(
  Command.withDescription(
    "Encrypt all secrets anew under the first key of SALESOS_ENCRYPTION_KEY. May be stopped and run again at any time"
  )
)

export const keys = Command.make("keys").pipe(
  Command.withDescription("API keys, and the key that encrypts secrets"),
  Command.withSubcommands([create, list, revoke, rotateEncryption])
)
