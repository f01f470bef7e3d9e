import { assert, describe, it } from "@effect/vitest"
import { isBuiltin } from "node:module"
import { join } from "node:path"
import { createContext, runInContext } from "node:vm"
import { rolldown } from "rolldown"

/**
 * Core in a runtime that is not Node: bundled for browsers without a single built-in module, and run where nothing is global
 * but JavaScript itself and what every web runtime has.
 */

const entry = join(import.meta.dirname, "entry.js")

/** Bundles a module, with all that it imports, into one script that leaves its exports in `bundle`. */
const bundle = async (module: string): Promise<string> => {
  const build = await rolldown({
    input: entry,
    platform: "browser",
    onLog: (level, log) => assert.notStrictEqual(level, "warn", log.message),
    plugins: [
      {
        name: "web-only",
        resolveId: (source, importer) => {
          if (isBuiltin(source)) throw new Error(`${source} is imported by ${importer}`)
          return source === entry ? entry : null
        },
        load: (id) => (id === entry ? module : null)
      }
    ]
  })
  const { output } = await build.generate({ format: "iife", name: "bundle" })
  await build.close()
  const [script] = output
  assert.deepStrictEqual([output.length, script.imports, script.dynamicImports], [1, [], []])
  return script.code
}

/** Runs a bundle with the globals that it may count on, and hands back its exports. */
const run = (script: string): Record<string, unknown> => {
  const web = { clearTimeout, setTimeout, TextDecoder, TextEncoder }
  return runInContext(`${script}; bundle`, createContext(web))
}

const creation = `
  import { Idempotency, InvoiceRequest, Invoices } from "@salesos/core"
  import { FakeProvider, Memory, TestOwners } from "@salesos/core/testing"
  import { Effect } from "effect"

  const body = {
    customer: { country: "BR", document: "52998224725", name: "Maria da Silva", email: "maria@example.com" },
    amount: 1010,
    currency: "BRL",
    description: "Consulting",
    payment_method: { type: "pix" },
    cost_center: "CC-MKT"
  }

  const create = Effect.gen(function* () {
    const { sandbox } = yield* TestOwners.TestOwners.use((owners) => owners.fresh(["infrapsp"]))
    const request = yield* InvoiceRequest.decode(body)
    const fingerprint = Idempotency.fingerprint("POST", "/invoices", body)
    return yield* Invoices.create(sandbox, { key: Idempotency.IdempotencyKey.make("order-77"), fingerprint }, request)
  })

  export const globals = ["process", "Buffer", "require", "module", "global", "fetch"].filter((name) => name in globalThis)
  export const answer = Effect.gen(function* () {
    const { driver } = yield* FakeProvider.make({ name: "infrapsp" })
    return yield* Effect.provide(create, Memory.layer({ drivers: [driver] }))
  }).pipe(Effect.runPromise)`

/** Why a bundle is refused. */
const refusal = (module: string): Promise<string> =>
  bundle(module).then(
    () => "",
    (error: unknown) => String(error)
  )

describe("core outside Node", () => {
  it("is bundled with no built-in module of Node, and loads", async () => {
    const core = run(await bundle(`export * from "@salesos/core"`))
    assert.containsAllKeys(core, ["Invoices", "Money", "Provider", "Store"])
  })

  it("creates an invoice with adapters in memory and a fake provider", async () => {
    const { answer, globals } = run(await bundle(creation))
    assert.deepStrictEqual([...(globals as Iterable<string>)], [])
    const { response } = (await answer) as { readonly response: { readonly status: number; readonly body: string } }
    assert.strictEqual(response.status, 201, response.body)
    assert.match(JSON.parse(response.body).our_number, /^INV-\d{4}-000001$/)
  })

  it("would not be bundled with a built-in module", async () => {
    assert.match(await refusal(`export * from "node:fs"`), /node:fs is imported by .*entry\.js/)
    assert.match(await refusal(`import path from "path"; export const a = path`), /path is imported by/)
    assert.match(await refusal(`export const later = () => import("node:crypto")`), /node:crypto is imported by/)
  })

  it("would not run with a global of Node", async () => {
    const script = await bundle(`export const here = process.cwd()`)
    assert.throws(() => run(script), /process is not defined/)
  })
})
