/** Two rules for oxlint: `rings/imports` holds every import against the table of `rings.ts`, `rings/no-own-clock` refuses `new Date()`. */
import { dirname, matchesGlob, relative, resolve, sep } from "node:path"
import { rings } from "./rings.ts"

interface Node {
  readonly type: string
}
interface Literal extends Node {
  readonly value?: unknown
}
interface HasSource extends Node {
  readonly source: Literal | null
}
interface HasCallee extends Node {
  readonly callee: Node & { readonly name?: string }
  readonly arguments: ReadonlyArray<Node>
}
interface RuleContext {
  readonly filename: string
  readonly report: (problem: { readonly node: Node; readonly message: string }) => void
}

const root = resolve(import.meta.dirname, "../..")
const fromRoot = (path: string): string => relative(root, path).split(sep).join("/")

/** `apps/http/src/main.ts` → `apps/http`; undefined for a file outside the workspace's packages. */
const packageOf = (path: string): string | undefined => /^(packages|apps|tooling)\/[^/]+(?=\/)/.exec(path)?.[0]

const nameOf = (folder: string): string =>
  folder.replace(/^packages\//, "@salesos/").replace(/^apps\//, "@salesos/app-")

const matches = (text: string, globs: ReadonlyArray<string>): boolean => globs.some((glob) => matchesGlob(text, glob))

/** Why a file may not import something, or undefined when it may. An undefined specifier is one computed at run time. */
export const refusal = (file: string, specifier: string | undefined): string | undefined => {
  const own = packageOf(file)
  if (own === undefined) return undefined
  const ring = rings.find((ring) => matchesGlob(file, `${ring.folder}/**`))
  if (ring === undefined) return `${file} is in no ring: give its folder a row in tooling/rings/rings.ts`
  if (specifier === undefined) {
    return ring.computed ? undefined : `${ring.folder} may not import a name computed at run time`
  }
  let target = specifier
  if (/^\.{0,2}(\/|$)/.test(specifier)) {
    target = fromRoot(resolve(root, dirname(file), specifier))
    if (!target.startsWith(`${own}/`)) return `${own} may not import ${target} by path: import the package by its name`
  } else if (specifier === nameOf(own) || specifier.startsWith(`${nameOf(own)}/`)) {
    return file.startsWith(`${own}/test/`) ? undefined : `${own} may not import itself by its name`
  }
  if (matches(target, ring.may) && !matches(target, ring.but ?? [])) return undefined
  return `${ring.folder} may not import ${target}`
}

const imports = {
  create: (context: RuleContext) => {
    const file = fromRoot(context.filename)
    const check = (node: HasSource): void => {
      if (node.source === null) return // `export { x }` without a source
      const { value } = node.source
      const message = refusal(file, typeof value === "string" ? value : undefined)
      if (message !== undefined) context.report({ node, message })
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check
    }
  }
}

const noOwnClock = {
  create: (context: RuleContext) => {
    const check = (node: HasCallee): void => {
      if (node.callee.name !== "Date" || (node.type === "NewExpression" && node.arguments.length > 0)) return
      context.report({ node, message: "core takes the time from Clock or DateTime.now" })
    }
    return { NewExpression: check, CallExpression: check }
  }
}

export default { meta: { name: "rings" }, rules: { imports, "no-own-clock": noOwnClock } }
