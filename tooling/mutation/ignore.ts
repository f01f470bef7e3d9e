/** Places that no test should look at, so that every mutant that survives is worth reading. */
import { PluginKind, declareValuePlugin } from "@stryker-mutator/api/plugin"

/** Of a syntax tree, as Babel makes it, what is read here. */
interface Node {
  readonly type: string
  /** Of a literal. */
  readonly value?: unknown
  readonly quasis?: ReadonlyArray<{ readonly value: { readonly raw: string } }>
  /** Of a call, and of what it calls. */
  readonly callee?: Node
  readonly property?: Node
  readonly name?: string
}

const textOf = ({ quasis, type, value }: Node): string | undefined =>
  type === "StringLiteral" ? String(value) : quasis?.map((each) => each.value.raw).join("…")

/** Begins with a capital and goes on with other words. */
const isSentence = (text: string): boolean => /^[A-Z…].* /.test(text)

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, "words", {
    shouldIgnore({ node, parent }: { readonly node: Node; readonly parent?: Node }) {
      const text = textOf(node)
      if (text === undefined) return undefined
      if (isSentence(text)) return "A sentence for people"
      return parent?.callee?.property?.name === "brand" ? "The name of a type" : undefined
    }
  })
]
