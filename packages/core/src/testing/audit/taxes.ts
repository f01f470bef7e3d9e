/** Rules of tax documents: one live each, one content for a number, and what the authorities say, too. */
import { type Facts, repeated, type Rule } from "./facts.ts"

const documentsOf = ({ invoices }: Facts) =>
  invoices.flatMap((invoice) => invoice.documents.map((document) => ({ invoice, document })))

/** An invoice has one live document at most, and it is the last. */
const oneLiveDocument: Rule = ({ invoices }) =>
  invoices.flatMap(({ documents, ourNumber }) =>
    documents.slice(0, -1).some(({ status }) => status !== "canceled")
      ? [`${ourNumber}: a tax document that is not canceled is followed by another`]
      : []
  )

/** Whatever was sent under a reference is what is kept under it, and it was issued once at most. */
const oneContentPerNumber: Rule = ({ authorities, files }) => {
  const kept = files.filter(({ kind }) => kind === "sent")
  return [
    ...repeated(kept.map(({ reference }) => reference)).map((reference) => `${reference}: used more than once`),
    ...authorities.flatMap(({ issued, sent }) => [
      ...sent.flatMap(({ content, reference }) =>
        kept.some((file) => file.reference === reference && file.content === content)
          ? []
          : [`${reference}: sent with another content than is kept`]
      ),
      ...repeated(issued.map(({ reference }) => reference)).map((reference) => `${reference}: issued more than once`)
    ])
  ]
}

/** What the store says of a document, the authority says, too. */
const asTheAuthoritySays: Rule = (facts) => {
  const there = new Map(facts.authorities.map(({ account, issued }) => [account, issued]))
  return [
    ...documentsOf(facts).flatMap(({ document: { accessKey, id, sending, status }, invoice }) => {
      const issued = there.get(sending?.account ?? "")
      if (issued === undefined) return []
      const found = issued.find((each) => each.accessKey === accessKey)
      const returned = facts.files.some((file) => file.document === id && file.kind === "issued")
      const says = (what: string) => `${invoice.ourNumber} ${id}: ${status} here, ${what} there`
      return [
        ...(accessKey === null || found !== undefined ? [] : [says("unknown")]),
        ...(status === "issued" && accessKey === null ? [says("without a key")] : []),
        ...(status === "canceled" && found?.status === "issued" ? [says("issued")] : []),
        ...(accessKey !== null && !returned ? [`${id}: issued, and its text is not kept`] : [])
      ]
    }),
    ...facts.authorities.flatMap(({ issued }) =>
      issued.flatMap(({ reference }) =>
        facts.files.some((file) => file.kind === "sent" && file.reference === reference)
          ? []
          : [`${reference}: issued, and nothing was kept before`]
      )
    )
  ]
}

/** What became of a document was told once, and nothing else was told. */
const oneEventPerChange: Rule = (facts) =>
  documentsOf(facts).flatMap(({ document: { id, issuedAt, status } }) => {
    const told = (type: string) => facts.events.filter((event) => event.subject === id && event.type === type).length
    const expected = [
      ["tax_document.issued", issuedAt === null ? 0 : 1],
      ["tax_document.canceled", status === "canceled" && issuedAt !== null ? 1 : 0]
    ] as const
    return [
      ...expected.flatMap(([type, count]) =>
        told(type) === count ? [] : [`${id} is ${status}, and has ${told(type)} ${type} events`]
      ),
      ...(status === "failed" && told("tax_document.failed") === 0 ? [`${id} failed, and nobody was told`] : [])
    ]
  })

/** An issuer takes its fee once for each document that is known to be issued. */
const oneFeePerDocument: Rule = ({ authorities, invoices, statement }) =>
  authorities.flatMap(({ account, fee }) => {
    const rows = statement.filter((row) => row.account === account).map(({ line }) => line.net)
    const issued = invoices.flatMap(({ documents }) =>
      documents.filter(({ issuedAt, sending }) => issuedAt !== null && sending?.account === account)
    )
    const expected = fee > 0 ? issued.map(() => -fee) : []
    return rows.join() === expected.join() ? [] : [`${account}: fees of ${rows.join()} for ${issued.length} documents`]
  })

/** Nothing is in doubt, and what the authority issued is known here. */
const nothingLeft: Rule = (facts) => [
  ...documentsOf(facts).flatMap(({ document: { cancel, dueAt, id, sending, status } }) => [
    ...(status === "pending" && dueAt !== null ? [`${id}: still due, ${sending?.status ?? "and never sent"}`] : []),
    ...(cancel?.status === "sent" || cancel?.status === "in_doubt"
      ? [`${id}: its cancellation is ${cancel.status}`]
      : [])
  ]),
  ...facts.authorities.flatMap(({ issued }) =>
    issued.flatMap(({ accessKey, status }) => {
      const here = documentsOf(facts).find(({ document }) => document.accessKey === accessKey)?.document
      if (here === undefined) return [`${accessKey}: issued there, unknown here`]
      return here.status === status ? [] : [`${accessKey}: ${here.status} here, ${status} there`]
    })
  )
]

export const taxes: ReadonlyArray<Rule> = [
  oneLiveDocument,
  oneContentPerNumber,
  asTheAuthoritySays,
  oneEventPerChange,
  oneFeePerDocument
]

export const taxesSettled: ReadonlyArray<Rule> = [nothingLeft]
