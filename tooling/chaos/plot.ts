/** A run over time: what was answered, what was in doubt and how old the queue was, with a line for each fault. */
import { colors, line, plot, text, width } from "@salesos/drawing"
import type { Result } from "./run.ts"
import type { Sample } from "./samples.ts"

const left = 56
const right = width - 16
const high = 96
const apart = 132
const top = 76

const panels: ReadonlyArray<{ readonly name: string; readonly of: (sample: Sample) => number | null }> = [
  { name: "requests answered each second", of: ({ answered }) => answered },
  { name: "charges, payouts and documents in doubt", of: ({ inDoubt }) => inDoubt },
  { name: "seconds that the oldest lookup or webhook is due", of: ({ queueAge }) => queueAge }
]

const faultColors = { kill: "#c0392b", freeze: "#8e44ad", "restart database": "#d68910", "cut connections": "#7f8c8d" }

export const svg = ({ calmAt, faults, samples, seed }: Result): string => {
  const end = Math.max(1, ...samples.map(({ at }) => at))
  const x = (at: number): number => left + (at / end) * (right - left)
  const shapes = panels.flatMap(({ name, of }, place) => {
    const base = top + place * apart + high
    const most = Math.max(1, ...samples.map((sample) => of(sample) ?? 0))
    const y = (value: number): number => base - (value / most) * high
    // A gap is where the database did not answer.
    const points = samples.map((sample) => {
      const value = of(sample)
      return value === null ? null : ([x(sample.at), y(value)] as const)
    })
    return [
      text(left, base - high - 8, name),
      text(left - 8, base - high + 8, String(Math.round(most)), `text-anchor="end"`),
      text(left - 8, base, "0", `text-anchor="end"`),
      line([left, base], [right, base], colors.grid),
      ...faults.map(({ at, fault }) =>
        line([x(at), base - high], [x(at), base], faultColors[fault.do], `stroke-opacity="0.5"`)
      ),
      line([x(calmAt), base - high], [x(calmAt), base], colors.ink, `stroke-dasharray="4 3"`),
      ...points.flatMap((point, index) => {
        const before = points[index - 1]
        return point && before ? [line(before, point, colors.app, `stroke-width="1.5"`)] : []
      })
    ]
  })
  const bottom = top + panels.length * apart
  const legend = Object.entries(faultColors).flatMap(([name, color], place) => [
    line([left + place * 150, bottom + 8], [left + place * 150 + 16, bottom + 8], color, `stroke-width="2"`),
    text(left + place * 150 + 22, bottom + 12, name)
  ])
  const ticks = Array.from({ length: 7 }, (_, index) => Math.round((end * index) / 6)).map((at) =>
    text(x(at), bottom - 16, `${at} s`, `text-anchor="middle"`)
  )
  return plot(bottom + 28, `Chaos, seed ${seed}`, "Dashed: the last fault is over", [...shapes, ...ticks, ...legend])
}
