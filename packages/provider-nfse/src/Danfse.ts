/**
 * The DANFSe: the document on one page that a person reads, drawn from the authority's own XML. The national service that drew it is
 * suspended since 2026-08-03 (Nota Técnica 008), so issuers draw it themselves: with the code of the public consultation, the words
 * "NFS-e SEM VALIDADE JURÍDICA" in restricted production, and a watermark when it is canceled.
 */
import { Provider } from "@salesos/core"
import { Effect } from "effect"
import PDFDocument from "pdfkit"
import { create as createQr } from "qrcode"
import { type Danfse, read } from "./DanfseText.ts"

const margin = 28
const width = 595.28 - 2 * margin
const bottom = 841.89 - margin
const ink = "#1a1a1a"
const faint = "#6b6b6b"
const rule = "#b8b8b8"
const shade = "#eef1f4"

type Pdf = InstanceType<typeof PDFDocument>

const sizes = { label: 6.5, text: 8.5, strong: 9.5, title: 14 } as const

/** A label and what stands under it. Widths are shares of a row. */
interface Field {
  readonly label: string
  readonly text: string
  readonly share?: number
  readonly right?: boolean
  readonly strong?: boolean
}

const padding = 5

/** Where something of a height is drawn: at `y` where the page has room for it, and on a new page where not. */
const placed = (pdf: Pdf, y: number, height: number): number => {
  if (y + height <= bottom) return y
  pdf.addPage()
  return margin
}

/** Draws on from a place and gives where it ended. */
const row = (pdf: Pdf, from: number, fields: ReadonlyArray<Field>): number => {
  const shares = fields.reduce((sum, { share = 1 }) => sum + share, 0)
  const widths = fields.map(({ share = 1 }) => (width * share) / shares)
  const fontOf = ({ strong }: Field) =>
    pdf.font(strong === true ? "Helvetica-Bold" : "Helvetica").fontSize(strong === true ? sizes.strong : sizes.text)
  const heights = fields.map((field, place) =>
    fontOf(field).heightOfString(field.text, { width: (widths[place] ?? 0) - 2 * padding })
  )
  const height = Math.max(...heights) + sizes.label + 11
  const y = placed(pdf, from, height)
  let x = margin
  for (const [place, field] of fields.entries()) {
    const inner = (widths[place] ?? 0) - 2 * padding
    const align = field.right === true ? "right" : "left"
    pdf
      .font("Helvetica")
      .fontSize(sizes.label)
      .fillColor(faint)
      .text(field.label, x + padding, y + 4, {
        width: inner,
        align,
        lineBreak: false,
        ellipsis: true,
        height: sizes.label
      })
    fontOf(field)
      .fillColor(ink)
      .text(field.text, x + padding, y + 4 + sizes.label + 2, { width: inner, align })
    if (place > 0)
      pdf
        .moveTo(x, y + 3)
        .lineTo(x, y + height - 3)
        .lineWidth(0.4)
        .strokeColor(rule)
        .stroke()
    x += widths[place] ?? 0
  }
  pdf
    .moveTo(margin, y + height)
    .lineTo(margin + width, y + height)
    .lineWidth(0.4)
    .strokeColor(rule)
    .stroke()
  return y + height
}

/** A heading never stands alone at the foot of a page. */
const heading = (pdf: Pdf, from: number, text: string): number => {
  const y = placed(pdf, from, 60)
  pdf.rect(margin, y, width, 14).fill(shade)
  pdf
    .font("Helvetica-Bold")
    .fontSize(7.5)
    .fillColor(ink)
    .text(text, margin + padding, y + 4, { width: width - 2 * padding, lineBreak: false })
  return y + 14
}

/** The code of an address, as dark squares. */
const qr = (pdf: Pdf, address: string, x: number, y: number, size: number): void => {
  const { modules } = createQr(address, { errorCorrectionLevel: "M" })
  const module = size / modules.size
  pdf.fillColor("#000000")
  for (let line = 0; line < modules.size; line++) {
    for (let column = 0; column < modules.size; column++) {
      if (modules.get(line, column)) pdf.rect(x + column * module, y + line * module, module, module)
    }
  }
  pdf.fill()
}

const header = (pdf: Pdf, danfse: Danfse): number => {
  const code = 78
  const left = width - code - 12
  pdf
    .font("Helvetica-Bold")
    .fontSize(sizes.title)
    .fillColor(ink)
    .text("DANFSe", margin + padding, margin + 4, { width: left })
  pdf.font("Helvetica").fontSize(9).text("Documento Auxiliar da NFS-e", { width: left })
  pdf.fontSize(8).fillColor(faint).text(`${danfse.issuingCity} · Sistema Nacional NFS-e`, { width: left })
  if (danfse.withoutValue) {
    pdf
      .font("Helvetica-Bold")
      .fontSize(11)
      .fillColor("#b00020")
      .text("NFS-e SEM VALIDADE JURÍDICA", margin + padding, margin + 56, { width: left })
  }
  qr(pdf, danfse.consultation, margin + width - code, margin + 2, code)
  const y = margin + code + 8
  pdf
    .moveTo(margin, y)
    .lineTo(margin + width, y)
    .lineWidth(0.8)
    .strokeColor(ink)
    .stroke()
  return y
}

/** Large and pale, across the page: what is below stays readable. */
const watermark = (pdf: Pdf, text: string): void => {
  pdf.save()
  pdf.rotate(-50, { origin: [595.28 / 2, 841.89 / 2] })
  pdf.font("Helvetica-Bold").fontSize(96).fillColor("#b00020").fillOpacity(0.16)
  pdf.text(text, -100, 841.89 / 2 - 48, { width: 795.28, align: "center", lineBreak: false })
  pdf.restore()
  pdf.fillOpacity(1)
}

const party = (
  pdf: Pdf,
  from: number,
  title: string,
  { address, document, email, name, phone, registration }: Danfse["issuer"]
): number => {
  let y = heading(pdf, from, title)
  y = row(pdf, y, [
    { label: "Nome / Razão social", text: name, share: 3, strong: true },
    { label: "CNPJ / CPF", text: document, share: 1.4 },
    { label: "Inscrição municipal", text: registration }
  ])
  return row(pdf, y, [
    { label: "Endereço", text: address, share: 3 },
    { label: "E-mail", text: email, share: 1.4 },
    { label: "Telefone", text: phone }
  ])
}

const draw = (pdf: Pdf, danfse: Danfse): void => {
  let y = header(pdf, danfse)
  y = row(pdf, y, [
    { label: "Chave de acesso", text: danfse.accessKey, share: 2.6, strong: true },
    { label: "Número da NFS-e", text: danfse.number, strong: true }
  ])
  y = row(pdf, y, [
    { label: "Competência", text: danfse.competence },
    { label: "Emissão da NFS-e", text: danfse.issuedAt, share: 1.3 },
    { label: "Número da DPS", text: danfse.declaration.number },
    { label: "Série da DPS", text: danfse.declaration.series },
    { label: "Emissão da DPS", text: danfse.declaration.at, share: 1.3 }
  ])
  y = party(pdf, y, "PRESTADOR DO SERVIÇO", danfse.issuer)
  y = row(pdf, y, [
    { label: "Simples Nacional na data de competência", text: danfse.regime.simples, share: 2 },
    { label: "Regime de apuração", text: danfse.regime.assessment, share: 2 },
    { label: "Regime especial de tributação", text: danfse.regime.special }
  ])
  y = party(pdf, y, "TOMADOR DO SERVIÇO", danfse.customer)
  y = heading(pdf, y, "SERVIÇO PRESTADO")
  y = row(pdf, y, [
    { label: "Código de tributação nacional", text: danfse.service.code, share: 3 },
    { label: "Código municipal", text: danfse.service.municipalCode },
    { label: "NBS", text: danfse.service.nbs },
    { label: "Local da prestação", text: danfse.service.place, share: 1.4 }
  ])
  y = row(pdf, y, [{ label: "Descrição do serviço", text: danfse.service.description }])
  y = heading(pdf, y, "TRIBUTAÇÃO MUNICIPAL")
  y = row(pdf, y, [
    { label: "Tributação do ISSQN", text: danfse.municipal.taxation },
    { label: "Município de incidência", text: danfse.municipal.city },
    { label: "Retenção do ISSQN", text: danfse.municipal.withholding }
  ])
  y = row(pdf, y, [
    { label: "Base de cálculo", text: danfse.municipal.base, right: true },
    { label: "Alíquota", text: danfse.municipal.rate, right: true },
    { label: "ISSQN apurado", text: danfse.municipal.tax, right: true }
  ])
  if (danfse.ibsCbs !== null) {
    y = heading(pdf, y, "IBS / CBS")
    y = row(pdf, y, [
      { label: "CST / Classificação tributária", text: danfse.ibsCbs.classification, share: 1.4 },
      { label: "Indicador da operação", text: danfse.ibsCbs.operation },
      { label: "IBS", text: danfse.ibsCbs.ibs, right: true },
      { label: "CBS", text: danfse.ibsCbs.cbs, right: true }
    ])
  }
  y = heading(pdf, y, "VALOR TOTAL DA NFS-e")
  y = row(pdf, y, [
    { label: "Valor do serviço", text: danfse.totals.service, right: true, strong: true },
    { label: "ISSQN retido", text: danfse.totals.withheld, right: true },
    { label: "Valor líquido da NFS-e", text: danfse.totals.net, right: true, strong: true }
  ])
  y = row(pdf, y, [{ label: "Valor aproximado dos tributos", text: danfse.totals.taxes }])
  const note =
    "A autenticidade desta NFS-e pode ser verificada pela leitura do código ao alto, ou pela chave de acesso no Portal Nacional da NFS-e:"
  y = placed(pdf, y + 6, 20)
  pdf.font("Helvetica").fontSize(7).fillColor(faint)
  pdf.text(`${note} ${danfse.consultation}`, margin + padding, y, { width: width - 2 * padding })
  const { mark } = danfse
  if (mark === null) return
  const { count } = pdf.bufferedPageRange()
  for (let page = 0; page < count; page++) {
    pdf.switchToPage(page)
    watermark(pdf, mark)
  }
}

/** Gives the document as a PDF. `Rejected` where the text is no NFS-e. */
export const render = (document: {
  readonly content: string
  readonly canceled: boolean
}): Effect.Effect<Uint8Array, Provider.Rejected> =>
  Effect.suspend(() => {
    const danfse = read(document.content, document.canceled)
    if (danfse === undefined) return new Provider.Rejected({ code: "invalid_document", message: "Expected an NFS-e" })
    return Effect.callback<Uint8Array, Provider.Rejected>((resume) => {
      const pdf = new PDFDocument({ size: "A4", margin, bufferPages: true, info: { Title: `NFS-e ${danfse.number}` } })
      const chunks: Array<Uint8Array> = []
      pdf.on("data", (chunk: Uint8Array) => chunks.push(chunk))
      pdf.on("end", () => resume(Effect.succeed(new Uint8Array(Buffer.concat(chunks)))))
      draw(pdf, danfse)
      pdf.end()
    })
  })
