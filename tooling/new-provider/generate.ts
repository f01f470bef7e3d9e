/**
 * Makes a driver package out of the template and wires it in. The template is a driver of its own, of a provider called NewPay,
 * so that it is compiled and linted like the rest; making one is giving it another name.
 */
import { globSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

/** A provider's name in its two forms: `acmepay` in packages and accounts, `AcmePay` in code and for people. */
export interface Names {
  readonly name: string
  readonly title: string
}

/** The names of a new provider; a message where they cannot be used. */
export const named = (name: string, title: string = name.charAt(0).toUpperCase() + name.slice(1)): Names | string =>
  !/^[a-z][a-z0-9]{1,30}$/.test(name)
    ? `A provider's name is 2 to 31 lower-case letters and digits, and begins with a letter; not "${name}"`
    : !/^[A-Z][A-Za-z0-9]{1,30}$/.test(title)
      ? `A provider's title is 2 to 31 letters and digits, and begins with a capital; not "${title}"`
      : { name, title }

/** A file to be written, by its path from the root of the workspace. */
export interface File {
  readonly path: string
  readonly text: string
}

const template = "tooling/new-provider/template"

const renamed = (text: string, { name, title }: Names): string =>
  text.replaceAll("newpay", name).replaceAll("NewPay", title)

/** Puts something after the last place that matches; a file without such a place is not the one that was known. */
const afterLast = (path: string, text: string, place: RegExp, addition: string): string => {
  const found = [...text.matchAll(place)].at(-1)
  if (found === undefined) throw new Error(`${path} has no place for another provider`)
  const end = found.index + found[0].length
  return text.slice(0, end) + addition + text.slice(end)
}

const reference = (path: string): string => `,\n    {\n      "path": "${path}"\n    }`

const toReferences = /"path": "[^"]*packages\/provider-[^"]+"\n\s*\}/g

/** Where a provider is named outside its package, and what is put there. */
const wiring: ReadonlyArray<readonly [path: string, wire: (path: string, text: string, names: Names) => string]> = [
  [
    "tsconfig.json",
    (path, text, { name }) =>
      afterLast(
        path,
        text,
        toReferences,
        ["", "/tsconfig.simulator.json", "/tsconfig.test.json"]
          .map((part) => reference(`packages/provider-${name}${part}`))
          .join("")
      )
  ],
  ...["apps/wiring/tsconfig.json", "apps/wiring/tsconfig.test.json"].map(
    (tsconfig) =>
      [
        tsconfig,
        (path: string, text: string, { name }: Names) =>
          afterLast(path, text, toReferences, reference(`../../packages/provider-${name}`))
      ] as const
  ),
  [
    "apps/wiring/package.json",
    (path, text, { name }) =>
      afterLast(
        path,
        text,
        /"@salesos\/provider-[^"]+": "workspace:\^"/g,
        `,\n    "@salesos/provider-${name}": "workspace:^"`
      )
  ],
  [
    "apps/wiring/src/Drivers.ts",
    (path, text, { name, title }) =>
      afterLast(
        path,
        afterLast(
          path,
          text,
          /import \* as \w+ from "@salesos\/provider-[^"]+"\n/g,
          `import * as ${title} from "@salesos/provider-${name}"\n`
        ),
        /\w+\.make(?=\])/g,
        `, ${title}.make`
      )
  ],
  [
    "tooling/docs/typedoc.json",
    (path, text, { name }) =>
      afterLast(path, text, /"\.\.\/\.\.\/packages\/provider-[^"]+"/g, `,\n    "../../packages/provider-${name}"`)
  ]
]

/** Everything that a new provider changes in the workspace at `root`: the files of its package, and those that name it. */
export const generate = (root: string, names: Names): ReadonlyArray<File> => {
  const from = join(root, template)
  const files = globSync("**/*", { cwd: from, exclude: ["**/node_modules"] })
    .filter((path) => statSync(join(from, path)).isFile())
    .toSorted()
  return [
    ...files.map((path) => ({
      // A tsconfig would count where it lies: in the template it has another name.
      path: `packages/provider-${names.name}/${path.replace(/\.template$/, "")}`,
      text: renamed(readFileSync(join(from, path), "utf8"), names)
    })),
    ...wiring.map(([path, wire]) => ({ path, text: wire(path, readFileSync(join(root, path), "utf8"), names) }))
  ]
}
