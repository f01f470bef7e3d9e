import { assert, describe, it } from "@effect/vitest"
import { Documents, Money } from "@salesos/core"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { read } from "../src/DanfseText.ts"
import { issuer } from "../src/index.ts"
import { problems } from "../src/Schemas.ts"
import * as Accounts from "./fixtures/accounts.ts"
import { address, companyCustomer, order, wish } from "./fixtures/orders.ts"
import { regimes } from "./fixtures/profiles.ts"
import { start } from "./fixtures/simulator.ts"

const example = readFileSync(new URL("./fixtures/nfse.xml", import.meta.url), "utf8")

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
  it("says what the document says", () => {
    assert.deepStrictEqual(problems("NFSe", example), [])
    const accessKey = "33045572291712343000134000000000004226111234567890"
    assert.deepStrictEqual(read(example, false), {
      accessKey,
      number: "42",
      issuingCity: "Rio de Janeiro",
      competence: "04/11/2026",
      issuedAt: "05/11/2026 10:20:30",
      declaration: { number: "42", series: "7", at: "05/11/2026 10:15:00" },
      issuer: {
        document: "91.712.343/0001-34",
        name: "Consultoria de Exemplo Ltda",
        registration: "0042",
        address: "Rua do Ouvidor, 50, Sala 3, Centro, Rio de Janeiro/RJ, 20040-030",
        email: "fiscal@consultoria.example",
        phone: "(21) 3333-4444"
      },
      regime: { simples: "Não optante", assessment: "–", special: "Sociedade de profissionais" },
      customer: {
        document: "529.982.247-25",
        name: "Maria da Silva",
        registration: "–",
        address: "Avenida Paulista, 1000, Bela Vista, São Paulo/SP, 01310-100",
        email: "maria@example.com",
        phone: "(11) 98765-4321"
      },
      service: {
        code: "01.06.01 – Assessoria e consultoria em informática.",
        municipalCode: "006",
        nbs: "115022000",
        place: "Rio de Janeiro",
        description: "Consultoria: diagnóstico de sistemas & plano de migração"
      },
      municipal: {
        taxation: "Operação tributável",
        city: "Rio de Janeiro",
        base: "R$ 12.345,67",
        rate: "5,00%",
        tax: "R$ 617,28",
        withholding: "Retido pelo tomador"
      },
      ibsCbs: { classification: "000 / 000001", operation: "100301", ibs: "R$ 12,35", cbs: "R$ 111,11" },
      totals: {
        service: "R$ 12.345,67",
        withheld: "R$ 617,28",
        net: "R$ 11.728,39",
        taxes: "Federais 4,50% · Estaduais 0,10% · Municipais 5,00%"
      },
      consultation: `https://www.nfse.gov.br/ConsultaPublica/?tpc=1&chave=${accessKey}`,
      withoutValue: false,
      mark: null
    })
    assert.strictEqual(read(example, true)?.mark, "CANCELADA")
  })

  it("has no character that its fonts lack", () => {
    const content = example.replace("Maria da Silva", "MARIA 🚀 漢字 ﬁ “X” — Łódź DA SILVA")
    assert.strictEqual(read(content, false)?.customer.name, "MARIA   fi “X” — ódz DA SILVA")
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
