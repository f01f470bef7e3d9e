/** What a driver makes of credentials: wrong ones are about the account, and an access token is fetched and renewed in its stead. */
import { Effect, Redacted } from "effect"
import type { Provider } from "@salesos/core"
import { declared, holds, type Law, law, same } from "../Law.ts"
import type { ChargeOperation, Failure } from "../Operation.ts"
import { Fault } from "../proxy/index.ts"
import { sent } from "./creation.ts"

/** Nothing can have happened, and it stays so until somebody does something about the account. */
const isAboutCredentials = Effect.fnUntraced(function* (what: string, failure: Failure) {
  yield* same(`${what}: the outcome`, failure._tag, "Unavailable")
  yield* same(`${what}: what it is about`, "account" in failure ? failure.account : undefined, "credentials")
})

/** The same account, with one credential changed. */
const mistyped = (account: Provider.ProviderAccount, name: string): Provider.ProviderAccount => ({
  ...account,
  name: `main, wrong ${name}`,
  credentials: Redacted.make({ ...Redacted.value(account.credentials), [name]: "wrong" })
})

const tokenOf = ({ bench: { subject } }: ChargeOperation) =>
  declared(subject.token ?? undefined, "credentials go with every call")

export const credentials: ReadonlyArray<Law<ChargeOperation>> = [
  law(
    "with wrong credentials is Unavailable on the account's account, and nothing is made",
    (operation: ChargeOperation) =>
      Effect.gen(function* () {
        const { bench, booked, requestFor } = operation
        const { account, driver } = bench
        const { signedWith } = bench.subject.notifications
        const names = Object.keys(Redacted.value(account.credentials)).filter((name) => name !== signedWith)
        yield* holds(names.length > 0, "the subject's account has no credentials")
        const request = yield* requestFor({})
        for (const name of names) {
          const wrong = mistyped(account, name)
          yield* isAboutCredentials(
            `created with a wrong ${name}`,
            yield* Effect.flip(driver.createCharge(wrong, request))
          )
          yield* isAboutCredentials(
            `found with a wrong ${name}`,
            yield* Effect.flip(driver.findCharge(wrong, request.reference))
          )
        }
        yield* same("the provider's books", yield* booked(), [])
      })
  ),

  law(
    "without a credential is Unavailable on the account's account, and nothing is sent",
    ({ bench, requestFor }: ChargeOperation) =>
      Effect.gen(function* () {
        const none = { ...bench.account, name: "main, unconfigured", credentials: Redacted.make({}) }
        const failure = yield* Effect.flip(bench.driver.createCharge(none, yield* requestFor({})))
        yield* isAboutCredentials("created without credentials", failure)
        yield* same("requests", (yield* bench.proxy.counts).request, 0)
      })
  ),

  law(
    "whose credentials are refused on the way is Unavailable on the account's account",
    (operation: ChargeOperation) =>
      Effect.gen(function* () {
        yield* operation.bench.proxy.on(
          operation.wire.creates,
          Fault.instead(401, { message: "Unauthorized" }),
          Infinity
        )
        yield* isAboutCredentials("created", yield* Effect.flip(operation.create()))
        // An access token is worth renewing once.
        const most = operation.bench.subject.token === null ? 1 : 2
        const tries = (yield* sent(operation)).length
        yield* holds(tries <= most, `expected at most ${most} requests to create it, got ${tries}`)
      })
  ),

  law("shares its access token with other calls", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const token = yield* tokenOf(operation)
      yield* Effect.all(
        [1, 2, 3].map((number) => operation.create({ number })),
        { concurrency: "unbounded" }
      )
      yield* operation.find()
      yield* same("tokens fetched", (yield* operation.bench.proxy.exchanges(token)).length, 1)
    })
  ),

  law("whose access token was refused is sent once more, with a new one", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const token = yield* tokenOf(operation)
      const { bench, create, wire } = operation
      yield* bench.proxy.on(wire.creates, Fault.instead(401, { message: "Unauthorized" }))
      const { providerId } = yield* create()
      yield* same("tokens fetched", (yield* bench.proxy.exchanges(token)).length, 2)
      yield* same(
        "the provider's books",
        (yield* operation.booked()).map((each) => each.providerId),
        [providerId]
      )
    })
  ),

  ...(
    [
      ["lost", Fault.dropAnswer],
      ["429", Fault.tooManyRequests(1)],
      ["500", Fault.instead(500, "<html>Service error</html>")],
      ["cut off", Fault.truncate()],
      ["not JSON", Fault.malform],
      ["without a token", Fault.instead(200, {})]
    ] as const
  ).map(([name, fault]) =>
    law(
      `whose access token cannot be had, the answer being ${name}, is Unavailable, and nothing is sent`,
      (operation: ChargeOperation) =>
        Effect.gen(function* () {
          const token = yield* tokenOf(operation)
          yield* operation.bench.proxy.on(token, fault, Infinity)
          yield* same("the outcome", (yield* Effect.flip(operation.create()))._tag, "Unavailable")
          yield* same("requests to create it", (yield* sent(operation)).length, 0)
        })
    )
  )
]
