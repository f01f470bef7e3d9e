import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import forge from "node-forge"
import { execFileSync } from "node:child_process"
import { X509Certificate } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Certificates } from "../simulator/index.ts"
import * as Certificate from "../src/Certificate.ts"
import { validate } from "../src/index.ts"
import * as Accounts from "./fixtures/accounts.ts"

const read = ({ password, pfx }: Certificates.A1) => Certificate.read(pfx, password)

const documentOf = (a1: Certificates.A1) => Result.getOrThrow(read(a1)).document

describe("a certificate of the simulator", () => {
  it("is read by OpenSSL whatever its serial number begins with", () => {
    const { certificate, key } = Certificates.authority()
    for (const first of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
      const numbered = forge.pki.certificateFromPem(certificate)
      numbered.serialNumber = Certificates.serialNumber(Uint8Array.of(first, 0, 0, 0, 0, 0, 0, 7))
      numbered.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create())
      assert.match(new X509Certificate(forge.pki.certificateToPem(numbered)).serialNumber, /7$/)
    }
  })
})

describe("an A1 certificate", () => {
  for (const encryption of ["aes256", "3des"] as const) {
    it(`is read when its file is encrypted with ${encryption}`, () => {
      const holder = { document: Accounts.company, name: "Empresa", password: "senha ç€", encryption }
      const a1 = Certificates.a1(Accounts.authority, holder)
      const certificate = Result.getOrThrow(read(a1))
      assert.strictEqual(certificate.document, Accounts.company)
      assert.strictEqual(certificate.chain.length, 2)
      assert.match(certificate.key, /^-----BEGIN PRIVATE KEY-----/)
    })
  }

  // Made once with `openssl pkcs12 -export -legacy` (RC2-40 and 3DES) and with OpenSSL 3's defaults (AES-256, PBKDF2).
  for (const name of ["rc2", "modern"] as const) {
    it(`is read as OpenSSL writes it (${name})`, () => {
      const pfx = readFileSync(new URL(`./fixtures/${name}.pfx.base64`, import.meta.url), "utf8")
      assert.strictEqual(documentOf({ pfx, password: "senha" }), Accounts.company)
    })
  }

  it("tells the CNPJ of a company, letters included, and the CPF of a person", () => {
    for (const document of [Accounts.company, Accounts.alphanumericCompany, Accounts.person]) {
      assert.strictEqual(documentOf(Accounts.a1(document)), document)
    }
  })

  it("is not opened by another password", () => {
    const { pfx } = Accounts.a1(Accounts.company)
    for (const password of ["", "outra", `${Accounts.password} `]) {
      const failure = Result.getOrThrow(Result.flip(Certificate.read(pfx, password)))
      assert.strictEqual(failure.code, "wrong_password")
      assert.strictEqual(failure.message, "The password does not open the certificate file")
    }
  })

  it("is no certificate when the file is another one, or cut off", () => {
    const { pfx, password } = Accounts.a1(Accounts.company)
    for (const other of ["", "AAAA", btoa("<html></html>"), pfx.slice(0, 400), btoa(Accounts.authority.certificate)]) {
      const failure = Result.getOrThrow(Result.flip(Certificate.read(other, password)))
      assert.strictEqual(failure.code, "invalid_certificate")
    }
  })

  it("speaks for every establishment of a company, and for no other", () => {
    const certificate = Result.getOrThrow(read(Accounts.a1(Accounts.company)))
    assert.isTrue(Certificate.speaksFor(certificate, Accounts.company))
    assert.isTrue(Certificate.speaksFor(certificate, "12345678000276"))
    assert.isFalse(Certificate.speaksFor(certificate, "91712343000134"))
    assert.isFalse(Certificate.speaksFor(certificate, Accounts.person))
  })
})

const day = 24 * 3600 * 1000
const valid = (notBefore: number, notAfter: number) =>
  Accounts.account(
    {},
    {
      ...Certificates.a1(Accounts.authority, {
        document: Accounts.company,
        name: "Empresa",
        password: Accounts.password,
        notBefore: new Date(notBefore),
        notAfter: new Date(notAfter)
      })
    }
  )

const codes = (errors: ReadonlyArray<{ readonly field: string; readonly code: string }>) =>
  errors.map(({ code, field }) => `${field} ${code}`)

describe("a fiscal profile's certificate", () => {
  it.effect("is told to expire within 30 days, to have expired, and not to be valid yet", () =>
    Effect.gen(function* () {
      const start = Date.parse("2026-11-28T12:00:00Z")
      const account = valid(start, start + 100 * day)
      const at = (days: number) => TestClock.setTime(start + days * day)

      yield* at(-1)
      const early = yield* Effect.flip(validate(account))
      assert.deepStrictEqual(codes(early.errors), ["credentials.pfx certificate_not_yet_valid"])
      yield* at(69)
      assert.deepStrictEqual((yield* validate(account)).warnings, [])
      yield* at(71)
      assert.deepStrictEqual(codes((yield* validate(account)).warnings), ["credentials.pfx certificate_expires_soon"])
      yield* at(101)
      const late = yield* Effect.flip(validate(account))
      assert.deepStrictEqual(codes(late.errors), ["credentials.pfx certificate_expired"])
      assert.match(late.errors[0]?.message ?? "", /expired on 2027-03-08/)
    })
  )

  it.effect("has to be the taxpayer's, and its password the right one", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(DateTime.toEpochMillis(DateTime.nowUnsafe()))
      const errors = (account: ReturnType<typeof Accounts.account>) =>
        Effect.map(Effect.flip(validate(account)), (error) => codes(error.errors))
      const other = Accounts.account({}, { ...Accounts.a1(Accounts.alphanumericCompany) })
      assert.deepStrictEqual(yield* errors(other), ["credentials.pfx certificate_mismatch"])
      const wrong = Accounts.account({}, { ...Accounts.a1(Accounts.company), password: "outra" })
      assert.deepStrictEqual(yield* errors(wrong), ["credentials.password wrong_password"])
      const none = Accounts.account({}, { password: "x" })
      assert.deepStrictEqual(yield* errors(none), ["credentials.pfx required"])
    })
  )

  it.effect("is in no message", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(DateTime.toEpochMillis(DateTime.nowUnsafe()))
      const { password, pfx } = Accounts.a1(Accounts.company)
      for (const credentials of [
        { pfx, password: "outra-senha" },
        { pfx: `${pfx}!`, password },
        { pfx, password, more: "segredo" }
      ]) {
        const account = Accounts.account({ series: "0" }, credentials)
        const told = JSON.stringify(yield* Effect.flip(validate(account)))
        for (const secret of Object.values(Redacted.value(account.credentials))) assert.notInclude(told, secret)
      }
    })
  )
})

const openssl = (() => {
  try {
    return execFileSync("openssl", ["version"], { encoding: "utf8" }).startsWith("OpenSSL 3")
  } catch {
    return false
  }
})()

describe.skipIf(!openssl)("an A1 certificate written by the OpenSSL of this machine", () => {
  it("is read", () => {
    const directory = mkdtempSync(join(tmpdir(), "nfse-"))
    const path = (name: string) => join(directory, name)
    try {
      const { chain, key } = Result.getOrThrow(read(Accounts.a1(Accounts.company)))
      writeFileSync(path("key.pem"), key)
      writeFileSync(path("cert.pem"), chain[0])
      const base = ["pkcs12", "-export", "-inkey", path("key.pem"), "-in", path("cert.pem"), "-passout", "pass:senha"]
      execFileSync("openssl", [...base, "-out", path("file.pfx")])
      assert.strictEqual(
        documentOf({ pfx: readFileSync(path("file.pfx")).toString("base64"), password: "senha" }),
        Accounts.company
      )
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
