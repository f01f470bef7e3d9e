/** The few shapes that the plots are made of, as SVG. */

export const width = 720
export const colors = {
  app: "#0b6e99",
  pgbench: "#b7bec6",
  target: "#c0392b",
  ink: "#22272e",
  grid: "#e4e7eb"
} as const

export const text = (x: number, y: number, content: string, more = ""): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${colors.ink}" ${more}>${content}</text>`

export const rectangle = (x: number, y: number, wide: number, high: number, color: string): string =>
  `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${wide.toFixed(1)}" height="${high.toFixed(1)}" fill="${color}"/>`

export const line = (
  from: readonly [number, number],
  to: readonly [number, number],
  color: string,
  more = ""
): string =>
  `<line x1="${from[0].toFixed(1)}" x2="${to[0].toFixed(1)}" y1="${from[1].toFixed(1)}" y2="${to[1].toFixed(1)}" stroke="${color}" ${more}/>`

/** A plot of this height with its title, what it comes to, and its shapes. */
export const plot = (height: number, title: string, subtitle: string, shapes: ReadonlyArray<string>): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(16, 24, title, `font-size="16" font-weight="bold"`),
    text(16, 42, subtitle),
    ...shapes,
    "</svg>",
    ""
  ].join("\n")
