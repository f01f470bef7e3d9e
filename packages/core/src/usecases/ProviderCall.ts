/**
 * One call of a provider, outside any transaction: with a deadline, a span, and nobody else's interruption.
 */
import { Duration, Effect, Fiber } from "effect"
import { Unknown } from "../ports/Provider.ts"
import { Settings } from "../ports/Settings.ts"

/**
 * Runs a driver's call to its end or to the call deadline, after which its outcome is `Unknown`. A caller that is
 * interrupted meanwhile still waits: what a call that may move money answered must not be lost with a client's connection.
 */
export const withDeadline = <A, E>(
  name: string,
  attributes: Readonly<Record<string, string>>,
  call: Effect.Effect<A, E>
): Effect.Effect<A, E | Unknown, Settings> =>
  Effect.gen(function* () {
    const { callDeadline } = yield* Settings
    const fiber = yield* call.pipe(
      Effect.timeoutOrElse({
        duration: callDeadline,
        orElse: () => new Unknown({ message: `No answer within ${Duration.toSeconds(callDeadline)} seconds` })
      }),
      Effect.withSpan(name, { attributes, kind: "client" }),
      Effect.interruptible,
      Effect.forkChild
    )
    return yield* Fiber.join(fiber)
  }).pipe(Effect.uninterruptible)
