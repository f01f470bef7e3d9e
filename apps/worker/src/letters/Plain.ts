/** A letter as plain text, for those who read no HTML. */
import { visible } from "@salesos/app-wiring"
import type { Letter } from "./Letter.ts"

/** A value of several lines stays under its name. */
const row = ([name, value]: readonly [string, string]): string =>
  `${name}: ${visible(value).replaceAll(/\r?\n/g, "\n  ")}`

/** Lines end with `\n`. */
export const plain = ({ amount, footer, link, rows, sandbox, sender, text, title }: Letter): string =>
  [
    ...(sandbox === null ? [] : [sandbox]),
    [title, amount].filter(Boolean).join(": "),
    text,
    rows.map(row).join("\n"),
    ...(link === null ? [] : [`${link.name}:\n${link.url}`]),
    `${footer} ${visible(sender)}`
  ].join("\n\n") + "\n"
