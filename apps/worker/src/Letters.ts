/** Sending letters: a few at once for each environment that there is a way for. */
import { Letter, Letters, Mailer, type Mails, type Owner } from "@salesos/core"
import { Duration, Effect, FiberSet } from "effect"
import type { WorkerConfig } from "./Config.ts"
import { forEver } from "./Loop.ts"

/** How many letters are sent at once: servers let few connections in. */
const atOnce = 4

/** What goes wrong with one keeps no other from being sent: it is due again, under the same id. */
const one = (taken: Mails.Taken) =>
  Letters.send(taken).pipe(Effect.catchCause((cause) => Effect.logError("A letter was broken off", cause)))

/** Sends the letters of an environment for ever. On a stop nothing new is begun, and what runs may finish. */
const sending = (environment: Owner.Environment, { pollInterval }: Pick<WorkerConfig, "pollInterval">) =>
  Effect.gen(function* () {
    const fibers = yield* FiberSet.make()
    yield* Effect.addFinalizer(() => FiberSet.awaitEmpty(fibers))
    const round = Effect.gen(function* () {
      const taken = yield* Letters.take(environment, atOnce)
      yield* Effect.forEach(taken, (each) => FiberSet.run(fibers, one(each)), { discard: true })
      yield* FiberSet.awaitEmpty(fibers)
      if (taken.length < atOnce) yield* Effect.sleep(pollInterval)
    })
    yield* forEver(round, "The worker could not look for letters")
  }).pipe(Effect.scoped)

/** Sends letters for ever. */
export const run = (config: Pick<WorkerConfig, "pollInterval">) =>
  Effect.gen(function* () {
    const { carries } = yield* Mailer.Mailer
    if (!carries.includes("live")) {
      const days = Duration.toDays(Letter.usefulFor)
      yield* Effect.logWarning(`SMTP_URL is not set: live letters wait, and are dropped after ${days} days`)
    }
    yield* Effect.forEach(carries, (environment) => sending(environment, config), {
      concurrency: "unbounded",
      discard: true
    })
  })
