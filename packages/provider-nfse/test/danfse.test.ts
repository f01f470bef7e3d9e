import { assert, describe, it } from "@effect/vitest"
import { Documents, Money } from "@salesos/core"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { read } from "../src/DanfseText.ts"
import { issuer } from "../src/index.ts"
import * as Accounts from "./fixtures/accounts.ts"
import { address, companyCustomer, order, wish } from "./fixtures/orders.ts"
import { regimes } from "./fixtures/profiles.ts"
import { start } from "./fixtures/simulator.ts"

const example = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")

const drawn = (content: string, canceled = false) =>
  Effect.map(issuer.render(Accounts.account(), { content, canceled }), (bytes) => Buffer.from(bytes))

const poppler = spawnSync("pdftotext", ["-v"]).error === undefined

/** The text of a PDF as a reader shows it, and how many pages it has. */
const shown = (pdf: Buffer): { readonly text: string; readonly pages: number } => {
  const directory = mkdtempSync(join(tmpdir(), "danfse-"))
  try {
    const file = join(directory, "danfse.pdf")
    writeFileSync(file, pdf)
    const text = spawnSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" }).stdout
    return { text: text.replaceAll("\f", ""), pages: text.split("\f").length - 1 }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

describe("a DANFSe", () => {
  it("says what a document of the national system says", () => {
    const danfse = read(example("nfse-autorizada.xml"), false)
    assert.deepInclude(danfse, {
      accessKey: "33033021211222333000181000000000001026010000010000",
      number: "10",
      issuingCity: "Niterói",
      competence: "15/01/2026",
      issuedAt: "15/01/2026 14:30:00",
      consultation:
        "https://www.nfse.gov.br/ConsultaPublica/?tpc=1&chave=33033021211222333000181000000000001026010000010000",
      withoutValue: false,
      mark: null
    })
    assert.deepStrictEqual(danfse?.issuer, {
      document: "11.222.333/0001-81",
      name: "EMPRESA EXEMPLO DESENVOLVIMENTO LTDA",
      registration: "987654",
      address: "Rua Visconde do Rio Branco, 100, Centro, Niterói/RJ, 24020-005",
      email: "financeiro@example.org",
      phone: "(21) 3000-1234"
    })
    assert.deepStrictEqual(danfse?.municipal, {
      taxation: "Operação tributável",
      city: "Niterói",
      base: "R$ 1.350,00",
      rate: "2,00%",
      tax: "R$ 27,00",
      withholding: "Retido pelo tomador"
    })
    assert.deepStrictEqual(danfse?.totals, {
      service: "R$ 1.500,00",
      withheld: "R$ 27,00",
      net: "R$ 1.292,75",
      taxes: "Federais 4,50% · Estaduais 0,10% · Municipais 2,00%"
    })
    assert.strictEqual(read(example("nfse-ibscbs.xml"), true)?.ibsCbs?.ibs, "R$ 145,80")
    assert.strictEqual(read(example("nfse-ibscbs.xml"), true)?.mark, "CANCELADA")
  })

  it("has no character that its fonts lack", () => {
    const content = example("nfse-autorizada.xml").replace("CLIENTE FICTICIO", "CLIENTE 🚀 漢字 ﬁ “X” — Łódź ")
    assert.strictEqual(read(content, false)?.customer.name, "CLIENTE   fi “X” — ódz  COMERCIO S.A.")
  })

  it.live.skipIf(!poppler)("is one page that a reader can read, and another one where the longest texts meet", () =>
    Effect.gen(function* () {
      const { account } = yield* start()
      const long = {
        ...companyCustomer,
        document: Documents.Cnpj.make("12ABC34501DE35"),
        name: "Companhia de Nome Comprido ".repeat(9).trim(),
        address: {
          ...address,
          street: "X".repeat(255),
          number: "9".repeat(60),
          complement: "y ".repeat(70),
          district: "W".repeat(60)
        }
      }
      const wishes = [
        wish({ description: "Plano anual 🚀 <b>&amp;</b>\nabril/2026" }),
        wish(
          {
            description: "consultoria ".repeat(90).slice(0, 1000),
            customer: long,
            amount: Money.Amount.make(Number.MAX_SAFE_INTEGER)
          },
          { issWithheld: true }
        ),
        wish({ description: "a\n".repeat(499) })
      ]
      const settings = account(regimes["not in the Simples, with IBS and CBS"])
      for (const [place, asked] of wishes.entries()) {
        const { accessKey, content } = yield* issuer.issue(
          settings,
          yield* issuer.prepare(settings, order(place + 1, asked))
        )
        const { pages, text } = shown(yield* drawn(content, place === 1))
        assert.isAtMost(pages, place === 1 ? 2 : 1)
        assert.include(text, accessKey)
        assert.include(text, "NFS-e SEM VALIDADE JURÍDICA")
        assert.match(text, /VALOR TOTAL DA NFS-e/)
        if (place === 0) assert.include(text, "Plano anual <b>&amp;</b>")
        if (place === 1) assert.include(text, "R$ 90.071.992.547.409,91")
      }
    }).pipe(Effect.scoped)
  )
})
