/** The port to whatever carries letters: it puts a letter into words and hands it over. */
import { Context, type Effect, Schema } from "effect"
import type { Content } from "../models/Letter.ts"
import type { Environment } from "../models/Owner.ts"
import type { EventId } from "../values/Ids.ts"
import type { Language } from "../values/Language.ts"

export interface Attachment {
  readonly name: string
  readonly type: "application/xml" | "application/pdf"
  readonly content: string | Uint8Array
}

/** A letter to be sent. */
export interface Outgoing {
  /** The event's id. A letter that is sent again is recognizable by it. */
  readonly id: EventId
  readonly environment: Environment
  /** The tenant's name. */
  readonly sender: string
  readonly to: { readonly name: string; readonly address: string }
  readonly language: Language
  /** The IANA time zone that times are shown in. */
  readonly timeZone: string
  readonly content: Content
  readonly attachments: ReadonlyArray<Attachment>
}

/** A letter was not taken. */
export class NotSent extends Schema.TaggedError<NotSent>()("NotSent", {
  /** Whether this letter will never be taken, however often it is sent. */
  permanent: Schema.Boolean,
  /** Fit for logs: without what the other side said, which may name the recipient. */
  summary: Schema.String,
  message: Schema.String
}) {}

export class Mailer extends Context.Service<
  Mailer,
  {
    /** The environments whose letters it takes. */
    readonly carries: ReadonlyArray<Environment>
    /** Succeeds when the other side has taken the letter. It is not handed over any more once this was interrupted. */
    readonly send: (letter: Outgoing) => Effect.Effect<void, NotSent>
  }
>()("@salesos/core/ports/Mailer") {}
