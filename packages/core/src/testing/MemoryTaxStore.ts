/** What is kept of tax documents in memory, besides their state. */
import { DateTime, Effect, Layer, Option } from "effect"
import type { Invoice } from "../models/Invoice.ts"
import type { Owner } from "../models/Owner.ts"
import type { File } from "../models/TaxDocument.ts"
import { type DocumentDue, TaxStore } from "../ports/Store.ts"
import { keyOf, MemoryDatabase, put, sameOwner, type Tables } from "./MemoryDatabase.ts"

const sameFile = (a: Omit<File, "content">, b: Omit<File, "content">): boolean =>
  a.document === b.document && a.kind === b.kind && a.reference === b.reference

const fileOf = (tables: Tables, owner: Owner, of: Omit<File, "content">): File | undefined =>
  tables.files.find((each) => sameOwner(each.owner, owner) && sameFile(each.file, of))?.file

/** The tables with texts kept; what is kept already stays as it is. */
export const keep = (tables: Tables, owner: Owner, files: ReadonlyArray<File>): Tables =>
  files.reduce(
    (sofar, file) =>
      fileOf(sofar, owner, file) === undefined ? { ...sofar, files: [...sofar.files, { owner, file }] } : sofar,
    tables
  )

/** A number that was sent is never sent for another document. */
export const sentBefore = (tables: Tables, owner: Owner, files: ReadonlyArray<File>): string | undefined =>
  files.some(
    ({ document, kind, reference }) =>
      kind === "sent" &&
      tables.files.some(
        ({ file, owner: of }) =>
          sameOwner(of, owner) && file.kind === "sent" && file.reference === reference && file.document !== document
      )
  )
    ? "another tax document was sent under this reference"
    : undefined

/** What no two tax documents may share: an invoice's one live document, and a number that was sent. */
export const duplicate = (others: ReadonlyArray<Invoice>, { documents }: Invoice): string | undefined => {
  const references = (of: ReadonlyArray<Invoice["documents"][number]>) =>
    of.flatMap(({ sending }) => (sending === null ? [] : [`${sending.account} ${sending.reference}`]))
  const all = [...references(documents), ...others.flatMap((each) => references(each.documents))]
  if (documents.filter(({ status }) => status !== "canceled").length > 1) return "an invoice has one live tax document"
  return new Set(all).size < all.length ? "a tax document's reference is taken already" : undefined
}

const isDue = (dueAt: DateTime.Utc | null, now: DateTime.Utc): dueAt is DateTime.Utc =>
  dueAt !== null && DateTime.isLessThanOrEqualTo(dueAt, now)

/** The store of tax documents over {@link MemoryDatabase}. */
export const layer: Layer.Layer<TaxStore, never, MemoryDatabase> = Layer.effect(
  TaxStore,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return TaxStore.of({
      takeNumber: (owner, account) =>
        database.transaction((tables) => {
          const key = keyOf(owner, account)
          const number = (tables.taxNumbers.get(key) ?? 0) + 1
          return Effect.succeed({
            tables: { ...tables, taxNumbers: put(tables.taxNumbers, key, number) },
            result: number
          })
        }),
      file: (owner, of) =>
        Effect.map(database.tables, (tables) => Option.fromNullishOr(fileOf(tables, owner, of)?.content)),
      takeDue: (limit, retryIn) =>
        database.transaction((tables, now) => {
          const later = DateTime.addDuration(now, retryIn)
          const taken = [...tables.invoices.values()]
            .flatMap(({ current: { documents, id, owner } }) =>
              documents.flatMap(({ dueAt, id: document }) =>
                isDue(dueAt, now) ? [{ dueAt, due: { owner, invoice: id, document } satisfies DocumentDue }] : []
              )
            )
            .toSorted((a, b) => DateTime.Order(a.dueAt, b.dueAt))
            .slice(0, limit)
          const ids = new Set(taken.map(({ due }) => due.document))
          const invoices = [...tables.invoices].map(([key, row]) => {
            const documents = row.current.documents.map((each) => (ids.has(each.id) ? { ...each, dueAt: later } : each))
            return [key, { ...row, current: { ...row.current, documents } }] as const
          })
          const result = taken.map(({ due }) => due)
          return Effect.succeed({
            tables: ids.size === 0 ? tables : { ...tables, invoices: new Map(invoices) },
            result
          })
        })
    })
  })
)
