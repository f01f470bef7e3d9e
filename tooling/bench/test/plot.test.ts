import { expect, it } from "vitest"
import { svg } from "../plot.ts"
import { median, quantile } from "../statistics.ts"

it("draws a bar for each side of each pair, higher for more", () => {
  const pair = (measured: number, against: number) => ({ measured, against, ratio: measured / against })
  const drawn = svg({
    title: "P0: this, against that",
    sides: ["this", "that"],
    pairs: [pair(300, 600), pair(400, 500)],
    median: 0.65,
    target: 0.5
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
