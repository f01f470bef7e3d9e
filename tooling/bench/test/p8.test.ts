import { Effect } from "effect"
import { expect, it } from "vitest"
import * as Options from "../options.ts"
import { svg } from "../p8Plot.ts"
import { markdown, rounded, verdict } from "../p8Report.ts"

const figure = (median: number, target: number | null) => ({ name: "boletos read", target, rounds: [median], median })

it("says of each kind of work whether it is fast enough", () => {
  expect(verdict(figure(123_456, 100_000))).toBe("boletos read: 123,000 per second, target 100,000: met")
  expect(verdict(figure(99_900, 100_000))).toContain("missed")
  expect(verdict(figure(99_900, null))).toBe("boletos read: 99,900 per second")
  expect(rounded(38_812_345)).toBe("38,800,000")
})

it("draws a longer bar for more, and tells medians in a table", () => {
  const result = { figures: [figure(1e5, 1e5), figure(1e6, null)], roundSeconds: 0.5, loadBefore: 0 }
  const widths = [...svg(result).matchAll(/width="([\d.]+)" height="24.0"/g)].map(([, width]) => Number(width))
  expect(widths[1]! / widths[0]!).toBeCloseTo(2) // one and two powers of ten above the scale's beginning
  expect(markdown(result)).toContain("| boletos read | 100,000 | **100,000** | 100,000 | 100,000 | 1.0 |")
})

it("takes one figure alone, and refuses one that is none", async () => {
  const only = (...args: ReadonlyArray<string>) => Effect.runPromise(Effect.result(Options.parse(args)))
  expect(await only("--only", "p8")).toMatchObject({ success: { only: ["p8"], rounds: 9 } })
  expect(await only()).toMatchObject({ success: { only: ["p1", "p2", "p6", "p8"] } })
  expect(await only("--only", "p9")).toMatchObject({ failure: { message: "--only: Expected one of p1, p2, p6, p8" } })
})
