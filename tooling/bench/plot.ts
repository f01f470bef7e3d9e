/** Pairs of runs as a plot: two bars for each, their ratio above, and the target as a line across the other side's bar. */
import { colors, line, plot, rectangle, text, width } from "@salesos/drawing"

export interface Plotted {
  readonly title: string
  /** What is measured, and what it is measured against. */
  readonly sides: readonly [measured: string, against: string]
  readonly pairs: ReadonlyArray<{ readonly measured: number; readonly against: number; readonly ratio: number }>
  readonly median: number
  readonly target: number
}

const height = 360
const area = { left: 64, top: 56, right: width - 16, bottom: height - 48 }

/** The next of 1, 2, 5, 10, 20 … at or above a number. */
const roundUp = (value: number): number => {
  const magnitude = 10 ** Math.floor(Math.log10(value))
  return magnitude * ([1, 2, 5].find((step) => step * magnitude >= value) ?? 10)
}

const bar = (x: number, y: number, wide: number, color: string): string => rectangle(x, y, wide, area.bottom - y, color)

export const svg = ({ median, pairs, sides, target, title }: Plotted): string => {
  const highest = Math.max(...pairs.flatMap(({ against, measured }) => [measured, against]))
  const step = roundUp(highest / 5)
  const top = Math.ceil((highest * 1.08) / step) * step
  const y = (value: number): number => area.bottom - (value / top) * (area.bottom - area.top)
  const slot = (area.right - area.left) / pairs.length
  const wide = Math.min(48, slot * 0.36)

  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step).flatMap((value) => [
    line([area.left, y(value)], [area.right, y(value)], colors.grid),
    text(area.left - 8, y(value) + 4, String(value), `text-anchor="end"`)
  ])
  const bars = pairs.flatMap(({ against, measured, ratio }, place) => {
    const middle = area.left + slot * (place + 0.5)
    return [
      bar(middle - wide, y(measured), wide - 1, colors.app),
      bar(middle + 1, y(against), wide - 1, colors.pgbench),
      line(
        [middle - wide - 4, y(against * target)],
        [middle + wide + 4, y(against * target)],
        colors.target,
        `stroke-width="2" stroke-dasharray="5 3"`
      ),
      text(middle - wide / 2, y(measured) - 6, ratio.toFixed(2), `text-anchor="middle" font-weight="bold"`),
      text(middle, area.bottom + 18, String(place + 1), `text-anchor="middle"`)
    ]
  })
  const legend = [
    rectangle(area.left, height - 18, 10, 10, colors.app),
    text(area.left + 16, height - 9, sides[0]),
    rectangle(area.left + 200, height - 18, 10, 10, colors.pgbench),
    text(area.left + 216, height - 9, sides[1]),
    line(
      [area.left + 500, height - 13],
      [area.left + 524, height - 13],
      colors.target,
      `stroke-width="2" stroke-dasharray="5 3"`
    ),
    text(area.left + 530, height - 9, `target ${target.toFixed(2)}`)
  ]
  return plot(height, title, `Median ratio ${median.toFixed(2)} of ${pairs.length} pairs`, [
    ...grid,
    ...bars,
    ...legend
  ])
}
