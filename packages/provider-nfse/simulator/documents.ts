/** The documents that the authority makes: an NFS-e around the declaration as it was received, and an event around its request. */
import { brasilia, version } from "./answers.ts"
import { documentOf } from "./rules.ts"
import { municipalities, services } from "./tables.ts"
import type { Said } from "./xml.ts"

const namespace = "http://www.sped.fazenda.gov.br/nfse"

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" }
const escaped = (text: string): string => text.replaceAll(/[&<>]/g, (character) => entities[character] ?? "")

const leaf = (name: string, text: string | null): string => (text === null ? "" : `<${name}>${escaped(text)}</${name}>`)

const withoutHead = (xml: string): string => xml.replace(/^\s*<\?xml[^>]*\?>\s*/, "")

/** The check digit of an access key: modulo 11 with weights 2 to 9 from the right, a character counting its ASCII code less 48. */
const checkDigit = (text: string): string => {
  const sum = [...text].toReversed().reduce((total, character, place) => {
    return total + (character.charCodeAt(0) - 48) * ((place % 8) + 2)
  }, 0)
  return sum % 11 < 2 ? "0" : String(11 - (sum % 11))
}

/** What anyone can look the document up by. */
export const accessKey = (said: Said, number: number, at: number, random: string): string => {
  const document = documentOf(said, "infDPS/prest") ?? ""
  const [year, month] = brasilia(at).slice(2).split("-")
  const body = [
    said("infDPS/cLocEmi"),
    "2", // made by Sefin Nacional
    document.length === 14 ? "2" : "1",
    document.padStart(14, "0"),
    String(number).padStart(13, "0"),
    year,
    month,
    random
  ].join("")
  return `${body}${checkDigit(body)}`
}

const cents = (text: string): bigint => {
  const [whole = "0", fraction = ""] = text.split(".")
  return BigInt(whole + fraction.padEnd(2, "0"))
}

const reais = (amount: bigint): string => {
  const digits = String(amount).padStart(3, "0")
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** What the register says of a municipality's rate, where the declaration does not. */
const registeredRate = "2.00"

const valuesOf = (said: Said): string => {
  const amount = cents(said("vServPrest/vServ") ?? "0")
  // The ISS of who pays within the Simples Nacional is not the document's to tell, unless it is withheld.
  const within = said("regTrib/opSimpNac") === "2" || said("regTrib/regApTribSN") === "1"
  const isWithheld = said("tribMun/tpRetISSQN") !== "1"
  const rate = said("tribMun/pAliq") ?? (within ? null : registeredRate)
  const tax = rate === null ? null : (amount * cents(rate) + 5_000n) / 10_000n
  const withheld = isWithheld && tax !== null ? tax : null
  return [
    leaf("vBC", tax === null ? null : reais(amount)),
    leaf("pAliqAplic", rate),
    leaf("vISSQN", tax === null ? null : reais(tax)),
    leaf("vTotalRet", withheld === null ? null : reais(withheld)),
    leaf("vLiq", reais(amount - (withheld ?? 0n)))
  ].join("")
}

/** A document before it is signed. `declaration` stands in it as it was received, so that its signature stays good. */
export const nfse = (
  said: Said,
  declaration: string,
  {
    accessKey,
    at,
    name,
    number
  }: { readonly accessKey: string; readonly at: number; readonly name: string; readonly number: number }
): string => {
  const city = said("infDPS/cLocEmi") ?? ""
  const [cityName, state] = municipalities[city] ?? ["", ""]
  const place = said("locPrest/cLocPrestacao") ?? city
  const document = documentOf(said, "infDPS/prest") ?? ""
  const inner = [
    leaf("xLocEmi", cityName),
    leaf("xLocPrestacao", municipalities[place]?.[0] ?? cityName),
    leaf("nNFSe", String(number)),
    leaf("cLocIncid", place),
    leaf("xLocIncid", municipalities[place]?.[0] ?? cityName),
    leaf("xTribNac", services[said("cServ/cTribNac") ?? ""]?.description.slice(0, 600).trim() ?? ""),
    leaf("verAplic", version),
    leaf("ambGer", "2"),
    leaf("tpEmis", "1"),
    leaf("procEmi", "1"),
    leaf("cStat", "100"),
    leaf("dhProc", brasilia(at)),
    leaf("nDFSe", String(number)),
    "<emit>",
    leaf(document.length === 14 ? "CNPJ" : "CPF", document),
    leaf("IM", said("infDPS/prest/IM")),
    leaf("xNome", name),
    "<enderNac>",
    leaf("xLgr", "Rua do Simulador"),
    leaf("nro", "100"),
    leaf("xBairro", "Centro"),
    leaf("cMun", city),
    leaf("UF", state),
    leaf("CEP", "01001000"),
    "</enderNac>",
    leaf("fone", said("infDPS/prest/fone")),
    leaf("email", said("infDPS/prest/email")),
    "</emit>",
    "<valores>",
    valuesOf(said),
    "</valores>",
    withoutHead(declaration)
  ].join("")
  return `<?xml version="1.0" encoding="UTF-8"?><NFSe versao="1.01" xmlns="${namespace}"><infNFSe Id="NFS${accessKey}">${inner}</infNFSe></NFSe>`
}

/** An event before it is signed. */
export const event = (request: string, accessKey: string, type: string, at: number, number: number): string => {
  const inner = [
    leaf("verAplic", version),
    leaf("ambGer", "2"),
    leaf("nSeqEvento", "1"),
    leaf("dhProc", brasilia(at)),
    leaf("nDFSe", String(number)),
    withoutHead(request)
  ].join("")
  return `<?xml version="1.0" encoding="UTF-8"?><evento versao="1.01" xmlns="${namespace}"><infEvento Id="EVT${accessKey}${type}001">${inner}</infEvento></evento>`
}
