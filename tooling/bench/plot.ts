/** A result as a plot: two bars for each pair, their ratio above, and the target as a line across pgbench's bar. */
import { type Result, target } from "./p1.ts"

const [width, height] = [720, 360]
const area = { left: 64, top: 56, right: width - 16, bottom: height - 48 }
const colors = { app: "#0b6e99", pgbench: "#b7bec6", target: "#c0392b", ink: "#22272e", grid: "#e4e7eb" }

/** The next of 1, 2, 5, 10, 20 … at or above a number. */
const roundUp = (value: number): number => {
  const magnitude = 10 ** Math.floor(Math.log10(value))
  return magnitude * ([1, 2, 5].find((step) => step * magnitude >= value) ?? 10)
}

const text = (x: number, y: number, content: string, more = ""): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${colors.ink}" ${more}>${content}</text>`

const bar = (x: number, y: number, wide: number, color: string): string =>
  `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${wide.toFixed(1)}" height="${(area.bottom - y).toFixed(1)}" fill="${color}"/>`

const line = (x1: number, x2: number, y: number, color: string, more = ""): string =>
  `<line x1="${x1.toFixed(1)}" x2="${x2.toFixed(1)}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}" stroke="${color}" ${more}/>`

export const svg = ({ median, pairs }: Result): string => {
  const highest = Math.max(...pairs.flatMap(({ app, pgbench }) => [app.requestsPerSecond, pgbench]))
  const step = roundUp(highest / 5)
  const top = Math.ceil((highest * 1.08) / step) * step
  const y = (value: number): number => area.bottom - (value / top) * (area.bottom - area.top)
  const slot = (area.right - area.left) / pairs.length
  const wide = Math.min(48, slot * 0.36)

  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step).flatMap((value) => [
    line(area.left, area.right, y(value), colors.grid),
    text(area.left - 8, y(value) + 4, String(value), `text-anchor="end"`)
  ])
  const bars = pairs.flatMap(({ app, pgbench, ratio }, place) => {
    const middle = area.left + slot * (place + 0.5)
    return [
      bar(middle - wide, y(app.requestsPerSecond), wide - 1, colors.app),
      bar(middle + 1, y(pgbench), wide - 1, colors.pgbench),
      line(
        middle - wide - 4,
        middle + wide + 4,
        y(pgbench * target),
        colors.target,
        `stroke-width="2" stroke-dasharray="5 3"`
      ),
      text(
        middle - wide / 2,
        y(app.requestsPerSecond) - 6,
        ratio.toFixed(2),
        `text-anchor="middle" font-weight="bold"`
      ),
      text(middle, area.bottom + 18, String(place + 1), `text-anchor="middle"`)
    ]
  })
  const legend = [
    `<rect x="${area.left}" y="${height - 18}" width="10" height="10" fill="${colors.app}"/>`,
    text(area.left + 16, height - 9, "requests/s of the gateway"),
    `<rect x="${area.left + 200}" y="${height - 18}" width="10" height="10" fill="${colors.pgbench}"/>`,
    text(area.left + 216, height - 9, "transactions/s of pgbench, same statements"),
    line(area.left + 500, area.left + 524, height - 13, colors.target, `stroke-width="2" stroke-dasharray="5 3"`),
    text(area.left + 530, height - 9, `target ${target.toFixed(2)}`)
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(area.left, 24, "P1: creating PIX invoices, against pgbench", `font-size="16" font-weight="bold"`),
    text(area.left, 42, `Median ratio ${median.toFixed(2)} of ${pairs.length} pairs`),
    ...grid,
    ...bars,
    ...legend,
    "</svg>",
    ""
  ].join("\n")
}
