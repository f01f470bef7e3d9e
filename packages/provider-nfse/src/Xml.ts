/** XML written from a tree. Elements that are null are left out; there is no white space between them, so that none is signed. */

export type Content = string | null | ReadonlyArray<Element | null>

export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly content: Content
}

/** An element with text or elements in it; null where its content is null. */
export const element = (
  name: string,
  content: Content,
  attributes: Readonly<Record<string, string>> = {}
): Element | null => (content === null ? null : { name, attributes, content })

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character)

const written = ({ attributes, content, name }: Element): string => {
  const head = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escaped(value)}"`)].join(" ")
  const inner = typeof content === "string" ? escaped(content) : (content ?? []).map(part).join("")
  return `<${head}>${inner}</${name}>`
}

const part = (inner: Element | null): string => (inner === null ? "" : written(inner))

/** A whole document in UTF-8. */
export const document = (root: Element): string => `<?xml version="1.0" encoding="UTF-8"?>${written(root)}`
