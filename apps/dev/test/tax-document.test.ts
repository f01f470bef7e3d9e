import { assert, describe, it } from "@effect/vitest"
import { basePath } from "@salesos/api"
import { Ports } from "@salesos/test-servers"
import { Effect, Option, Schema } from "effect"
import { randomUUID } from "node:crypto"
import { chmod, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { asInvoice, client, cpf, invoice, request } from "./support/Api.ts"
import * as Child from "./support/Child.ts"
import { eventually } from "./support/Waiting.ts"

const key = "sk_test_0123456789abcdefghij"

const directory = Effect.acquireRelease(
  Effect.promise(async () => {
    const path = await mkdtemp(join(tmpdir(), "salesos-tax-"))
    await chmod(path, 0o755) // as root, the database runs as another user
    return path
  }),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

const decodeDocument = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ status: Schema.String, pdf_url: Schema.NullOr(Schema.String) }))
)

describe("start", () => {
  it.live(
    "issues the NFS-e of an invoice that is paid, draws it, writes the payer letters into its outbox, and keeps its certificates to itself",
    () =>
      Effect.gen(function* () {
        const path = yield* directory
        const port = yield* Ports.freePort
        const url = `http://127.0.0.1:${port}`
        const child = yield* Child.start("start", {
          SALESOS_DIRECTORY: path,
          PORT: `${port}`,
          NFSE_SIMULATOR_PORT: `${yield* Ports.freePort}`,
          SALESOS_DEMO_API_KEY: key
        })
        yield* eventually(
          "the start",
          Effect.sync(() => (child.hasEnded() ? "ended" : child.output())),
          (output) => output === "ended" || output.includes(" -d '"),
          "2 minutes"
        )
        if (child.hasEnded()) return yield* Effect.die(new Error(child.output()))

        const wanted = { ...invoice(1002), tax_document: { type: "nfse", auto_issue: true } }
        const api = client(url, key)
        const { id, tax_document: asked } = Option.getOrThrow(asInvoice(yield* api.create(randomUUID(), wanted)))
        const address = `${url}${basePath}/invoices/${id}/tax-documents/${asked?.id}`
        const headers = { authorization: `Bearer ${key}` }
        const document = yield* eventually(
          "the document",
          Effect.map(request(address, { headers }), (answer) =>
            Option.flatMap(answer, ({ text }) => decodeDocument(text))
          ),
          (found) => Option.exists(found, ({ status }) => status === "issued"),
          "2 minutes"
        )
        const pdf = Option.getOrThrow(document).pdf_url ?? assert.fail("there is no PDF")
        assert.match(Option.getOrThrow(yield* request(pdf, { headers })).text, /^%PDF-/)

        const outbox = join(path, "outbox")
        const letters = yield* eventually(
          "the letters",
          Effect.promise(async () => {
            const names = await readdir(outbox).catch((): ReadonlyArray<string> => [])
            const own = names.filter((name) => name.endsWith(".eml"))
            return Promise.all(own.map((name) => readFile(join(outbox, name), "utf8")))
          }),
          ({ length }) => length === 2
        )
        for (const letter of letters) assert.match(letter, /^To: .*@/m)
        const attached = letters.flatMap((letter) => [...letter.matchAll(/^Content-Type: (application\/\w+);/gm)])
        assert.sameMembers(
          attached.map(([, type]) => type),
          ["application/xml", "application/pdf"]
        )

        assert.notInclude(child.output().replaceAll(/ -d '.*'/g, ""), cpf)
        const kept = join(path, "nfse")
        for (const name of yield* Effect.promise(() => readdir(kept))) {
          assert.strictEqual((yield* Effect.promise(() => stat(join(kept, name)))).mode & 0o777, 0o600, name)
        }
      }),
    300_000
  )
})
