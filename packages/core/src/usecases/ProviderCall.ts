/**
 * One call of a provider, outside any transaction: with a deadline, a span, its metrics, and nobody else's interruption.
 */
import { Clock, Duration, Effect, Exit, Fiber, Metric, Option, Predicate } from "effect"
import { Unknown } from "../ports/Provider.ts"
import { Settings } from "../ports/Settings.ts"
import * as Metrics from "./Metrics.ts"

/** Who is called, and about what: the labels of its span. */
export interface About {
  readonly provider: string
  readonly [label: string]: string
}

const outcomeOf = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return "accepted"
  const failure = Option.getOrUndefined(Exit.findErrorOption(exit))
  return Predicate.hasProperty(failure, "_tag") ? String(failure._tag).toLowerCase() : "died"
}

const counted = Effect.fnUntraced(function* (
  { provider }: About,
  name: string,
  begun: bigint,
  exit: Exit.Exit<unknown, unknown>
) {
  const call = name.slice(name.indexOf(".") + 1)
  const seconds = Duration.toSeconds(Duration.nanos((yield* Clock.monotonicTimeNanos) - begun))
  yield* Metrics.count(Metrics.providerCalls, { provider, call, outcome: outcomeOf(exit) })
  yield* Metric.update(Metric.withAttributes(Metrics.providerSeconds, { provider, call }), seconds)
})

/**
 * Runs a driver's call to its end or to the call deadline, after which its outcome is `Unknown`. A caller that is
 * interrupted meanwhile still waits: what a call that may move money answered must not be lost with a client's connection.
 */
export const withDeadline = <A, E>(
  name: string,
  attributes: About,
  call: Effect.Effect<A, E>
): Effect.Effect<A, E | Unknown, Settings> =>
  Effect.gen(function* () {
    const { callDeadline } = yield* Settings
    const begun = yield* Clock.monotonicTimeNanos
    const fiber = yield* call.pipe(
      Effect.timeoutOrElse({
        duration: callDeadline,
        orElse: () => new Unknown({ message: `No answer within ${Duration.toSeconds(callDeadline)} seconds` })
      }),
      Effect.onExit((exit) => counted(attributes, name, begun, exit)),
      Effect.withSpan(name, { attributes, kind: "client" }),
      Effect.interruptible,
      Effect.forkChild
    )
    return yield* Fiber.join(fiber)
  }).pipe(Effect.uninterruptible)
