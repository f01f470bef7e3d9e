import { expect, it } from "vitest"
import { svg } from "../plot.ts"
import { median, quantile } from "../statistics.ts"

it("draws a bar for each side of each pair, higher for more", () => {
  const pair = (app: number, pgbench: number) => ({
    app: { requestsPerSecond: app, p50: 1, p99: 2 },
    pgbench,
    ratio: app / pgbench
  })
  const drawn = svg({
    pairs: [pair(300, 600), pair(400, 500)],
    median: 0.65,
    roundTrips: 8,
    postgres: { version: "18", flushing: "" },
    pgbench: "18",
    loadBefore: 0
  })
  const heights = [...drawn.matchAll(/width="47.0" height="([\d.]+)"/g)].map(([, height]) => Number(height))
  expect(heights).toHaveLength(4)
  expect(heights[1]! / heights[0]!).toBeCloseTo(2, 1)
  expect(drawn).toContain(">0.50<")
})

it("takes medians and quantiles", () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(quantile([1, 2, 3, 4], 0.99)).toBe(4)
})
