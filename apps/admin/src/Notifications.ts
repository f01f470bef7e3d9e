/** `salesos notifications`: what providers told us, and nothing came of it. */
import { Message, Notifications } from "@salesos/core"
import { Operator as Store } from "@salesos/store-postgres"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import * as Flags from "./Flags.ts"
import * as Operator from "./Operator.ts"
import * as Output from "./Output.ts"

const dead = Command.make(
  "dead",
  Flags.anyOwner,
  Effect.fnUntraced(function* (filter) {
    const letters = yield* Store.deadLetters(Flags.whose(filter))
    yield* Output.rows(
      letters.map(({ message, ...letter }) => ({ ...letter, reason: Message.sanitized(message) })),
      "There are no dead letters"
    )
  }, Operator.withGateway)
).pipe(
  Command.withDescription(
    "List the notifications that were given up, oldest first, and what each names at its provider"
  )
)

const retry = Command.make(
  "retry",
  {
    ...Flags.anyOwner,
    id: Argument.String("id").pipe(Argument.withDescription("The notification, as `dead` lists it"))
  },
  Effect.fnUntraced(function* ({ id, ...filter }) {
    const letters = yield* Store.deadLetters({ ...Flags.whose(filter), notification: id })
    const [first] = letters
    if (first === undefined) return yield* new Operator.Failed({ message: `There is no dead letter ${id}` })
    const owner = { tenant: first.tenant, environment: first.environment }
    if (letters.some(({ environment, tenant }) => tenant !== owner.tenant || environment !== owner.environment)) {
      return yield* new Operator.Failed({ message: `Several have a dead letter ${id}; say --tenant and --environment` })
    }
    yield* Operator.audited({ action: "notifications retry", owner, subject: id }, Notifications.retry(owner, id))
    yield* Output.rows(
      letters.map(({ account, kind, provider_id, resource }) => ({
        account,
        kind,
        provider_id,
        resource,
        due: resource === null ? null : "now" // what we know nothing of is asked about once we do
      })),
      ""
    )
  }, Operator.withGateway)
).pipe(Command.withDescription("Put a notification back: the provider is asked again about what it names"))

export const notifications = Command.make("notifications").pipe(
  Command.withDescription("What providers told us, and nothing came of it"),
  Command.withSubcommands([dead, retry])
)
