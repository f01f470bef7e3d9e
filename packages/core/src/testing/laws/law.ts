/** What a law of the store is made of. */
import { Effect, Exit, References, Schema } from "effect"
import type { AccountLines } from "../../ports/AccountLines.ts"
import type { AccountRefusals } from "../../ports/AccountRefusals.ts"
import type { IdempotencyRecords } from "../../ports/IdempotencyRecords.ts"
import type { AccessTokens, Pacing } from "../../ports/ProviderCalls.ts"
import type { ReconciliationStore } from "../../ports/ReconciliationStore.ts"
import type { ApiKeyStore } from "../../ports/ApiKeyStore.ts"
import type { CostCenterStore } from "../../ports/CostCenterStore.ts"
import type { RateLimits } from "../../ports/RateLimits.ts"
import type { Settings } from "../../ports/Settings.ts"
import type {
  Balances,
  InvoiceStore,
  Notifications,
  PayerView,
  PayoutStore,
  Statement,
  TaxStore,
  Tenants
} from "../../ports/Store.ts"
import type { DeliveryQueue } from "../../ports/DeliveryQueue.ts"
import type { Mails } from "../../ports/Mails.ts"
import type { Webhooks } from "../../ports/Webhooks.ts"
import { canonical } from "../../values/Json.ts"
import type { TestOwners } from "../TestOwners.ts"

/** An adapter does not do what its port promises. */
export class LawBroken extends Schema.TaggedError<LawBroken>()("LawBroken", { message: Schema.String }) {}

/** What a law may use: the ports to storage, and a way to tenants of its own. */
export type Services =
  | AccessTokens
  | Pacing
  | InvoiceStore
  | PayoutStore
  | TaxStore
  | AccountRefusals
  | Statement
  | Balances
  | Tenants
  | Notifications
  | PayerView
  | Webhooks
  | DeliveryQueue
  | Mails
  | AccountLines
  | ReconciliationStore
  | IdempotencyRecords
  | ApiKeyStore
  | RateLimits
  | CostCenterStore
  | Settings
  | TestOwners

export interface Law {
  readonly name: string
  readonly run: Effect.Effect<void, LawBroken, Services>
}

/** A law by its name. Whatever it fails with, the adapter broke it. What core logs meanwhile is of no interest. */
export const law = <E>(name: string, run: Effect.Effect<void, E, Services>): Law => ({
  name,
  run: run.pipe(
    Effect.mapError((error) =>
      error instanceof LawBroken
        ? error
        : new LawBroken({ message: `Failed with ${String(error)} ${canonical(error)}` })
    ),
    Effect.provideService(References.MinimumLogLevel, "Error")
  )
})

/** Breaks the law unless something is so. */
export const holds = (so: boolean, otherwise: string): Effect.Effect<void, LawBroken> =>
  so ? Effect.void : Effect.fail(new LawBroken({ message: otherwise }))

/** Breaks the law unless two values are the same as JSON. */
export const same = (what: string, actual: unknown, expected: unknown): Effect.Effect<void, LawBroken> => {
  const [found, wanted] = [canonical(actual) ?? "undefined", canonical(expected) ?? "undefined"]
  return holds(found === wanted, `${what}: expected ${wanted}, got ${found}`)
}

/** Breaks the law unless an effect fails or dies. */
export const refused = <A, E, R>(what: string, effect: Effect.Effect<A, E, R>): Effect.Effect<void, LawBroken, R> =>
  Effect.flatMap(Effect.exit(effect), (exit) => holds(Exit.isFailure(exit), `${what} was not refused`))

/** Tries again every 50 ms until something is so, for at most ten seconds. */
export const eventually = <A, E, R>(
  what: string,
  effect: Effect.Effect<A, E, R>,
  so: (value: A) => boolean
): Effect.Effect<A, E | LawBroken, R> =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 200; tries++) {
      const value = yield* effect
      if (so(value)) return value
      yield* Effect.sleep("50 millis")
    }
    return yield* new LawBroken({ message: `${what}: not within ten seconds` })
  })

/** All at once. */
export const together = <A, E, R>(effects: Iterable<Effect.Effect<A, E, R>>): Effect.Effect<Array<A>, E, R> =>
  Effect.all(effects, { concurrency: "unbounded" })

/** The same effect so many times at once. */
export const times = <A, E, R>(count: number, effect: Effect.Effect<A, E, R>): Effect.Effect<Array<A>, E, R> =>
  together(Array.from({ length: count }, () => effect))

/** 1, 2, …, `last`. */
export const upTo = (last: number): ReadonlyArray<number> => Array.from({ length: last }, (_, index) => index + 1)
