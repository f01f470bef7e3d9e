import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { TestClock } from "effect/testing"
import { validate } from "../src/index.ts"
import * as Accounts from "./fixtures/accounts.ts"
import { regimes } from "./fixtures/profiles.ts"

const now = TestClock.setTime(DateTime.toEpochMillis(DateTime.nowUnsafe()))

const errors = (settings: Readonly<Record<string, string | undefined>>) =>
  Effect.andThen(now, Effect.flip(validate(Accounts.account(settings)))).pipe(
    Effect.map((error) => error.errors.map(({ field, message }) => `${field}: ${message}`))
  )

describe("a fiscal profile", () => {
  for (const [regime, settings] of Object.entries(regimes)) {
    it.effect(`of ${regime} is complete`, () =>
      Effect.gen(function* () {
        yield* now
        assert.deepStrictEqual(yield* validate(Accounts.account(settings)), { warnings: [] })
      })
    )
  }

  const wrong: ReadonlyArray<
    readonly [what: string, settings: Readonly<Record<string, string | undefined>>, told: string]
  > = [
    ["a setting that there is not", { serie: "1" }, "settings.serie: Not a known field"],
    ["no taxpayer", { document: undefined }, "settings.document: Required"],
    [
      "a CNPJ with wrong check digits",
      { document: "12345678000196" },
      "settings.document: Expected a CNPJ: 14 characters without punctuation, letters in capitals, with valid check digits"
    ],
    [
      "a municipality that there is not",
      { municipality: "3550309" },
      "settings.municipality: Expected the 7 digits of an IBGE municipality code"
    ],
    [
      "a series of the public applications",
      { series: "50000" },
      "settings.series: Expected a number from 1 to 49999: the others are of the public applications (E0010)"
    ],
    ["a series with zeros before it", { series: "01" }, "settings.series: Expected a number from 1 to 49999"],
    [
      "an environment that there is not",
      { environment: "homologacao" },
      "settings.environment: Expected production or restricted-production"
    ],
    ["the layout that is announced", { layout: "nt009" }, "settings.layout: Expected 1.01"],
    ["an algorithm that there is not", { signature: "rsa-md5" }, "settings.signature: Expected rsa-sha256 or rsa-sha1"],
    ["an address without TLS", { baseUrl: "http://sefin.example" }, "settings.baseUrl: Expected an https URL"],
    ["an authority that is no certificate", { ca: "mine" }, "settings.ca: Expected certificates in PEM"],
    ["a rate above the highest", { issRate: "5.01" }, "settings.issRate: Expected at most 5.00 (E0595)"],
    [
      "a rate that is none",
      { issRate: "2,9" },
      "settings.issRate: Expected a percentage with two decimals, such as 2.00"
    ],
    ["a regime of another", { regApTribSN: "1" }, "settings.regApTribSN: Expected with opSimpNac 3 only (E0162)"],
    ["no totals", { pTotTribMun: undefined }, "settings.pTotTribMun: Required with opSimpNac 1 (E0713)"],
    [
      "no rate where it has to be told",
      { municipalityActive: "false", issRate: undefined },
      "settings.issRate: Required where the municipality's agreement is not active (E0619, E0640)"
    ],
    [
      "an ambiguous service of its own",
      { serviceCode: "01.09" },
      "settings.serviceCode: Expected the six digits of one of: 010901"
    ],
    ["services that are no JSON", { services: "{" }, "settings.services: "],
    [
      "IBS and CBS without an NBS code",
      { services: `{"010501":{"ibsCbs":{"operation":"100501","situation":"000","classification":"000001"}}}` },
      "settings.services.010501.nbs: Expected with `ibsCbs` (E0322)"
    ],
    [
      "a classification of another situation",
      {
        services: `{"010501":{"nbs":"111032200","ibsCbs":{"operation":"100501","situation":"000","classification":"200001"}}}`
      },
      "settings.services.010501.ibsCbs.classification: Expected it to begin with the digits of `situation` (E0959)"
    ]
  ]
  for (const [what, settings, told] of wrong) {
    it.effect(`with ${what} says so by its field`, () =>
      Effect.gen(function* () {
        const [first, ...more] = yield* errors(settings)
        assert.isTrue(first?.startsWith(told), first)
        assert.deepStrictEqual(more, [])
      })
    )
  }

  it.effect("of a ME says what it lacks, all at once", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* errors({ opSimpNac: "3" }), [
        "settings.regApTribSN: Required with opSimpNac 3 (E0166)",
        "settings.pTotTribFed: Expected with opSimpNac 1 only",
        "settings.pTotTribEst: Expected with opSimpNac 1 only",
        "settings.pTotTribMun: Expected with opSimpNac 1 only",
        "settings.pTotTribSN: Required with opSimpNac 3 (E0712)"
      ])
    })
  )

  it.effect("of a sandbox never issues in production, and a live one nowhere else", () =>
    Effect.gen(function* () {
      const told = ["settings.environment: Expected production in live accounts, and in no others"]
      assert.deepStrictEqual(yield* errors({ environment: "production" }), told)
      yield* now
      const live = { ...Accounts.account({ environment: "production" }), environment: "live" as const }
      assert.deepStrictEqual(yield* validate(live), { warnings: [] })
      const trying = { ...Accounts.account(), environment: "live" as const }
      assert.deepStrictEqual(
        (yield* Effect.flip(validate(trying))).errors.map(({ field }) => field),
        ["settings.environment"]
      )
    })
  )
})
