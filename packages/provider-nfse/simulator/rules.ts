/**
 * The business rules of Anexo I and II that the simulator enforces: those that a service invoice of our kind can break. Each by its
 * published code; a declaration that breaks several is told of all.
 */
import { isValidCnpj, isValidCpf } from "@brazilian-utils/brazilian-utils"
import { isSame, type Shown } from "./holders.ts"
import { municipalities, services } from "./tables.ts"
import type { Said } from "./xml.ts"

/** What a declaration is looked at with. */
export interface Looked {
  readonly said: Said
  readonly environment: 1 | 2
  /** Milliseconds since 1970. */
  readonly now: number
  /** Whose key signed it. */
  readonly signer: Shown | undefined
  readonly authority: string
  /** Municipalities whose agreement with the national system is not active. */
  readonly inactive: ReadonlySet<string>
}

type Rule = readonly [code: string, breaks: (looked: Looked) => boolean]

/** The document of a party: `prest`, `toma`. */
export const documentOf = (said: Said, party: string): string | null => said(`${party}/CNPJ`) ?? said(`${party}/CPF`)

const isValid = (document: string): boolean =>
  document.length === 14 ? isValidCnpj(document, { version: 2 }) : isValidCpf(document)

const idOf = (said: Said): string => {
  const document = documentOf(said, "infDPS/prest") ?? ""
  return [
    "DPS",
    said("infDPS/cLocEmi"),
    document.length === 14 ? "2" : "1",
    document.padStart(14, "0"),
    said("infDPS/serie")?.padStart(5, "0"),
    said("infDPS/nDPS")?.padStart(15, "0")
  ].join("")
}

const regime = (said: Said): string | null => said("infDPS/prest/regTrib/opSimpNac")
const withheld = (said: Said): boolean => said("tribMun/tpRetISSQN") !== "1"
const rate = (said: Said): string | null => said("tribMun/pAliq")
const simples = (said: Said): boolean => regime(said) === "3" && said("regTrib/regApTribSN") === "1"
const special = (said: Said): boolean => said("regTrib/regEspTrib") !== "0"
const active = ({ inactive, said }: Looked): boolean => !inactive.has(said("infDPS/cLocEmi") ?? "")
const outside = (said: Said): boolean => regime(said) === "3" && !simples(said)

/** A list that names every rule once, in the order of the annex. */
const rules: ReadonlyArray<Rule> = [
  ["E0004", ({ said }) => said("infDPS/@Id") !== idOf(said)],
  ["E0006", ({ environment, said }) => said("infDPS/tpAmb") !== String(environment)],
  ["E0008", ({ now, said }) => Date.parse(said("infDPS/dhEmi") ?? "") > now],
  ["E0010", ({ said }) => Number(said("infDPS/serie")) < 1 || Number(said("infDPS/serie")) > 49_999],
  ["E0015", ({ said }) => (said("infDPS/dCompet") ?? "") > (said("infDPS/dhEmi") ?? "").slice(0, 10)],
  ["E0037", ({ said }) => municipalities[said("infDPS/cLocEmi") ?? ""] === undefined],
  ["E0121", ({ said }) => said("infDPS/prest/xNome") !== null],
  ["E0128", ({ said }) => said("infDPS/prest/end") !== null],
  ["E0162", ({ said }) => regime(said) !== "3" && said("regTrib/regApTribSN") !== null],
  ["E0166", ({ said }) => regime(said) === "3" && said("regTrib/regApTribSN") === null],
  ["E0188", ({ said }) => said("toma/CNPJ") !== null && !isValid(said("toma/CNPJ") ?? "")],
  [
    "E0202",
    ({ said }) => documentOf(said, "toma") !== null && documentOf(said, "toma") === documentOf(said, "infDPS/prest")
  ],
  ["E0206", ({ said }) => said("toma/CPF") !== null && !isValid(said("toma/CPF") ?? "")],
  ["E0235", ({ said }) => said("toma/CNPJ") !== null && said("toma/end/endNac") === null],
  ["E0237", ({ said }) => withheld(said) && said("toma/end/endNac") === null],
  ["E0310", ({ said }) => services[said("cServ/cTribNac") ?? ""] === undefined],
  ["E0322", ({ said }) => said("infDPS/IBSCBS") !== null && said("cServ/cNBS") === null],
  ["E0583", ({ said }) => regime(said) === "2" && withheld(said)],
  ["E0595", ({ said }) => Number(rate(said) ?? 0) > 5],
  ["E0600", ({ said }) => regime(said) === "2" && rate(said) !== null],
  ["E0604", ({ said }) => special(said) && rate(said) !== null],
  ["E0617", (looked) => regime(looked.said) === "1" && active(looked) && rate(looked.said) !== null],
  [
    "E0619",
    (looked) => regime(looked.said) === "1" && !active(looked) && !special(looked.said) && rate(looked.said) === null
  ],
  ["E0621", ({ said }) => simples(said) && withheld(said) && !special(said) && Number(rate(said) ?? 0) < 1.8],
  ["E0625", ({ said }) => simples(said) && !withheld(said) && rate(said) !== null],
  ["E0635", (looked) => outside(looked.said) && active(looked) && rate(looked.said) !== null],
  ["E0640", (looked) => outside(looked.said) && !active(looked) && rate(looked.said) === null],
  ["E0710", ({ said }) => regime(said) === "2" && said("totTrib/pTotTribSN") !== null],
  ["E0712", ({ said }) => regime(said) === "3" && said("totTrib/indTotTrib") !== null],
  ["E0713", ({ said }) => regime(said) === "1" && (said("totTrib/indTotTrib") ?? said("totTrib/pTotTribSN")) !== null],
  ["E0715", ({ authority, now, signer }) => !isTrusted(signer, authority, now)],
  ["E0718", ({ said, signer }) => !isSame(signer?.document ?? null, documentOf(said, "infDPS/prest"))],
  ["E0850", ({ said }) => said("infDPS/IBSCBS") !== null && (said("infDPS/dCompet") ?? "") < "2026-01-01"],
  ["E0959", ({ said }) => !(said("gIBSCBS/cClassTrib") ?? "").startsWith(said("gIBSCBS/CST") ?? "")]
]

/** Whether a certificate is one that the authority answers for today. */
export const isTrusted = (shown: Shown | undefined, authority: string, now: number): boolean =>
  shown !== undefined && shown.signedBy(authority) && shown.validFrom <= now && now <= shown.validTo

/** The codes of the rules that a declaration breaks. */
export const broken = (looked: Looked): ReadonlyArray<string> =>
  rules.flatMap(([code, breaks]) => (breaks(looked) ? [code] : []))
