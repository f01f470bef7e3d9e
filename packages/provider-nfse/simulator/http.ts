/**
 * The routes of the OpenAPI document "API NFS-e - Sefin Nacional" (v1), each behind the certificate that the connection was opened
 * with.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import { Creations, type Faults, type Ids, Parse, type Records } from "@salesos/simulator-kit"
import { Effect, type Scope, Schema } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { TLSSocket } from "node:tls"
import type { Answers, Complaint } from "./answers.ts"
import type { Pair } from "./certificates.ts"
import * as Documents from "./documents.ts"
import { isSame, look, type Shown } from "./holders.ts"
import { broken, documentOf, isTrusted } from "./rules.ts"
import type { Document, Rows, State } from "./state.ts"
import * as Xml from "./xml.ts"

/** What the authority is. */
export interface Sefin {
  readonly state: State
  readonly records: Records.Records<Rows>
  readonly ids: Ids.Ids
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Seconds within which a document may be canceled. */
  readonly window: () => number
  readonly environment: 1 | 2
  /** Who signs the documents, and the authority that taxpayers' certificates are by. */
  readonly own: Pair
  readonly authority: string
  readonly inactive: ReadonlySet<string>
}

type Answer = HttpServerResponse.HttpServerResponse
type Request = HttpServerRequest.HttpServerRequest

/** The certificate of the connection, or what is wrong with it. */
const transmitter = (request: Request, { authority, now }: Sefin): Shown | Complaint => {
  const { socket } = NodeHttpServerRequest.toIncomingMessage(request)
  const raw = socket instanceof TLSSocket ? socket.getPeerCertificate(true).raw : undefined
  const shown = raw === undefined ? undefined : look(raw)
  if (shown === undefined) return { code: "E1200" }
  if (now() > shown.validTo) return { code: "E1203" }
  if (!isTrusted(shown, authority, now())) return { code: "E1205" }
  return shown.document === null ? { code: "E1209" } : shown
}

const decodeDps = Parse.decoder(Schema.Struct({ dpsXmlGZipB64: Schema.String }))
const decodeEvent = Parse.decoder(Schema.Struct({ pedidoRegistroEventoXmlGZipB64: Schema.String }))

const bodyOf = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
  Effect.orElseSucceed(request.json, (): unknown => undefined)
)

/** The one event that is taken: its type. */
const cancellation = "101101"

/** Adds the routes below `base` to `router`. Delayed creations live in the scope of this effect. */
export const addRoutes = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  base: `/${string}`,
  sefin: Sefin,
  answers: Answers,
  faults: Faults.Faults
): Effect.fn.Return<void, never, Scope.Scope> {
  const { environment, ids, now, own, state } = sefin
  const { commit, written } = sefin.records
  const { documents, events } = state

  const refusals: Creations.Refusals = {
    failure: (status) => answers.errors(status, [{ code: "E999", message: "Erro não catalogado." }]),
    rejection: (complaint) => answers.errors(400, [complaint])
  }
  const creation = yield* Creations.make(faults, refusals)

  /** What every route does first. */
  const guarded = <R>(answer: (shown: Shown) => Effect.Effect<Answer, never, R>) =>
    Effect.fnUntraced(function* (request: Request) {
      if (faults.current().down === true) return refusals.failure(503)
      const shown = transmitter(request, sefin)
      return "code" in shown ? answers.errors(403, [shown]) : yield* answer(shown)
    })

  const get = (path: string, answer: (shown: Shown, params: Readonly<Record<string, string | undefined>>) => Answer) =>
    router.add(
      "GET",
      `${base}${path}`,
      guarded((shown) => Effect.map(HttpRouter.params, (params) => answer(shown, params)))
    )

  const refuse = (complaints: ReadonlyArray<Complaint>, reference?: string | null) =>
    Effect.fail(answers.errors(400, complaints, reference))

  /** The text of a body's field, compressed and in base64, in the form of its kind; or the answer to one that is not. */
  const received = Effect.fnUntraced(function* (kind: string, packed: string) {
    const opened = Xml.unpack(packed)
    if ("code" in opened) return yield* refuse([opened])
    const form = Xml.formOf(kind, opened.xml)
    return form === undefined ? opened.xml : yield* refuse([form])
  })

  const mayRead = ({ customer, emitter }: Document, { document }: Shown): boolean =>
    isSame(emitter, document) || isSame(customer, document)

  const referenced = (reference: string): Document | undefined =>
    documents.get(documents.idsOf("reference", reference)[0] ?? "")

  const notAllowed = answers.error(403, "Consulta desta NFS-e não é permitida para este usuário.")

  yield* router.add(
    "POST",
    `${base}/nfse`,
    guarded(() =>
      creation(
        Effect.gen(function* () {
          const body = decodeDps(yield* bodyOf)
          if ("invalid" in body) return yield* refuse([{ code: "E1226", where: body.invalid.message }])
          const xml = yield* received("DPS", body.value.dpsXmlGZipB64)
          const reference = Xml.saying(xml, (said) => said("infDPS/@Id")) ?? ""
          const signed = yield* Effect.promise(() => Xml.signatureOf(xml, "infDPS"))
          if (signed === undefined) return yield* refuse([{ code: "E0717" }], reference)
          if (!signed.valid) return yield* refuse([{ code: "E0714" }], reference)
          const signer = look(signed.certificate)
          const { authority, inactive } = sefin
          const wrong = Xml.saying(xml, (said) =>
            broken({ said, environment, now: now(), signer, authority, inactive })
          )
          if (wrong.length > 0)
            return yield* refuse(
              wrong.map((code) => ({ code })),
              reference
            )
          // Nothing comes between looking for the number and taking it.
          return Effect.suspend(() => {
            if (referenced(reference) !== undefined) {
              return Effect.succeed({ status: 400, body: answers.list([{ code: "E0014" }], reference) })
            }
            const document = Xml.saying(xml, (said): Document => {
              const emitter = documentOf(said, "infDPS/prest") ?? ""
              const number = documents.idsOf("emitter", emitter).length + 1
              const accessKey = Documents.accessKey(said, number, now(), ids.digits(9))
              const made = Documents.nfse(said, xml, { accessKey, at: now(), name: signer?.name ?? "", number })
              return {
                accessKey,
                reference,
                emitter,
                customer: documentOf(said, "toma"),
                amount: said("vServPrest/vServ") ?? "",
                xml: Xml.sign(made, "infNFSe", own),
                at: now()
              }
            })
            commit({ documents: [document] })
            return Effect.as(written, {
              status: 201,
              body: answers.body({
                idDps: reference,
                chaveAcesso: document.accessKey,
                nfseXmlGZipB64: Xml.pack(document.xml),
                alertas: []
              })
            })
          })
        })
      )
    )
  )

  yield* router.add(
    "GET",
    `${base}/dps/:id`,
    guarded((shown) =>
      Effect.gen(function* () {
        const { id = "" } = yield* HttpRouter.params
        const { method } = yield* HttpServerRequest.HttpServerRequest
        if (!/^DPS\d{7}(1\d{14}|2[0-9A-Z]{14})\d{20}$/.test(id)) return answers.error(400, { code: "E0004" })
        const document = referenced(id)
        if (document === undefined)
          return answers.error(404, "Não foi gerada uma NFS-e com o identificador de DPS informado")
        // HEAD tells anyone with a certificate that there is one, and the key only those who are named in it.
        if (method === "HEAD") return HttpServerResponse.empty({ status: 200 })
        return mayRead(document, shown) ? answers.ok({ idDps: id, chaveAcesso: document.accessKey }) : notAllowed
      })
    )
  )

  yield* get("/nfse/:chave", (shown, { chave = "" }) => {
    const document = documents.get(chave)
    if (document === undefined) return answers.error(404, "Chave de acesso não encontrada.")
    return mayRead(document, shown)
      ? answers.ok({ chaveAcesso: chave, nfseXmlGZipB64: Xml.pack(document.xml) })
      : notAllowed
  })

  yield* router.add(
    "POST",
    `${base}/nfse/:chave/eventos`,
    guarded(() =>
      creation(
        Effect.gen(function* () {
          const { chave = "" } = yield* HttpRouter.params
          const body = decodeEvent(yield* bodyOf)
          const fail = (code: string) => Effect.fail(answers.error(400, { code }))
          if ("invalid" in body) return yield* fail("E1226")
          const xml = yield* received("pedRegEvento", body.value.pedidoRegistroEventoXmlGZipB64)
          const signed = yield* Effect.promise(() => Xml.signatureOf(xml, "infPedReg"))
          if (signed === undefined) return yield* fail("E1989")
          if (!signed.valid) return yield* fail("E1980")
          const signer = look(signed.certificate)
          if (signer === undefined || !isTrusted(signer, sefin.authority, now())) return yield* fail("E1983")
          const asked = Xml.saying(xml, (said) => ({
            id: said("infPedReg/@Id"),
            environment: said("infPedReg/tpAmb"),
            at: Date.parse(said("infPedReg/dhEvento") ?? ""),
            author: said("infPedReg/CNPJAutor") ?? said("infPedReg/CPFAutor"),
            accessKey: said("infPedReg/chNFSe"),
            cancels: said("infPedReg/e101101/cMotivo") !== null
          }))
          const document = documents.get(chave)
          if (asked.id !== `PRE${asked.accessKey}${cancellation}` || !asked.cancels) return yield* fail("E1827")
          if (asked.environment !== String(environment)) return yield* fail("E1845")
          if (asked.at > now()) return yield* fail("E1843")
          if (!isSame(asked.author, signer.document))
            return yield* fail(asked.author?.length === 14 ? "E0812" : "E0815")
          if (document === undefined || asked.accessKey !== chave) return yield* fail("E1831")
          if (!isSame(asked.author, document.emitter))
            return yield* fail(asked.author?.length === 14 ? "E0813" : "E0816")
          if (now() > document.at + sefin.window() * 1000) return yield* fail("E0822")
          return Effect.suspend(() => {
            if (events.get(`${chave}${cancellation}`) !== undefined) {
              return Effect.succeed({ status: 400, body: answers.single({ code: "E0840" }) })
            }
            const made = Documents.event(xml, chave, cancellation, now(), events.ids.length + 1)
            const event = { accessKey: chave, type: cancellation, xml: Xml.sign(made, "infEvento", own) }
            commit({ events: [event] })
            return Effect.as(written, { status: 201, body: answers.body({ eventoXmlGZipB64: Xml.pack(event.xml) }) })
          })
        })
      )
    )
  )

  yield* get("/nfse/:chave/eventos/:tipo/:numero", (shown, { chave = "", numero, tipo = "" }) => {
    const document = documents.get(chave)
    const event = events.get(`${chave}${tipo}`)
    if (document === undefined || event === undefined || numero !== "1") {
      return answers.error(404, "Nenhum evento encontrado para a NFS-e")
    }
    if (!mayRead(document, shown)) return answers.error(401, "Usuário não tem permissão para acessar os eventos")
    return answers.ok({
      eventos: [
        {
          chaveAcesso: chave,
          tipoEvento: `e${tipo}`,
          numeroPedidoRegistroEvento: 1,
          // As it is seen there: base64 of base64.
          arquivoXml: Buffer.from(Xml.pack(event.xml)).toString("base64")
        }
      ]
    })
  })
})
