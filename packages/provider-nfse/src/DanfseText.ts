/** What stands on a DANFSe, read out of an NFS-e: text in the words and forms that people in Brazil read. */
import { Documents } from "@salesos/core"
import { Result } from "effect"
import { type At, withReader } from "./Nfse.ts"
import { municipalities, services } from "./Tables.ts"

export interface Party {
  readonly document: string
  readonly name: string
  readonly registration: string
  readonly address: string
  readonly email: string
  readonly phone: string
}

export interface Danfse {
  readonly accessKey: string
  readonly number: string
  readonly issuingCity: string
  readonly competence: string
  readonly issuedAt: string
  readonly declaration: { readonly number: string; readonly series: string; readonly at: string }
  readonly issuer: Party
  readonly regime: { readonly simples: string; readonly assessment: string; readonly special: string }
  readonly customer: Party
  readonly service: Readonly<Record<"code" | "municipalCode" | "nbs" | "place" | "description", string>>
  readonly municipal: Readonly<Record<"taxation" | "city" | "base" | "rate" | "tax" | "withholding", string>>
  readonly ibsCbs: Readonly<Record<"classification" | "operation" | "ibs" | "cbs", string>> | null
  readonly totals: Readonly<Record<"service" | "withheld" | "net" | "taxes", string>>
  /** Where the public can look it up. */
  readonly consultation: string
  /** It was issued to try, and says nothing to a tax office. */
  readonly withoutValue: boolean
  /** A word across the page, or none. */
  readonly mark: string | null
}

const none = "–"

/** The characters of the fonts that every reader of PDF has (WinAnsi), and no others: an emoji would come out as noise. */
const drawable = /^[\n\x20-\x7E\xA0-\xFF€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸŽ]$/u

const plain = (text: string): string =>
  [...text.normalize("NFC")]
    .map((character) =>
      drawable.test(character)
        ? character
        : [...character.normalize("NFKD")].filter((each) => drawable.test(each)).join("")
    )
    .join("")
    .trim()

const said = (text: string | null): string => {
  const clean = plain(text ?? "")
  return clean === "" ? none : clean
}

/** `1234567.80` as `R$ 1.234.567,80`. */
const money = (text: string | null): string => {
  if (text === null) return none
  const [whole = "0", fraction = "00"] = text.split(".")
  return `R$ ${whole.replaceAll(/\B(?=(\d{3})+$)/g, ".")},${fraction}`
}

const percent = (text: string | null): string => (text === null ? none : `${text.replace(".", ",")}%`)

/** `2026-11-28` and `2026-11-28T09:15:00-03:00` as they are read aloud, in the time zone that they are written in. */
const date = (text: string | null): string => {
  const [, year, month, day, time] = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}:\d{2}))?/.exec(text ?? "") ?? []
  if (year === undefined) return none
  return [`${day}/${month}/${year}`, ...(time === undefined ? [] : [time])].join(" ")
}

const taxId = (text: string | null): string =>
  text === null
    ? none
    : Result.match(Documents.parse(text), { onFailure: () => said(text), onSuccess: Documents.format })

const phone = (text: string | null): string =>
  text === null ? none : text.replace(/^(\d{2})(\d{4,5})(\d{4})$/, "($1) $2-$3")

const zipCode = (text: string | null): string | null => text?.replace(/^(\d{5})(\d{3})$/, "$1-$2") ?? null

const city = (code: string | null): string | null => {
  const found = municipalities.get(code ?? "")
  return found === undefined ? code : `${found[0]}/${found[1]}`
}

const joined = (parts: ReadonlyArray<string | null>): string =>
  said(parts.filter((part) => part !== null && part !== "").join(", "))

const words = {
  simples: {
    "1": "Não optante",
    "2": "Optante – Microempreendedor individual (MEI)",
    "3": "Optante – Microempresa ou empresa de pequeno porte (ME/EPP)"
  },
  assessment: {
    "1": "Tributos federais e municipal pelo Simples Nacional",
    "2": "Tributos federais pelo Simples Nacional e ISSQN pela NFS-e",
    "3": "Tributos federais e municipal pela NFS-e"
  },
  special: {
    "0": "Nenhum",
    "1": "Ato cooperado",
    "2": "Estimativa",
    "3": "Microempresa municipal",
    "4": "Notário ou registrador",
    "5": "Profissional autônomo",
    "6": "Sociedade de profissionais",
    "9": "Outros"
  },
  taxation: { "1": "Operação tributável", "2": "Imunidade", "3": "Exportação de serviço", "4": "Não incidência" },
  withholding: { "1": "Não retido", "2": "Retido pelo tomador", "3": "Retido pelo intermediário" }
} as const satisfies Record<string, Readonly<Record<string, string>>>

const word = (table: Readonly<Record<string, string>>, code: string | null): string => said(table[code ?? ""] ?? code)

/** A party by its element, that of its address, and the one that has city and zip code. */
const partyOf = (at: At, party: string, address: string, place: string): Party => ({
  document: taxId(at(`${party}/CNPJ`) ?? at(`${party}/CPF`) ?? at(`${party}/NIF`)),
  name: said(at(`${party}/xNome`)),
  registration: said(at(`${party}/IM`)),
  address: joined([
    ...["xLgr", "nro", "xCpl", "xBairro"].map((part) => at(`${address}/${part}`)),
    city(at(`${place}/cMun`)) ?? at(`${address}/endExt/xCidade`),
    zipCode(at(`${place}/CEP`))
  ]),
  email: said(at(`${party}/email`)),
  phone: phone(at(`${party}/fone`))
})

/** More lines than these are told in one, so that a page holds them. */
const mostLines = 20

const description = (text: string | null): string => {
  const lines = said(text).split(/\s*\n\s*/)
  return lines.join(lines.length > mostLines ? " / " : "\n")
}

const taxes = (at: At): string => {
  const simples = at("totTrib/pTotTribSN")
  if (simples !== null) return `Simples Nacional ${percent(simples)}`
  const parts = [
    ["Federais", "Fed"],
    ["Estaduais", "Est"],
    ["Municipais", "Mun"]
  ].map(([name, part]) => {
    const share = at(`totTrib/pTotTrib/pTotTrib${part}`)
    return `${name} ${share === null ? money(at(`totTrib/vTotTrib/vTotTrib${part}`)) : percent(share)}`
  })
  return at("totTrib/indTotTrib") === null ? parts.join(" · ") : none
}

const ibsCbsOf = (at: At): Danfse["ibsCbs"] => {
  const classification = at("gIBSCBS/cClassTrib")
  if (classification === null) return null
  return {
    classification: `${said(at("gIBSCBS/CST"))} / ${classification}`,
    operation: said(at("infDPS/IBSCBS/cIndOp")),
    ibs: money(at("totCIBS/gIBS/vIBSTot")),
    cbs: money(at("totCIBS/gCBS/vCBS"))
  }
}

const serviceName = (at: At): string => {
  const code = at("cServ/cTribNac") ?? ""
  const written = code.replace(/^(\d{2})(\d{2})(\d{2})$/, "$1.$2.$3")
  return said(`${written} – ${at("infNFSe/xTribNac") ?? services.get(code)?.description ?? ""}`)
}

/** Reads a document; undefined where the text is no NFS-e. */
export const read = (content: string, canceled: boolean): Danfse | undefined =>
  withReader(content, (at): Danfse => {
    const accessKey = (at("infNFSe/@Id") ?? "").slice(3)
    return {
      accessKey,
      number: said(at("infNFSe/nNFSe")),
      issuingCity: said(at("infNFSe/xLocEmi")),
      competence: date(at("infDPS/dCompet")),
      issuedAt: date(at("infNFSe/dhProc")),
      declaration: {
        number: said(at("infDPS/nDPS")),
        series: said(at("infDPS/serie")),
        at: date(at("infDPS/dhEmi"))
      },
      issuer: partyOf(at, "emit", "emit/enderNac", "emit/enderNac"),
      regime: {
        simples: word(words.simples, at("regTrib/opSimpNac")),
        assessment: word(words.assessment, at("regTrib/regApTribSN")),
        special: word(words.special, at("regTrib/regEspTrib"))
      },
      customer: partyOf(at, "toma", "toma/end", "toma/end/endNac"),
      service: {
        code: serviceName(at),
        municipalCode: said(at("cServ/cTribMun")),
        nbs: said(at("cServ/cNBS")),
        place: said(at("infNFSe/xLocPrestacao")),
        description: description(at("cServ/xDescServ"))
      },
      municipal: {
        taxation: word(words.taxation, at("tribMun/tribISSQN")),
        city: said(at("infNFSe/xLocIncid")),
        base: money(at("infNFSe/valores/vBC")),
        rate: percent(at("infNFSe/valores/pAliqAplic")),
        tax: money(at("infNFSe/valores/vISSQN")),
        withholding: word(words.withholding, at("tribMun/tpRetISSQN"))
      },
      ibsCbs: ibsCbsOf(at),
      totals: {
        service: money(at("vServPrest/vServ")),
        withheld: at("tribMun/tpRetISSQN") === "1" ? none : money(at("infNFSe/valores/vISSQN")),
        net: money(at("infNFSe/valores/vLiq")),
        taxes: taxes(at)
      },
      consultation: `https://www.nfse.gov.br/ConsultaPublica/?tpc=1&chave=${accessKey}`,
      withoutValue: at("infDPS/tpAmb") === "2",
      mark: canceled ? "CANCELADA" : null
    }
  })
