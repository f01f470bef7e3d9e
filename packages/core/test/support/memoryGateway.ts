/** A gateway in memory: core's use cases over the memory adapters, with the test clock. */
import { assert } from "@effect/vitest"
import type { Destinations, Operations, Owner, Provider, Settings, TaxIssuer } from "@salesos/core"
import { FakeIssuer, Memory, TestOwners } from "@salesos/core/testing"
import { type Context, Effect, Layer, References } from "effect"
import { TestClock } from "effect/testing"
import { noon } from "./given.ts"

/** What a test of a use case has at hand, besides fake providers of some kind. */
export interface World<Fake> {
  readonly owner: Owner.Owner
  readonly otherOwner: Owner.Owner
  readonly notificationToken: string
  /** In order of preference. */
  readonly providers: ReadonlyArray<Fake>
  /** The first of them. */
  readonly provider: Fake
  /** Issuers of tax documents, none unless a test wants some. */
  readonly issuers: ReadonlyArray<FakeIssuer.FakeIssuer>
}

/** The ports, all of them in memory. */
export type Ports =
  | Memory.Stored
  | Destinations.Destinations
  | Provider.Drivers
  | TaxIssuer.TaxIssuers
  | Settings.Settings

/** What a test sets of its gateway. */
export interface Options extends Pick<Memory.Options, "settings" | "refusedUrls"> {
  readonly issuers?: ReadonlyArray<FakeIssuer.Options>
}

/** Runs a test at noon of 21 November 2026 in a gateway of its own. */
export const inMemory =
  <Id, Fake extends { readonly driver: Provider.Driver }>(
    given: Context.Key<Id, World<Fake>>,
    open: Effect.Effect<ReadonlyArray<Fake>>,
    { issuers: issuing = [], ...options }: Options = {}
  ) =>
  <A, E>(test: Effect.Effect<A, E, Ports | Id>): Effect.Effect<A, E | Operations.StoreUnavailable> =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon.epochMilliseconds)
      const providers = yield* open
      const provider = providers[0] ?? assert.fail("a gateway has a provider")
      const drivers = providers.map(({ driver }) => driver)
      const opened = yield* Effect.forEach(issuing, FakeIssuer.make)
      const issuers = opened.map(({ issuer }) => issuer)
      const world = Effect.gen(function* () {
        const { fresh } = yield* TestOwners.TestOwners
        const { live, notificationToken, sandbox } = yield* fresh([...drivers, ...issuers].map(({ name }) => name))
        return { owner: sandbox, otherOwner: live, notificationToken, providers, provider, issuers: opened }
      })
      return yield* Effect.provide(
        test,
        Layer.provideMerge(Layer.effect(given, world), Memory.layer({ ...options, drivers, issuers }))
      )
    }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))
