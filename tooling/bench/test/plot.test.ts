import { expect, it } from "vitest"
import { svg } from "../plot.ts"
import { median, quantile } from "../statistics.ts"

it("draws a bar for each side of each pair, higher for more", () => {
  const pair = (ours: number, theirs: number) => ({ ours, theirs, ratio: ours / theirs })
  const drawn = svg({
    title: "Two of a kind",
    ours: "of ours",
    theirs: "of theirs",
    target: 0.5,
    pairs: [pair(300, 600), pair(400, 500)],
    median: 0.65
  })
  const heights = [...drawn.matchAll(/width="47.0" height="([\d.]+)"/g)].map(([, height]) => Number(height))
  expect(heights).toHaveLength(4)
  expect(heights[1]! / heights[0]!).toBeCloseTo(2, 1)
  for (const said of [">0.50<", ">Two of a kind<", ">of ours<", ">of theirs<"]) expect(drawn).toContain(said)
})

it("takes medians and quantiles", () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(quantile([1, 2, 3, 4], 0.99)).toBe(4)
})
