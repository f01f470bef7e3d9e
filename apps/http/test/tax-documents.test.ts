import { assert, layer } from "@effect/vitest"
import { Invoices, TaxDocuments } from "@salesos/api"
import { Effect, Schema } from "effect"
import { Gateway, newKey, tenant } from "./support/Gateway.ts"
import * as Http from "./support/Http.ts"
import { expectFields, expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const strict = { onExcessProperty: "error" } as const
const decodeDocument = Schema.decodeUnknownSync(TaxDocuments.TaxDocument, strict)
const decodeList = Schema.decodeUnknownSync(TaxDocuments.TaxDocumentList, strict)

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })

const wanted = { type: "nfse", service_code: "01.05" }
const reason = "The service was not delivered"
const pathOf = (id: string) => `/invoices/${id}/tax-documents`

/** A tenant with an issuer and an invoice. */
const withInvoice = Effect.fnUntraced(function* (changes: Readonly<Record<string, unknown>> = {}) {
  const world = yield* tenant()
  yield* world.issues
  const invoice = yield* world.created(Samples.invoice(changes))
  const path = pathOf(invoice.id)
  const get = (id: string) => Effect.map(world.read(`${path}/${id}`), decodeDocument)
  const ask = (body: unknown = wanted, idempotencyKey = newKey()) => world.call("POST", path, { body, idempotencyKey })
  const cancel = (id: string, idempotencyKey = newKey()) =>
    world.call("POST", `${path}/${id}/cancel`, { body: { reason }, idempotencyKey })
  return { ...world, invoice, path, getDocument: get, ask, cancel }
})

/** The same, with a document that is issued. */
const withIssued = Effect.gen(function* () {
  const world = yield* withInvoice()
  const document = decodeDocument(Http.json(yield* world.ask()))
  yield* world.gateway.issueDue
  return { ...world, document: yield* world.getDocument(document.id) }
})

shared("a tax document", (it) => {
  it.effect("is asked for with 202, pending, is issued by the worker, and shown wherever it belongs", () =>
    Effect.gen(function* () {
      const { ask, gateway, get, getDocument, invoice, path, read } = yield* withInvoice()
      const key = newKey()
      const first = yield* ask({ ...wanted, iss_withheld: true, metadata: { order: "77" } }, key)
      assert.strictEqual(first.status, 202)
      const pending = decodeDocument(Http.json(first))
      assert.deepInclude(pending, {
        invoice: invoice.id,
        our_number: invoice.our_number,
        status: "pending",
        auto_issue: false,
        held: null,
        service_code: "01.05",
        iss_withheld: true,
        xml_url: null,
        pdf_url: null,
        metadata: { order: "77" }
      })
      const again = yield* ask({ ...wanted, iss_withheld: true, metadata: { order: "77" } }, key)
      assert.deepEqual([again.status, again.text, again.headers["idempotent-replay"]], [202, first.text, "true"])
      yield* expectProblem(yield* ask(wanted, key), "idempotency_key_reused")

      yield* gateway.issueDue
      const issued = yield* getDocument(pending.id)
      assert.deepInclude(issued, { status: "issued", failure: null })
      const address = `${gateway.url}/functions/v1/payments${path}/${pending.id}`
      assert.deepInclude(issued, { xml_url: `${address}/xml`, pdf_url: `${address}/pdf` })
      assert.isNotNull(issued.access_key)
      assert.deepEqual(decodeList(yield* read(path)), { object: "list", data: [issued], has_more: false })
      assert.deepEqual((yield* get(invoice.id)).tax_document, {
        id: pending.id,
        type: "nfse",
        status: "issued",
        auto_issue: false,
        service_code: "01.05"
      })
      yield* expectProblem(yield* ask(), "invalid_state")
      const lines = yield* read("/balance-transactions?account=nfse")
      assert.deepNestedInclude(lines, { "data[0].type": "fee", "data[0].amount": -50, "data[0].net": -50 })
    })
  )

  it.effect("is issued by itself once its invoice is paid", () =>
    Effect.gen(function* () {
      const { gateway, getDocument, invoice, lookedUp, simulator } = yield* withInvoice({
        tax_document: { ...wanted, auto_issue: true }
      })
      const id = invoice.tax_document?.id ?? ""
      yield* gateway.issueDue
      assert.deepInclude(yield* getDocument(id), { status: "pending", auto_issue: true })
      yield* simulator.pay(invoice.our_number)
      yield* lookedUp(invoice.id, ({ status }: Invoices.Invoice) => status === "paid")
      yield* gateway.issueDue
      assert.deepInclude(yield* getDocument(id), { status: "issued" })
    })
  )

  it.effect("that the authority refuses says why, and is tried once more when it is asked for again", () =>
    Effect.gen(function* () {
      const { ask, gateway, getDocument } = yield* withInvoice()
      yield* gateway.taxes.next("reject")
      const { id } = decodeDocument(Http.json(yield* ask()))
      yield* gateway.issueDue
      const failed = yield* getDocument(id)
      assert.deepInclude(failed, { status: "failed" })
      assert.deepInclude(failed.failure, { code: "E0001" })
      assert.deepInclude(decodeDocument(Http.json(yield* ask())), { id, status: "pending", failure: null })
      yield* gateway.issueDue
      assert.deepInclude(yield* getDocument(id), { status: "issued" })
    })
  )

  it.effect("is listed newest first, in pages", () =>
    Effect.gen(function* () {
      const { ask, cancel, document, gateway, path, read } = yield* withIssued
      assert.strictEqual((yield* cancel(document.id)).status, 200)
      const second = decodeDocument(Http.json(yield* ask()))
      yield* gateway.issueDue
      const list = (query: string) =>
        Effect.map(read(`${path}${query}`), (answer) => {
          const { data, has_more } = decodeList(answer)
          return [data.map(({ id }) => id), has_more] as const
        })
      assert.deepEqual(yield* list(""), [[second.id, document.id], false])
      assert.deepEqual(yield* list("?limit=1"), [[second.id], true])
      assert.deepEqual(yield* list(`?starting_after=${second.id}`), [[document.id], false])
    })
  )

  it.effect("is asked for in vain where no one issues its type, or a field is wrong; nothing is stored", () =>
    Effect.gen(function* () {
      const { ask, gateway, invoice, path } = yield* withInvoice()
      const before = yield* gateway.rows
      yield* expectProblem(yield* ask({ type: "nfe" }), "provider_not_configured")
      yield* expectProblem(yield* ask({ type: "peppol" }), "provider_not_configured")
      assert.deepEqual(yield* expectFields(yield* ask({})), ["type: required"])
      assert.deepEqual(yield* expectFields(yield* ask({ type: "nfse", service_code: "99.99" })), [
        "service_code: unknown_service"
      ])
      assert.deepEqual(yield* expectFields(yield* ask({ type: "nfse", service: "01.05", metadata: { a: "\u0000" } })), [
        "metadata.a: invalid_text",
        "service: unknown_field"
      ])
      assert.deepEqual(yield* gateway.rows, before)
      const { call } = yield* withInvoice()
      yield* expectProblem(yield* call("POST", path, { body: wanted }), "not_found")
      yield* expectProblem(yield* call("POST", pathOf("inv_1"), { body: wanted }), "not_found")
      yield* expectProblem(yield* call("GET", pathOf(invoice.id)), "not_found")
    })
  )

  it.effect("with an invoice that the issuer could not issue is refused with it", () =>
    Effect.gen(function* () {
      const { create } = yield* withInvoice()
      const answer = yield* create(
        Samples.invoice({ amount: 1, tax_document: { type: "nfse", service_code: "99.99" }, cost_center: "CC" })
      )
      assert.include(yield* expectFields(answer), "tax_document.service_code: unknown_service")
    })
  )
})

shared("a tax document's files", (it) => {
  it.effect("are downloaded by their owner's key alone, under a name of their own, also once it is canceled", () =>
    Effect.gen(function* () {
      const { call, cancel, document, keyWith, path } = yield* withIssued
      const files = ["xml", "pdf"].map((kind) => `${path}/${document.id}/${kind}`)
      const [xml, pdf] = yield* Effect.forEach(files, (file) => call("GET", file))
      assert.deepInclude(xml, { status: 200 })
      assert.match(xml?.headers["content-type"] ?? "", /^application\/xml\b/)
      const name = `nfse-${document.access_key}`
      assert.strictEqual(xml?.headers["content-disposition"], `attachment; filename="${name}.xml"`)
      assert.include(xml?.text, `chave="${document.access_key}"`)
      assert.deepInclude(pdf?.headers, {
        "content-type": "application/pdf",
        "content-disposition": `attachment; filename="${name}.pdf"`
      })
      assert.match(pdf?.text ?? "", /^%PDF-/)
      assert.notInclude(pdf?.text, "CANCELADA")

      yield* cancel(document.id)
      const [after, canceled] = yield* Effect.forEach(files, (file) => call("GET", file))
      assert.strictEqual(after?.text, xml?.text)
      assert.include(canceled?.text, "CANCELADA")

      const other = yield* tenant()
      const { key } = yield* keyWith(["payments:write"])
      for (const file of files) {
        yield* expectProblem(yield* other.call("GET", file), "not_found")
        yield* expectProblem(yield* call("GET", file, { key: null }), "unauthorized")
        yield* expectProblem(yield* call("GET", file, { key }), "insufficient_scope")
      }
    })
  )

  it.effect("are not there before it is issued, nor under another invoice", () =>
    Effect.gen(function* () {
      const { ask, call, created, gateway, path } = yield* withInvoice()
      const { id } = decodeDocument(Http.json(yield* ask()))
      for (const kind of ["xml", "pdf"]) yield* expectProblem(yield* call("GET", `${path}/${id}/${kind}`), "not_found")
      yield* gateway.issueDue
      const another = yield* created(Samples.invoice())
      for (const kind of ["xml", "pdf", ""]) {
        const file = `${pathOf(another.id)}/${id}${kind === "" ? "" : `/${kind}`}`
        yield* expectProblem(yield* call("GET", file), "not_found")
      }
      yield* expectProblem(yield* call("GET", `${path}/td_1/xml`), "not_found")
    })
  )
})

shared("canceling a tax document", (it) => {
  it.effect("cancels it, answers the same again, and makes room for another", () =>
    Effect.gen(function* () {
      const { ask, cancel, document, get, invoice } = yield* withIssued
      const key = newKey()
      const first = yield* cancel(document.id, key)
      assert.strictEqual(first.status, 200)
      assert.deepInclude(decodeDocument(Http.json(first)), { id: document.id, status: "canceled" })
      const again = yield* cancel(document.id, key)
      assert.deepEqual([again.text, again.headers["idempotent-replay"]], [first.text, "true"])
      assert.strictEqual((yield* cancel(document.id)).text, first.text)
      assert.deepInclude(yield* get(invoice.id), { status: "open" })
      assert.strictEqual((yield* ask()).status, 202)
    })
  )

  it.effect("too late is a problem of its own, and changes nothing", () =>
    Effect.gen(function* () {
      const { cancel, document, gateway, getDocument } = yield* withIssued
      yield* gateway.taxes.nextCancels("window_over")
      yield* expectProblem(yield* cancel(document.id), "cancellation_window_expired")
      assert.deepInclude(yield* getDocument(document.id), { status: "issued", canceled_at: null })
    })
  )

  it.effect("without an answer is 502, keeps others out, and goes on by the same key", () =>
    Effect.gen(function* () {
      const { ask, cancel, document, gateway, getDocument } = yield* withIssued
      yield* gateway.taxes.nextCancels("lose_answer")
      yield* gateway.taxes.nextLookups("unavailable")
      const key = newKey()
      yield* expectProblem(yield* cancel(document.id, key), "provider_error")
      const busy = yield* cancel(document.id)
      yield* expectProblem(busy, "operation_in_progress")
      assert.match(busy.headers["retry-after"] ?? "", /^\d+$/)
      yield* expectProblem(yield* ask(), "operation_in_progress")
      assert.strictEqual((yield* cancel(document.id, key)).status, 200)
      assert.deepInclude(yield* getDocument(document.id), { status: "canceled" })
    })
  )

  it.effect("needs a reason, and a document that is there", () =>
    Effect.gen(function* () {
      const { call, cancel, document, path } = yield* withIssued
      const refused = (body: unknown) => call("POST", `${path}/${document.id}/cancel`, { body })
      assert.deepEqual(yield* expectFields(yield* refused({})), ["reason: required"])
      for (const text of ["", "x".repeat(256)]) {
        assert.deepEqual(yield* expectFields(yield* refused({ reason: text })), ["reason: invalid_length"])
      }
      assert.deepEqual(yield* expectFields(yield* refused({ reason: `${reason}\u0000`, why: 1 })), [
        "reason: invalid_text",
        "why: unknown_field"
      ])
      yield* expectProblem(yield* cancel("td_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"), "not_found")
      yield* expectProblem(yield* cancel("td_1"), "not_found")
    })
  )
})
