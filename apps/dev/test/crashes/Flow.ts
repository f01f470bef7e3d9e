/** A flow: what can be under way when a process dies. */
import type { Gateway } from "@salesos/app-wiring"
import type { Auditor } from "@salesos/core/testing"
import type { Duration, Effect, Layer } from "effect"
import type { Cell, Options } from "./Cell.ts"

/** A request of a client, which is repeated with its key until it is answered for good. */
interface Request {
  readonly path: string
  readonly body: unknown
}

export type Ports = Layer.Success<ReturnType<typeof Gateway.layer>>

export interface Given {
  readonly request?: Request
  /** What happens outside, once the process is there, instead of a request. */
  readonly happens?: Effect.Effect<unknown>
  /** More variables of the process that dies. */
  readonly variables?: Readonly<Record<string, string>>
  /** What a person does again whose command broke off. */
  readonly again?: Effect.Effect<void, unknown, Ports>
}

export interface Flow {
  readonly name: string
  /** The process that dies. */
  readonly role: "http" | "worker" | "operator"
  /** What belongs to it of what the process does: the beginnings of its calls' names. All of them unless given. */
  readonly steps?: ReadonlyArray<string>
  /** What its cell is to have. */
  readonly cell?: Options
  /** When others may go on after its process has died, where that is later than usual. */
  readonly freeAfter?: Duration.Input
  /** What there is before it, made in peace. */
  readonly given: (cell: Cell) => Effect.Effect<Given, unknown, Ports>
  /** What is not as it should be when all is over, besides what the auditor finds. */
  readonly wrong: (facts: Auditor.Facts) => ReadonlyArray<string>
  /** The same of what the auditor does not look at. */
  readonly alsoWrong?: (cell: Cell, facts: Auditor.Facts) => Effect.Effect<ReadonlyArray<string>, unknown, Ports>
}
