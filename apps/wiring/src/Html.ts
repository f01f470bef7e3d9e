/** HTML by template: whatever is put into one is text and escaped, unless it is HTML already. */

/** Text that is safe to be sent as HTML. Made by {@link html} only, or {@link trusted} where another library drew it. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | null | ReadonlyArray<Html>

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/**
 * Text as a person should see it, lines and tabs kept. Control characters have no place in it, and marks that turn the direction
 * of what follows could make one text read as another.
 */
export const visible = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (mark) => (/[\n\t]/.test(mark) ? mark : " "))

/** Text for an element or a quoted attribute. */
export const escape = (text: string): string =>
  visible(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? "")

const render = (part: Part): string => {
  if (part === null) return ""
  if (part instanceof Html) return part.text
  return typeof part === "object" ? part.map(render).join("") : escape(String(part))
}

/** Attributes must be in quotes. */
export const html = (texts: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Html =>
  new Html(texts.reduce((sofar, text, index) => `${sofar}${render(parts[index - 1] ?? null)}${text}`))

/** What a library drew of digits or of a verified code. */
export const trusted = (text: string): Html => new Html(text)
