import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Certificates } from "../simulator/index.ts"
import * as Xml from "../simulator/xml.ts"
import * as Certificate from "../src/Certificate.ts"
import * as Dps from "../src/Dps.ts"
import { issuer } from "../src/index.ts"
import * as mapping from "../src/mapping.ts"
import * as Profile from "../src/Profile.ts"
import * as Signature from "../src/Signature.ts"
import * as Accounts from "./fixtures/accounts.ts"
import { order, wish } from "./fixtures/orders.ts"
import { client, start } from "./fixtures/simulator.ts"

const codesIn = (body: unknown) => mapping.refusalIn(body, [])?.codes ?? []

const shown = ({ password, pfx }: Certificates.A1) => {
  const { chain, key } = Result.getOrThrow(Certificate.read(pfx, password))
  return { cert: chain[0], key }
}
const taxpayer = Effect.suspend(() => client(shown(Accounts.a1(Accounts.company))))

/** Signs what was changed with the key of a taxpayer. */
const signed = (xml: string, document = Accounts.company, name = "infDPS") => {
  const { certificate, profile } = Result.getOrThrow(Profile.read(Accounts.account({ document })))
  return Signature.sign(xml, name, certificate, profile.signature)
}

/** A declaration that is good, not signed yet. */
const unsigned = (settings: Readonly<Record<string, string | undefined>> = {}, asked = wish(), number = 1) => {
  const { profile } = Result.getOrThrow(Profile.read(Accounts.account(settings)))
  const { issuedAt } = order(number)
  return Dps.build(profile, Result.getOrThrow(Dps.declare(profile, asked)), { number, issuedAt })
}

const post = Effect.fnUntraced(function* (url: string, xml: string) {
  const call = yield* taxpayer
  return yield* call("POST", `${url}/nfse`, { dpsXmlGZipB64: Xml.pack(xml) })
})

/** The codes that a changed declaration is refused with, though its signature is good. */
const refusals = (change: (xml: string) => string, settings = {}, options: Parameters<typeof start>[0] = {}) =>
  Effect.gen(function* () {
    const { documents, url } = yield* start(options)
    const before = unsigned(settings)
    const after = change(before)
    assert.notStrictEqual(after, before)
    const { body, status } = yield* post(url, signed(after))
    assert.strictEqual(status, 400)
    assert.deepStrictEqual(yield* documents(), [])
    return codesIn(body)
  }).pipe(Effect.scoped)

const to = (from: string | RegExp, text: string) => (xml: string) => xml.replace(from, text)

describe("the simulator refuses", () => {
  const simples = {
    opSimpNac: "3",
    regApTribSN: "1",
    pTotTribSN: "6.00",
    pTotTribFed: undefined,
    pTotTribEst: undefined,
    pTotTribMun: undefined
  }
  const cases: ReadonlyArray<
    readonly [code: string, what: string, change: (xml: string) => string, settings?: object]
  > = [
    ["E0004", "an id that differs from its parts", to("<nDPS>1<", "<nDPS>2<")],
    ["E0006", "a declaration for the other environment", to("<tpAmb>2<", "<tpAmb>1<")],
    ["E0008", "a declaration from the future", to(/<dhEmi>\d{4}/, "<dhEmi>2050")],
    ["E0015", "a competence after the declaration", to(/<dCompet>\d{4}/, "<dCompet>2050")],
    ["E0121", "the issuer's name", to("<regTrib>", "<xNome>Empresa</xNome><regTrib>")],
    ["E0166", "a ME without its regime", to(/<regApTribSN>1<\/regApTribSN>/, ""), simples],
    ["E0188", "a CNPJ with wrong check digits", to("91712343000134", "91712343000135")],
    ["E0202", "the issuer as its own customer", to("<CNPJ>91712343000134", `<CNPJ>${Accounts.company}`)],
    ["E0235", "a company without an address", to(/<end>.*<\/end>/, "")],
    ["E0310", "a service that is not in the list", to("<cTribNac>010501", "<cTribNac>999999")],
    ["E0617", "a rate where the municipality knows it", to("</tpRetISSQN>", "</tpRetISSQN><pAliq>2.00</pAliq>")],
    [
      "E0625",
      "a rate of a ME where nothing is withheld",
      to("</tpRetISSQN>", "</tpRetISSQN><pAliq>2.00</pAliq>"),
      simples
    ],
    [
      "E0712",
      "a ME that tells no total of its taxes",
      to(/<pTotTribSN>.*<\/pTotTribSN>/, "<indTotTrib>0</indTotTrib>"),
      simples
    ],
    ["E1235", "what breaks the schema", to("<tpEmit>1<", "<tpEmit>7<")],
    ["E1228", "prefixes", to("<locPrest>", `<x:locPrest xmlns:x="http://www.sped.fazenda.gov.br/nfse">`)]
  ]
  for (const [code, what, change, settings] of cases) {
    it.live(`${what} (${code})`, () =>
      Effect.gen(function* () {
        const all = code === "E1228" ? (xml: string) => to("</locPrest>", "</x:locPrest>")(change(xml)) : change
        assert.include(yield* refusals(all, settings), code)
      })
    )
  }

  it.live("a municipality whose rate it does not know, without a rate (E0619)", () =>
    Effect.gen(function* () {
      assert.include(yield* refusals(to("SalesOS", "Other"), {}, { inactive: ["3550308"] }), "E0619")
    })
  )

  it.live("what is not compressed, not in base64, not in UTF-8", () =>
    Effect.gen(function* () {
      const { url } = yield* start()
      const call = yield* taxpayer
      const codes = (dpsXmlGZipB64: unknown) =>
        Effect.map(call("POST", `${url}/nfse`, { dpsXmlGZipB64 }), ({ body }) => codesIn(body))
      assert.deepStrictEqual(yield* codes("%%%"), ["E1225"])
      assert.deepStrictEqual(yield* codes(btoa("<DPS/>")), ["E1226"])
      assert.deepStrictEqual(yield* codes(Xml.pack("<DPS")), ["E1226"])
      assert.deepStrictEqual(yield* codes(Xml.pack(`<?xml version="1.0" encoding="ISO-8859-1"?><DPS/>`)), ["E1229"])
      assert.deepStrictEqual(yield* codes(7), ["E1226"])
    }).pipe(Effect.scoped)
  )

  it.live("a missing, broken or misplaced signature, and another taxpayer's", () =>
    Effect.gen(function* () {
      const { documents, url } = yield* start()
      const codes = (xml: string) => Effect.map(post(url, xml), ({ body }) => codesIn(body))
      const good = signed(unsigned())
      assert.deepStrictEqual(yield* codes(unsigned()), ["E0717"])
      assert.deepStrictEqual(yield* codes(good.replace("<vServ>123.10", "<vServ>123.11")), ["E0714"])
      assert.deepStrictEqual(yield* codes(good.replace(/URI="#\w+"/, `URI=""`)), ["E0714"])
      assert.deepStrictEqual(yield* codes(signed(unsigned(), Accounts.alphanumericCompany)), ["E0718"])
      const stranger = Certificates.a1(Certificates.authority("Outra AC"), {
        document: Accounts.company,
        name: "Falsa",
        password: "x"
      })
      const forged = Signature.sign(
        unsigned(),
        "infDPS",
        Result.getOrThrow(Certificate.read(stranger.pfx, "x")),
        "rsa-sha256"
      )
      assert.deepStrictEqual(yield* codes(forged), ["E0715"])
      assert.deepStrictEqual(yield* documents(), [])
    }).pipe(Effect.scoped)
  )

  it.live("callers without a certificate, and with one that is another authority's or expired", () =>
    Effect.gen(function* () {
      const { url } = yield* start()
      const path = `${url}/dps/DPS355030821234567800019500001000000000000042`
      const refused = (certificate?: { readonly cert: string; readonly key: string }) =>
        Effect.gen(function* () {
          const call = yield* client(certificate)
          const { body, status } = yield* call("GET", path)
          return [status, ...codesIn(body)]
        })
      const holder = { document: Accounts.company, name: "Empresa", password: "x" }
      const past = { notBefore: new Date("2020-01-01"), notAfter: new Date("2021-01-01") }
      assert.deepStrictEqual(yield* refused(), [403, "E1200"])
      assert.deepStrictEqual(yield* refused(shown(Certificates.a1(Accounts.authority, { ...holder, ...past }))), [
        403,
        "E1203"
      ])
      assert.deepStrictEqual(yield* refused(shown(Certificates.a1(Certificates.authority("Outra AC"), holder))), [
        403,
        "E1205"
      ])
    }).pipe(Effect.scoped)
  )
})

describe("the simulator", () => {
  it.live("tells anyone that there is a document, and its key only to those who are named in it", () =>
    Effect.gen(function* () {
      const { account, url } = yield* start()
      const prepared = yield* issuer.prepare(account(), order(1))
      const { accessKey } = yield* issuer.issue(account(), prepared)
      const own = yield* taxpayer
      const other = yield* client(shown(Accounts.a1(Accounts.alphanumericCompany)))
      const customer = yield* client(
        shown(Certificates.a1(Accounts.authority, { document: "91712343000134", name: "Cliente", password: "x" }))
      )
      const path = `${url}/dps/${prepared.reference}`
      for (const [call, status] of [
        [own, 200],
        [customer, 200],
        [other, 403]
      ] as const) {
        assert.strictEqual((yield* call("GET", path)).status, status)
        assert.strictEqual((yield* call("GET", `${url}/nfse/${accessKey}`)).status, status)
        assert.strictEqual((yield* call("HEAD", path)).status, 200)
      }
      assert.strictEqual((yield* other("HEAD", path.replace(/1$/, "2"))).status, 404)
      assert.strictEqual((yield* own("GET", path.replace(/1$/, "2"))).status, 404)
      assert.strictEqual((yield* own("GET", `${url}/dps/x`)).status, 400)
    }).pipe(Effect.scoped)
  )

  it.live("refuses a number that made a document, and answers in the documented JSON (E0014)", () =>
    Effect.gen(function* () {
      const { url } = yield* start()
      const first = yield* post(url, signed(unsigned()))
      assert.strictEqual(first.status, 201)
      const again = yield* post(url, signed(unsigned({}, wish({ description: "Outra coisa" }))))
      assert.strictEqual(again.status, 400)
      assert.deepInclude(again.body, {
        tipoAmbiente: 2,
        idDPS: "DPS355030821234567800019500001000000000000001",
        erros: [
          {
            codigo: "E0014",
            descricao:
              "Conjunto de Série, Número, Código do Município Emissor e CNPJ/CPF informado nesta DPS já existe em uma NFS-e gerada a partir de uma DPS enviada anteriormente."
          }
        ]
      })
    }).pipe(Effect.scoped)
  )

  it.live("keeps documents, cancellations and its clock over a restart", () =>
    Effect.gen(function* () {
      const directory = mkdtempSync(join(tmpdir(), "sefin-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(directory, { recursive: true })))
      const stateFile = join(directory, "state.jsonl")
      const before = yield* Effect.gen(function* () {
        const { account, set } = yield* start({ stateFile })
        const [first, second] = [yield* issuer.prepare(account(), order(1)), yield* issuer.prepare(account(), order(2))]
        const canceled = yield* issuer.issue(account(), first)
        yield* issuer.issue(account(), second)
        yield* issuer.cancel(account(), { accessKey: canceled.accessKey, reason: "Erro" })
        yield* set("time", { seconds: 31 * 24 * 3600 })
        return { first, second, canceled }
      }).pipe(Effect.scoped)

      const { account, documents } = yield* start({ stateFile })
      const found = yield* Effect.flatMap(issuer.find(account(), before.first.reference), Effect.fromOption)
      assert.strictEqual(found.status, "canceled")
      assert.strictEqual(found.content, before.canceled.content)
      assert.strictEqual((yield* documents()).length, 2)
      const again = yield* issuer.issue(account(), before.second)
      assert.strictEqual(again.documentNumber, "2")
      const late = yield* Effect.flip(issuer.cancel(account(), { accessKey: again.accessKey, reason: "Erro" }))
      assert.deepInclude(late, { _tag: "Rejected", code: "cancellation_window_expired" })
    }).pipe(Effect.scoped)
  )

  it.live("goes down, refuses by any code, and drops what it has answered, as it is told", () =>
    Effect.gen(function* () {
      const { account, documents, reset, set } = yield* start()
      const issue = (number: number) =>
        Effect.flatMap(issuer.prepare(account(), order(number)), (prepared) => issuer.issue(account(), prepared))
      yield* set("faults", { down: true })
      assert.strictEqual((yield* Effect.flip(issue(1)))._tag, "Unknown")
      yield* reset
      yield* set("faults", { rejectCreates: { code: "E0038", message: "Convênio não ativo." } })
      assert.deepInclude(yield* Effect.flip(issue(1)), {
        _tag: "Rejected",
        code: "E0038",
        message: "E0038: Convênio não ativo."
      })
      yield* reset
      yield* set("faults", { truncateCreateAnswers: true })
      assert.strictEqual((yield* Effect.flip(issue(1)))._tag, "Unknown")
      yield* reset
      assert.strictEqual((yield* documents()).length, 1)
      assert.strictEqual((yield* issue(1)).documentNumber, "1")
    }).pipe(Effect.scoped)
  )

  it.live("withholds the tax that it is told to", () =>
    Effect.gen(function* () {
      const { account } = yield* start()
      const prepared = yield* issuer.prepare(account(), order(1, wish({}, { issWithheld: true })))
      const { content } = yield* issuer.issue(account(), prepared)
      Xml.saying(content, (said) => {
        assert.strictEqual(said("infNFSe/valores/vISSQN"), "2.46")
        assert.strictEqual(said("infNFSe/valores/vTotalRet"), "2.46")
        assert.strictEqual(said("infNFSe/valores/vLiq"), "120.64")
      })
    }).pipe(Effect.scoped)
  )
})

describe("an access key", () => {
  it.live("has the check digit that the annex says", () =>
    Effect.gen(function* () {
      const { account } = yield* start()
      // Those of documents of the national system, to begin with.
      const keys = [
        "2611606226TS1HJ0S000170000000000000126071589021231",
        "2611606226TS1HJ0S000170000000000000226074472878459",
        "2611606226TS1HJ0S000170000000000000326078203666998"
      ]
      for (const settings of [{}, { document: Accounts.alphanumericCompany }, { document: Accounts.person }]) {
        const prepared = yield* issuer.prepare(account(settings), order(1))
        keys.push((yield* issuer.issue(account(settings), prepared)).accessKey)
      }
      for (const key of keys) {
        let sum = 0
        for (let place = 0; place < 49; place++) sum += (key.charCodeAt(48 - place) - 48) * (2 + (place % 8))
        assert.strictEqual(key.at(-1), String(sum % 11 < 2 ? 0 : 11 - (sum % 11)))
      }
    }).pipe(Effect.scoped)
  )
})
