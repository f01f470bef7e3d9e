/** Our pages in a real browser, where there is one: `CHROMIUM` names it, else `chromium` is looked for. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Gateway, tenant } from "./support/Gateway.ts"
import * as Samples from "./support/Samples.ts"

const chromium = process.env["CHROMIUM"] ?? "chromium"
const isThere = spawnSync(chromium, ["--version"]).status === 0

/** A page as it is after its scripts have run for some seconds of its own time, with no network but this machine's. */
const shown = (url: string, settings: ReadonlyArray<string> = []) =>
  Effect.scoped(
    Effect.gen(function* () {
      const profile = yield* Effect.acquireRelease(
        Effect.promise(() => mkdtemp(join(tmpdir(), "salesos-browser-"))),
        (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
      )
      return yield* Effect.callback<string>((resume) => {
        const options = [
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          `--user-data-dir=${profile}`,
          "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
          "--virtual-time-budget=8000",
          ...settings,
          "--dump-dom",
          url
        ]
        const child = execFile(chromium, options, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
          resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(stderr)))
        )
        return Effect.sync(() => child.kill("SIGKILL"))
      })
    })
  )

layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })("in a browser", (it) => {
  it.effect.skipIf(!isThere)("the payer's page runs its own script, in the browser's language", () =>
    Effect.gen(function* () {
      const { created } = yield* tenant()
      const { checkout_url: url } = yield* created(Samples.invoice())
      const page = yield* shown(url ?? "", ["--accept-lang=en"])
      assert.include(page, "Waiting for payment")
      // The button is hidden until the script has found it.
      assert.match(page, /<button type="button" data-copy="[^"]+"/)
      assert.include(yield* shown(url ?? "", ["--accept-lang=pt-BR"]), "Aguardando pagamento")
    })
  )

  it.effect.skipIf(!isThere)("the reference is there without a network", () =>
    Effect.gen(function* () {
      const { url } = yield* Gateway
      const page = yield* shown(`${url}/docs`)
      for (const text of ["SalesOS Payments", "Create an invoice", "List balance transactions"])
        assert.include(page, text)
      assert.notMatch(page, /<(script|link|img|iframe)[^>]* (src|href)="https?:\/\/(?!127\.0\.0\.1)/)
    })
  )
})
