/** The client bundled for browsers, and run without what only Node has. */
import { assert, it } from "@effect/vitest"
import { isBuiltin } from "node:module"
import { join } from "node:path"
import { compileFunction } from "node:vm"
import { rolldown } from "rolldown"

const entry = join(import.meta.dirname, "entry.js")

const program = `
  import { Problems, SalesOS, Webhook } from "@salesos/client"

  const salesos = new SalesOS({ apiKey: "sk_test_0123456789abcdef", baseUrl: "https://payments.example", fetch })
  export const missing = salesos.invoices.get({ id: "inv_1" }).catch((error) => error instanceof Problems.NotFound && error.detail)
  export const signed = Webhook.sign({ payload: "{}", secret: "whsec_0123456789abcdef", now: new Date(0) })
  export const nothing = typeof process + typeof Buffer`

it("calls the API and signs webhooks outside Node", async () => {
  const build = await rolldown({
    input: entry,
    platform: "browser",
    plugins: [
      {
        name: "web-only",
        resolveId: (source, importer) => {
          assert.isFalse(isBuiltin(source), `${source} is imported by ${importer}`)
          return source === entry ? entry : null
        },
        load: (id) => (id === entry ? program : null)
      }
    ]
  })
  const { output } = await build.generate({ format: "iife", name: "bundle" })
  await build.close()
  const called: Array<string> = []
  const body = { type: "about:blank", title: "Not found", status: 404, code: "not_found", detail: "No such invoice" }
  const fetch = async (url: URL | string) => {
    called.push(String(url))
    return Response.json(body, { status: 404, headers: { "content-type": "application/problem+json" } })
  }
  // Node's own globals are shadowed. (Another realm would have web classes that are not those of its own.)
  const hidden = ["process", "Buffer", "require", "module", "global", "setImmediate"]
  const run = compileFunction(`${output[0].code}; return bundle`, ["fetch", ...hidden])
  const bundle: Record<string, unknown> = run(fetch)
  assert.strictEqual(await bundle["missing"], "No such invoice")
  assert.deepStrictEqual(called, ["https://payments.example/functions/v1/payments/invoices/inv_1"])
  assert.match(String(await bundle["signed"]), /^t=0,v1=[0-9a-f]{64}$/)
  assert.strictEqual(bundle["nothing"], "undefinedundefined")
}, 30_000)
