import { layer as testLayer } from "@effect/vitest"
import { StoreLaws } from "@salesos/core/testing"
import { layer } from "./support/store.ts"

// One database for all: each law has tenants of its own, and those that take what is due run one after another.
testLayer(layer, { excludeTestServices: true })("the store in PostgreSQL", (it) => {
  for (const { name, run } of StoreLaws.all) it.effect(name, () => run, 30_000)
})
