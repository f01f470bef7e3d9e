/** What Sefin Nacional keeps: documents, the events that are bound to them, and what a test has set. */
import { Table } from "@salesos/simulator-kit"
import { Schema } from "effect"

const Document = Schema.Struct({
  accessKey: Schema.String,
  /** The id of the declaration that it was made of. */
  reference: Schema.String,
  emitter: Schema.String,
  customer: Schema.NullOr(Schema.String),
  amount: Schema.String,
  xml: Schema.String,
  /** Milliseconds since 1970. */
  at: Schema.Int
})
export type Document = typeof Document.Type

const Event = Schema.Struct({
  accessKey: Schema.String,
  type: Schema.String,
  xml: Schema.String
})
export type Event = typeof Event.Type

const Settings = Schema.Struct({
  id: Schema.Literal("settings"),
  /** Milliseconds that its clock is ahead. */
  ahead: Schema.Int,
  /** Seconds within which a document may be canceled. */
  window: Schema.Int
})
export type Settings = typeof Settings.Type

/** Rows by the name of their table. */
export type Rows = { readonly documents: Document; readonly events: Event; readonly settings: Settings }

/** Everything it knows. */
export interface State {
  readonly documents: Table.Table<Document, "reference" | "emitter">
  readonly events: Table.Table<Event>
  readonly settings: Table.Table<Settings>
}

/** Empty tables. */
export const make = (): State => ({
  documents: Table.make({
    schema: Document,
    id: ({ accessKey }: Document) => accessKey,
    keys: { reference: ({ reference }: Document) => reference, emitter: ({ emitter }: Document) => emitter }
  }),
  events: Table.make({
    schema: Event,
    id: ({ accessKey, type }: Event) => `${accessKey}${type}`
  }),
  settings: Table.make({ schema: Settings, id: ({ id }: Settings) => id })
})
