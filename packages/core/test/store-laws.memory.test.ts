import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Memory, StoreLaws } from "@salesos/core/testing"

describe.concurrent("the store in memory", () => {
  for (const { name, run } of StoreLaws.all) {
    it.live(name, () => Effect.provide(run, Memory.layer()), 30_000)
  }
})
