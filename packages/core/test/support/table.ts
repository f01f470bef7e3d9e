/** State machines as the design writes them down: a table of text, events in its first row, a dot where one is refused. */
import { Option } from "effect"

/** The cells of a table: [row, column, cell]. */
export const cells = (table: string): ReadonlyArray<readonly [string, string, string]> => {
  const [columns = [], ...rows] = table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
  return rows.flatMap(([row = "", ...values]) => values.map((value, at) => [row, columns[at] ?? "", value] as const))
}

/** The literal that a text is. */
export const find = <A extends string>(all: ReadonlyArray<A>, text: string): A =>
  Option.getOrThrow(Option.fromNullishOr(all.find((each) => each === text)))
