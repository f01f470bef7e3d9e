/** The payer's page over HTTP. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Gateway, tenant } from "./support/Gateway.ts"
import * as Http from "./support/Http.ts"
import { expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const open = (url: string | null, headers: Readonly<Record<string, string>> = {}) => Http.send(url ?? "", { headers })

layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })("the page of a payer", (it) => {
  it.effect("is there for every invoice, under an address that says nothing of it", () =>
    Effect.gen(function* () {
      const { created, gateway, get } = yield* tenant()
      const invoice = yield* created(Samples.invoice({ description: "Two <b>bold</b> chairs" }))
      const url = invoice.checkout_url ?? ""
      assert.match(url, new RegExp(`^${gateway.url}/pay/[A-Za-z0-9_-]{22}$`))
      assert.notInclude(url, invoice.id.slice(4))
      assert.strictEqual((yield* get(invoice.id)).checkout_url, url)
      const answer = yield* open(url, { "accept-language": "en" })
      assert.strictEqual(answer.status, 200)
      for (const shown of ["R$123.98", "Two &lt;b&gt;bold&lt;/b&gt; chairs", invoice.our_number, "***982247**"]) {
        assert.include(answer.text, shown)
      }
      for (const hidden of [Samples.cpf, "maria@example.com", "CC-MKT", invoice.id])
        assert.notInclude(answer.text, hidden)
    })
  )

  it.effect("is kept by no cache and no search, and runs nothing but its own", () =>
    Effect.gen(function* () {
      const { created } = yield* tenant()
      const { checkout_url: url } = yield* created(Samples.invoice())
      const [{ headers, text }, again] = [yield* open(url), yield* open(url)]
      assert.deepInclude(headers, {
        "cache-control": "no-store",
        "content-language": "pt-BR",
        "content-type": "text/html; charset=utf-8",
        "referrer-policy": "no-referrer",
        vary: "accept-language",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, nofollow"
      })
      const policy = headers["content-security-policy"] ?? ""
      assert.match(policy, /^default-src 'none'; style-src 'nonce-([\w-]{22})'; script-src 'nonce-\1';/)
      assert.notInclude(policy, "unsafe")
      const nonce = /'nonce-([\w-]+)'/.exec(policy)?.[1] ?? ""
      assert.lengthOf(text.match(new RegExp(`nonce="${nonce}"`, "g")) ?? [], 2)
      assert.notInclude(again.headers["content-security-policy"], nonce)
      assert.strictEqual((yield* Http.send(url ?? "", { method: "HEAD" })).status, 200)
    })
  )

  it.effect("turns paid, and its status tells the page that it has", () =>
    Effect.gen(function* () {
      const { created, lookedUp, simulator } = yield* tenant()
      const { checkout_url: url, id, our_number } = yield* created(Samples.invoice())
      const status = Effect.map(open(`${url}/status`), (answer) => {
        assert.strictEqual(answer.headers["cache-control"], "no-store")
        return Http.json(answer) as { readonly phase: string; readonly version: string }
      })
      const before = yield* status
      assert.strictEqual(before.phase, "open")
      assert.include((yield* open(url)).text, `data-version="${before.version}"`)
      assert.deepEqual(yield* status, before)
      yield* simulator.pay(our_number)
      yield* lookedUp(id, (invoice) => invoice.status === "paid")
      const after = yield* status
      assert.strictEqual(after.phase, "paid")
      assert.notStrictEqual(after.version, before.version)
      const { text } = yield* open(`${url}?lang=en`)
      assert.include(text, "Payment confirmed")
      assert.notInclude(text, 'data-copy="')
    })
  )

  it.effect("says that an invoice has expired or failed", () =>
    Effect.gen(function* () {
      const { created, lookedUp, simulator } = yield* tenant()
      for (const [end, words] of [
        [simulator.expire, "Cobrança vencida"],
        [simulator.fail, "Cobrança não concluída"]
      ] as const) {
        const { checkout_url: url, id, our_number } = yield* created(Samples.invoice())
        yield* end(our_number)
        yield* lookedUp(id, (invoice) => invoice.status === "failed")
        assert.include((yield* open(url)).text, words)
      }
    })
  )

  it.effect("leads to the processor's page for a card, and back to the shop once it is over", () =>
    Effect.gen(function* () {
      const { created } = yield* tenant()
      const method = { type: "card", return_url: "https://shop.example/thanks?a=1&b=2" }
      const invoice = yield* created(Samples.invoice({ payment_method: method }))
      const link = invoice.payment_method.card?.checkout_url ?? assert.fail("There is no link")
      assert.include((yield* open(invoice.checkout_url)).text, `href="${link}"`)
    })
  )

  it.effect("is not there under an address that somebody makes up", () =>
    Effect.gen(function* () {
      const { created, gateway } = yield* tenant()
      const { id } = yield* created(Samples.invoice())
      for (const token of [id, "AAAAAAAAAAAAAAAAAAAAAA", "x", "%00", "%ff", "..%2fhealthz", "a".repeat(5000)]) {
        const answer = yield* open(`${gateway.url}/pay/${token}`, { "accept-language": "en" })
        assert.strictEqual(answer.status, 404, token)
        if (answer.headers["content-type"]?.startsWith("text/html") === true)
          assert.include(answer.text, "Page not found")
        else yield* expectProblem(answer, "not_found")
        yield* expectProblem(yield* open(`${gateway.url}/pay/${token}/status`), "not_found")
      }
    })
  )

  it.effect("is not told by the logs", () =>
    Effect.gen(function* () {
      const { created, gateway } = yield* tenant()
      const { checkout_url: url } = yield* created(Samples.invoice())
      yield* open(url)
      yield* open(`${url}/status`)
      const token = url?.split("/").at(-1) ?? ""
      assert.isFalse(gateway.logs.join("\n").includes(token))
      assert.include(gateway.logs.join("\n"), "GET /pay/***")
    })
  )
})
