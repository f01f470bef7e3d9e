import { expect, it } from "vitest"
import { difference, mismatches } from "../footprint.ts"

it("tells where a script leaves something else than a request", () => {
  const request = difference(
    { "invoice.id": 4, "event.id": 2 },
    { "invoice.id": 5, "event.id": 2, "observation.raw": 1 }
  )
  expect(request).toEqual({ "invoice.id": 1, "observation.raw": 1 })
  expect(mismatches(request, { "invoice.id": 1, "observation.raw": 1 })).toEqual([])
  expect(mismatches(request, { "invoice.id": 1, "event.id": 1 })).toEqual([
    "observation.raw: 1 and 0",
    "event.id: 0 and 1"
  ])
})
