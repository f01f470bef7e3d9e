/** P8 as a plot: a bar for the median of each kind of work, a dot for each round, a line where its target is. */
import { colors, line, plot, rectangle, text, width } from "@salesos/drawing"
import type { Figures } from "./p8.ts"
import { rounded } from "./p8Report.ts"

const area = { left: 200, top: 64, right: width - 96 }
const row = 40
/** Powers of ten at the ends of the scale. */
const scale = { from: 4, to: 8 }

const x = (rate: number): number =>
  area.left + ((Math.log10(rate) - scale.from) / (scale.to - scale.from)) * (area.right - area.left)

export const svg = ({ figures }: Figures): string => {
  const bottom = area.top + figures.length * row
  const powers = Array.from({ length: scale.to - scale.from + 1 }, (_, at) => 10 ** (scale.from + at))
  const grid = powers.flatMap((rate) => [
    line([x(rate), area.top - 8], [x(rate), bottom], colors.grid),
    text(x(rate), bottom + 16, rounded(rate), `text-anchor="middle"`)
  ])
  const bars = figures.flatMap(({ median, name, rounds, target }, at) => {
    const top = area.top + at * row
    return [
      text(area.left - 12, top + 16, name, `text-anchor="end"`),
      rectangle(area.left, top, x(median) - area.left, 24, colors.app),
      ...rounds.map((rate) => `<circle cx="${x(rate).toFixed(1)}" cy="${top + 12}" r="2" fill="${colors.ink}"/>`),
      text(x(median) + 8, top + 16, rounded(median), `font-weight="bold"`),
      ...(target === null
        ? []
        : [line([x(target), top - 4], [x(target), top + 28], colors.target, `stroke-width="2" stroke-dasharray="5 3"`)])
    ]
  })
  return plot(
    bottom + 32,
    "P8: what core alone does in a second of one core",
    "Medians, on a logarithmic scale; dots are rounds, red lines are targets",
    [...grid, ...bars]
  )
}
