/**
 * The ways in which a test may make a provider misbehave, set through the control endpoints and kept in memory only.
 */
import { Effect, Latch, Schema } from "effect"

const flag = Schema.optionalKey(Schema.Boolean)
const milliseconds = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const status = Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 }))

/** Settings to change; the others stay as they are, and null takes one back. A creation is any POST that makes money move. */
export const FaultSettings = Schema.Struct({
  /** Answers 503 to the whole API. */
  down: flag,
  /** A creation is committed that much later, even where the caller has gone. */
  createDelayMs: Schema.optionalKey(milliseconds),
  /** A creation is committed, and its answer held until it is released or the connection drops. */
  holdCreateAnswers: flag,
  /** Notifications count as delivered without being sent. */
  dropNotifications: flag,
  /** Each notification is sent twice. */
  duplicateNotifications: flag,
  /** Each notification waits for the next one and is sent after it; taking the fault back lets the last one go. */
  reorderNotifications: flag,
  /** Creations are refused with this code and message, as the provider refuses a business rule. */
  rejectCreates: Schema.optionalKey(Schema.NullOr(Schema.Struct({ code: Schema.String, message: Schema.String }))),
  /** A creation is committed and answered with the first half of its JSON. */
  truncateCreateAnswers: flag,
  /** Creations are answered with this status, and nothing is committed. */
  createStatus: Schema.optionalKey(Schema.NullOr(status)),
  /** Lookups answer without what the payer needs to pay. */
  loseArtifacts: flag
})
export type FaultSettings = typeof FaultSettings.Type

/** The faults in force. */
export interface Faults {
  readonly current: () => FaultSettings
  readonly merge: (settings: FaultSettings) => void
  /** Takes all faults back and releases what is held. */
  readonly reset: Effect.Effect<void>
  /** Waits for a release. */
  readonly held: Effect.Effect<void>
  /** Lets all held answers go and tells how many they were. */
  readonly release: Effect.Effect<number>
}

/** No faults. */
export const make = (): Faults => {
  const latch = Latch.makeUnsafe()
  let settings: FaultSettings = {}
  let waiting = 0
  const release = Effect.suspend(() => Effect.as(latch.release, waiting))
  return {
    current: () => settings,
    merge: (changes) => {
      settings = { ...settings, ...changes }
    },
    reset: Effect.suspend(() => {
      settings = {}
      return Effect.asVoid(release)
    }),
    held: Effect.suspend(() => {
      waiting++
      return Effect.ensuring(
        latch.await,
        Effect.sync(() => {
          waiting--
        })
      )
    }),
    release
  }
}
