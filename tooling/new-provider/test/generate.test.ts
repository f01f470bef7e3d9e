/** A generated driver, in a copy of the workspace: it compiles, is wired in, and fails where its author has something to fill in. */
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join, resolve } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { generate, named } from "../generate.ts"

const root = resolve(import.meta.dirname, "../../..")
const names = { name: "acmepay", title: "AcmePay" }

const left: ReadonlySet<string> = new Set([".salesos", ".turbo", "results"])

/** The workspace as it is, what is built included: that need not be built again. */
const copied = (): string => {
  const copy = mkdtempSync(join(tmpdir(), "salesos-new-provider-"))
  for (const part of [
    "packages",
    "apps",
    "tooling",
    "examples",
    "tsconfig.base.json",
    "tsconfig.json",
    "package.json",
    "vitest.config.ts"
  ]) {
    cpSync(join(root, part), join(copy, part), {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      filter: (path) => !left.has(basename(path))
    })
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))
  return copy
}

const write = (copy: string, path: string, text: string): void => {
  mkdirSync(dirname(join(copy, path)), { recursive: true })
  writeFileSync(join(copy, path), text)
}

const bin = (name: string): string => join(root, "node_modules", ".bin", name)

interface Reported {
  readonly testResults: ReadonlyArray<{
    readonly assertionResults: ReadonlyArray<{ readonly title: string; readonly status: string }>
  }>
}

/** The names of the laws that the generated driver breaks, and how many it obeys. */
const proven = (copy: string) => {
  const report = join(copy, "report.json")
  rmSync(report, { force: true })
  spawnSync(bin("vitest"), ["run", "packages/provider-acmepay", "--reporter=json", `--outputFile=${report}`], {
    cwd: copy
  })
  const { testResults }: Reported = JSON.parse(readFileSync(report, "utf8"))
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)
  const of = (status: string) => results.filter((each) => each.status === status).map(({ title }) => title)
  return { broken: of("failed"), obeyed: of("passed").length }
}

/** What an author would fill in, for the wire format that the template's simulator speaks. */
const filled: ReadonlyArray<readonly [path: string, blank: string, filled: string]> = [
  [
    "src/mapping.ts",
    "Map([])",
    `Map<string, Observation.ChargeStatus>([
  ["waiting", { _tag: "open" }],
  ["paid", { _tag: "settled" }],
  ["refused", { _tag: "ended", reason: "refused" }],
  ["expired", { _tag: "ended", reason: "expired" }]
])`
  ],
  [
    "src/mapping.ts",
    "const artifact = (_charge: Charge): Observation.Artifact | null => null",
    `const isBrCode = Schema.is(Pix.BrCode)

const artifact = ({ qr_code }: Charge): Observation.Artifact | null =>
  isBrCode(qr_code) ? { type: "pix", copyPaste: qr_code } : null`
  ],
  [
    "src/mapping.ts",
    "const payments = (_charge: Charge): ReadonlyArray<Observation.Payment> => []",
    `const payments = (charge: Charge): ReadonlyArray<Observation.Payment> =>
  statusOf(charge)._tag === "settled" && charge.paid_at
    ? [
        {
          kind: "payment",
          ordinal: "1",
          money: { amount: charge.amount, currency: brl },
          fee: null,
          occurredAt: charge.paid_at,
          availableOn: null,
          endToEndId: null,
          payer: null
        }
      ]
    : []`
  ],
  [
    "src/mapping.ts",
    "(_account: Provider.ProviderAccount, _body: unknown): string | null => null",
    `(account: Provider.ProviderAccount, body: unknown): string | null =>
  Option.match(Schema.decodeUnknownOption(ErrorBody)(body), {
    onNone: () => null,
    onSome: ({ error }) => Message.sanitized(error.message, Provider.secretsOf(account))
  })`
  ],
  [
    "src/mapping.ts",
    "(_body: Uint8Array): Option.Option<Provider.Notification> => Option.none()",
    `(body: Uint8Array): Option.Option<Provider.Notification> =>
  Option.flatMap(
    Schema.decodeUnknownOption(Schema.fromJsonString(Notification))(new TextDecoder().decode(body)),
    ({ charge, id }) => (charge && id ? Option.some({ dedupeKey: id, charges: [charge], payouts: [] }) : Option.none())
  )`
  ],
  [
    "src/mapping.ts",
    `import type { Charge, CreateCharge } from`,
    `import { type Charge, type CreateCharge, ErrorBody, Notification } from`
  ],
  ["src/mapping.ts", `type Observation, Provider }`, `type Observation, Pix, Provider }`],
  ["src/mapping.ts", `import { Option } from "effect"`, `import { Option, Schema } from "effect"`],
  [
    "test/subject.ts",
    "statuses: {}",
    `statuses: {
          waiting: { _tag: "open" },
          paid: { _tag: "settled" },
          refused: { _tag: "ended", reason: "refused" },
          expired: { _tag: "ended", reason: "expired" }
        }`
  ]
]

it("a provider's name is one that a package and a variable can have", () => {
  assert.deepEqual(named("acmepay"), { name: "acmepay", title: "Acmepay" })
  assert.deepEqual(named("acmepay", "AcmePay"), names)
  for (const wrong of ["", "a", "Acme", "acme-pay", "9pay", "../x", "a".repeat(40)])
    assert.isString(named(wrong), wrong)
  assert.isString(named("acmepay", "acmePay"))
})

describe("a generated driver", () => {
  let copy = ""
  beforeAll(() => {
    copy = copied()
    for (const { path, text } of generate(copy, names)) write(copy, path, text)
    // What an install does.
    const modules = join(copy, "packages/provider-acmepay/node_modules")
    cpSync(join(copy, "tooling/new-provider/node_modules"), modules, { recursive: true, verbatimSymlinks: true })
    symlinkSync(
      "../../../../packages/provider-acmepay",
      join(copy, "apps/wiring/node_modules/@salesos/provider-acmepay")
    )
  }, 60_000)
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  const compiles = (): string => {
    const projects = ["", "/tsconfig.test.json", "/tsconfig.simulator.json"].map(
      (part) => `packages/provider-acmepay${part}`
    )
    const { status, stdout } = spawnSync(bin("tsc"), ["-b", ...projects, "apps/wiring"], {
      cwd: copy,
      encoding: "utf8"
    })
    return status === 0 ? "" : stdout
  }

  it("compiles, and so does the app that it is wired into", () => {
    assert.strictEqual(compiles(), "")
    assert.match(readFileSync(join(copy, "apps/wiring/src/Drivers.ts"), "utf8"), /, AcmePay\.make\]/)
    for (const path of ["tsconfig.json", "apps/wiring/package.json", "tooling/docs/typedoc.json"]) {
      assert.include(readFileSync(join(copy, path), "utf8"), "provider-acmepay", path)
      assert.doesNotThrow(() => JSON.parse(readFileSync(join(copy, path), "utf8")), path)
    }
  }, 300_000)

  it("keeps the rules of its ring", () => {
    const rings = ["--config", ".oxlintrc.rings.json", "--disable-nested-config", "packages/provider-acmepay"]
    cpSync(join(root, ".oxlintrc.rings.json"), join(copy, ".oxlintrc.rings.json"))
    assert.doesNotThrow(() => execFileSync(bin("oxlint"), rings, { cwd: copy }))
  })

  it("breaks only laws about what its author has to fill in", () => {
    assert.isTrue(existsSync(join(copy, "packages/provider-acmepay/test/conformance.test.ts")))
    const { broken, obeyed } = proven(copy)
    assert.deepEqual(broken, [
      "that the provider does not know is a refusal to read, and nothing to find",
      "refused for a business reason is Rejected",
      "is in the status that the provider's document gives its word for",
      "offers what trying finds, neither more nor less",
      "has an artifact to pay with, kept by lookups or lost as declared",
      "that is paid is settled by one payment of its amount, the same on every reading",
      "that runs out is ended, and no money moved",
      "names the charge it is about, and asks nobody",
      "that comes again has the same key, and another one another",
      "of a megabyte is read, or none, and never a failure"
    ])
    assert.isAbove(obeyed, 80)
  }, 300_000)

  it("obeys every law once that is filled in", () => {
    for (const [path, blank, text] of filled) {
      const file = `packages/provider-acmepay/${path}`
      const before = readFileSync(join(copy, file), "utf8")
      assert.include(before, blank)
      write(
        copy,
        file,
        before.replace(blank, () => text)
      )
    }
    assert.strictEqual(compiles(), "")
    const { broken, obeyed } = proven(copy)
    assert.deepEqual(broken, [])
    assert.isAbove(obeyed, 90)
  }, 300_000)
})
