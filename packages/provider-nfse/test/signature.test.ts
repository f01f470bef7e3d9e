/**
 * Signatures, verified by two that did not make them: a library in JavaScript that the simulator has, and xmlsec1 where this machine
 * has it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Documents } from "@salesos/core"
import { DateTime, Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Xml from "../simulator/xml.ts"
import * as Cancellation from "../src/Cancellation.ts"
import { issuer } from "../src/index.ts"
import * as Profile from "../src/Profile.ts"
import { type Kind, problems } from "../src/Schemas.ts"
import * as Signature from "../src/Signature.ts"
import * as Accounts from "./fixtures/accounts.ts"
import { address, companyCustomer, order, wish } from "./fixtures/orders.ts"
import { regimes } from "./fixtures/profiles.ts"

const now = DateTime.makeUnsafe("2026-11-28T02:30:00Z")

const { complement: _, ...minimalAddress } = address
const { address: __, phone: ___, ...bare } = companyCustomer

const customers = {
  "a person without an address": { ...bare, document: Documents.Cpf.make("16142765010") },
  "a person with the whole address": { ...companyCustomer, document: Documents.Cpf.make("16142765010") },
  "a company with the least address": { ...bare, address: minimalAddress },
  "another company with letters in its CNPJ": {
    ...companyCustomer,
    document: Documents.Cnpj.make("12ABC34501DE35"),
    name: "Ação & Reação <“S.A.”> 🚀"
  }
}

const xmlsec1 = spawnSync("xmlsec1", ["--version"]).status === 0

/** What xmlsec1 says of the signatures beside the elements of that name: whether all are good. */
const verified = (name: string, ...signed: ReadonlyArray<string>): boolean => {
  const directory = mkdtempSync(join(tmpdir(), "nfse-"))
  try {
    const files = signed.map((xml, place) => {
      const file = join(directory, `${place}.xml`)
      writeFileSync(file, xml)
      return file
    })
    const id = `http://www.sped.fazenda.gov.br/nfse:${name}`
    return spawnSync("xmlsec1", ["--verify", "--insecure", "--id-attr:Id", id, ...files]).status === 0
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const assertGood = async (kind: Kind, name: string, signed: ReadonlyArray<string>) => {
  for (const xml of signed) {
    assert.deepStrictEqual(problems(kind, xml), [])
    assert.isTrue((await Xml.signatureOf(xml, name))?.valid)
  }
  if (xmlsec1) assert.isTrue(verified(name, ...signed))
}

const prepared = (...[settings, asked]: [Readonly<Record<string, string | undefined>>, ReturnType<typeof wish>]) =>
  TestClock.setTime(DateTime.toEpochMillis(now)).pipe(
    Effect.andThen(issuer.prepare(Accounts.account(settings), order(42, asked, now))),
    Effect.map(({ content }) => content)
  )

describe("a declaration's signature", () => {
  for (const [regime, settings] of Object.entries(regimes)) {
    it.effect(`of ${regime} is good for every customer, whether the ISS is withheld or not, by either algorithm`, () =>
      Effect.gen(function* () {
        const signed: Array<string> = []
        for (const customer of Object.values(customers)) {
          for (const issWithheld of [false, true]) {
            const asked = wish({ customer, description: "Linha 1 & <2>\nLinha 3: ação 🚀" }, { issWithheld })
            for (const signature of ["rsa-sha256", "rsa-sha1"]) {
              const account = { ...settings, signature }
              // What cannot be issued has nothing to sign: see `check`.
              if (issuer.check(Accounts.account(account), asked).length > 0) continue
              const content = yield* prepared(account, asked)
              assert.include(content, `#${signature}"`)
              signed.push(content)
            }
          }
        }
        assert.isAtLeast(signed.length, 6)
        yield* Effect.promise(() => assertGood("DPS", "infDPS", signed))
      })
    )
  }

  it.effect("is over the declaration alone, beside it, with the taxpayer's certificate and no prefix", () =>
    Effect.gen(function* () {
      const content = yield* prepared({}, wish())
      assert.match(content, /<\/infDPS><Signature xmlns="http:\/\/www\.w3\.org\/2000\/09\/xmldsig#">/)
      assert.match(content, /<\/Signature><\/DPS>$/)
      assert.strictEqual(content.match(/<Reference /g)?.length, 1)
      assert.include(content, `<Reference URI="#DPS355030821234567800019500001000000000000042">`)
      assert.strictEqual(content.match(/<X509Certificate>/g)?.length, 1)
      assert.notMatch(content, /<\w+:/)
    })
  )

  it.effect("is broken by any change of what it is over", () =>
    Effect.gen(function* () {
      const content = yield* prepared({}, wish())
      const assertBroken = (changed: string) =>
        Effect.promise(async () => {
          assert.notStrictEqual(changed, content)
          assert.isFalse((await Xml.signatureOf(changed, "infDPS"))?.valid)
          if (xmlsec1) assert.isFalse(verified("infDPS", changed))
        })
      yield* assertBroken(content.replace("<vServ>123.10", "<vServ>123.11"))
      yield* assertBroken(content.replace("Cliente Fictício", "Cliente Ficticio"))
      yield* assertBroken(content.replace("</toma>", " </toma>"))
      yield* assertBroken(content.replace(/<DigestValue>./, "<DigestValue>A"))
    })
  )
})

describe("a cancellation's signature", () => {
  for (const document of [Accounts.company, Accounts.alphanumericCompany, Accounts.person]) {
    for (const signature of ["rsa-sha256", "rsa-sha1"] as const) {
      it(`by ${document} with ${signature} is good`, async () => {
        const { certificate, profile } = Result.getOrThrow(Profile.read(Accounts.account({ document, signature })))
        const inscription = document.length === 14 ? `2${document}` : `1000${document}`
        const accessKey = `35503082${inscription}000000000000126111393346173`
        const reasons = ["", "Erro", "🚀", "Valor errado & serviço não prestado", "x".repeat(400)]
        const signed = reasons.map((reason) => {
          const xml = Cancellation.build(profile, { accessKey, reason }, now)
          return Signature.sign(xml, "infPedReg", certificate, signature)
        })
        await assertGood("pedRegEvento", "infPedReg", signed)
      })
    }
  }

  // `TSChaveNFSe` has its letters three places before those of the CNPJ in an access key: a slip of the official set.
  it("by a company whose CNPJ has a letter in its twelfth place is what the official schema refuses", () => {
    const { profile } = Result.getOrThrow(Profile.read(Accounts.account()))
    const accessKey = "35503082212ABC34501DE35000000000000126111393346173"
    const [problem, ...more] = problems("pedRegEvento", Cancellation.build(profile, { accessKey, reason: "Erro" }, now))
    assert.match(problem ?? "", /chNFSe.*pattern/)
    assert.deepStrictEqual(more, [])
  })
})

describe("the official schemas", () => {
  it("are byte for byte what was published", () => {
    const folder = new URL("../schemas/", import.meta.url)
    const sums = readFileSync(new URL("SHA256SUMS", folder), "utf8")
    const listed = sums
      .trim()
      .split("\n")
      .map((each) => each.split(/\s+/))
    for (const [sum, name = ""] of listed) {
      assert.strictEqual(
        createHash("sha256")
          .update(readFileSync(new URL(name, folder)))
          .digest("hex"),
        sum,
        name
      )
    }
    const present = readdirSync(folder).filter((name) => name.endsWith(".xsd"))
    assert.sameMembers(
      present,
      listed.map(([, name = ""]) => name)
    )
  })
})
