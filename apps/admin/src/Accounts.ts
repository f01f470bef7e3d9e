/** `salesos accounts`: provider accounts and their credentials. */
import { type FieldError, Provider, Store as Ports, TaxIssuer } from "@salesos/core"
import { Operator as Store, Setup } from "@salesos/store-postgres"
import { Effect, Redacted, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { text } from "node:stream/consumers"
import * as Flags from "./Flags.ts"
import * as Operator from "./Operator.ts"
import * as Output from "./Output.ts"

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Record(Schema.String, Schema.NonEmptyString)))

/** Credentials from a file, or from standard input: what is an argument is seen by whoever lists the processes. */
const read = Effect.fnUntraced(function* (file: string) {
  const given = yield* Effect.tryPromise({
    try: () => (file === "-" ? text(process.stdin) : readFile(file, "utf8")),
    catch: () => new Operator.Failed({ message: `${file} can't be read` })
  })
  return yield* Effect.mapBoth(decode(given), {
    onSuccess: (credentials) => Redacted.make(credentials),
    // Without the schema's own words, which quote what they refuse.
    onFailure: () =>
      new Operator.Failed({ message: 'Expected credentials as JSON, such as {"apiKey":"…","apiSecret":"…"}' })
  })
})

const told = ({ field, message }: FieldError.FieldError): string => `${field}: ${message}`

const set = Command.make(
  "set",
  {
    ...Flags.owner,
    provider: Flag.String("provider").pipe(Flag.withDescription("Which driver speaks for it")),
    name: Flag.String("name").pipe(
      Flag.withDescription("What requests and statements call it; the provider's name is usual"),
      Flag.withSchema(Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9_-]{0,63}$/)))
    ),
    credentials: Flag.String("credentials-file").pipe(
      Flag.withDescription("A file with the credentials as JSON; - reads them from standard input"),
      Flag.withDefault("-")
    ),
    settings: Flag.KeyValuePair("setting").pipe(
      Flag.withDescription("What the driver is told besides, such as baseUrl=https://…; once for each"),
      Flag.withDefault({})
    )
  },
  Effect.fnUntraced(function* ({ credentials: file, environment, name, provider, settings, tenant }) {
    const owner = { tenant, environment }
    const known = [...(yield* Provider.Drivers), ...(yield* TaxIssuer.TaxIssuers)].map(({ name }) => name)
    if (!known.includes(provider)) {
      return yield* new Operator.Failed({ message: `--provider: expected one of ${known.join(", ")}` })
    }
    const credentials = yield* read(file)
    const account = { ...owner, name, provider, credentials, settings, notificationUrl: "" }
    const issuer = (yield* TaxIssuer.TaxIssuers).find((each) => each.name === provider)
    const { warnings } = issuer === undefined ? { warnings: [] } : yield* issuer.validate(account)
    const notificationToken = randomBytes(24).toString("base64url")
    yield* Operator.audited(
      { action: "accounts set", owner, subject: name, detail: { provider } },
      Setup.providerAccount(owner, { name, provider, credentials, settings, notificationToken })
    )
    yield* Output.one({ tenant, environment, name, provider, settings, warnings: warnings.map(told) })
  }, Operator.withGateway)
).pipe(
  Command.withDescription("Create a provider account, or give it other credentials and settings"),
  Command.withExamples([
    {
      command:
        "salesos accounts set --tenant ten_… --environment live --provider infrapsp --name infrapsp < credentials.json",
      description: "Credentials from standard input"
    }
  ])
)

const list = Command.make(
  "list",
  Flags.owner,
  Effect.fnUntraced(function* (owner) {
    const all = yield* Store.accounts(owner)
    yield* Output.rows(
      all.map((account) => ({ ...account })),
      "There are no provider accounts"
    )
  }, Operator.withGateway)
).pipe(Command.withDescription("List the provider accounts, without their credentials"))

/** A fiscal profile can become wrong by itself: its certificate expires. */
const check = Command.make(
  "check",
  Flags.owner,
  Effect.fnUntraced(function* (owner) {
    const { accounts: all } = yield* (yield* Ports.Tenants).profile(owner)
    const issuers = yield* TaxIssuer.TaxIssuers
    const found = yield* Effect.forEach(all, (account) => {
      const issuer = issuers.find(({ name }) => name === account.provider)
      return issuer === undefined
        ? Effect.succeed([])
        : issuer.validate(account).pipe(
            Effect.map(({ warnings }) => warnings.map((each) => ({ account: account.name, is: "warning", ...each }))),
            Effect.catchTag("ValidationError", ({ errors }) =>
              Effect.succeed(errors.map((each) => ({ account: account.name, is: "wrong", ...each })))
            )
          )
    })
    yield* Output.rows(found.flat(), "Every fiscal profile can issue")
  }, Operator.withGateway)
).pipe(Command.withDescription("Say which fiscal profiles can't issue, and which soon can't: certificates that expire"))

export const accounts = Command.make("accounts").pipe(
  Command.withDescription("Provider accounts of a tenant"),
  Command.withSubcommands([set, list, check])
)
