/** Of numbers in ascending order, the one below which a part of them lies. */
export const quantile = (sorted: ReadonlyArray<number>, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN

export const median = (numbers: ReadonlyArray<number>): number => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return sorted.length % 2 === 1 ? quantile(sorted, 0.5) : ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2
}
