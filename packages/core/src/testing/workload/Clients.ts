/** What clients were told. Whatever else happens, they are never told otherwise. */
import { Cause, type Exit, Predicate } from "effect"
import type { Answer } from "../../usecases/Execution.ts"
import type { Facts } from "../audit/facts.ts"
import { Crash } from "../Crashes.ts"
import type { Kind } from "./steps.ts"

/** What one owner has asked for and heard. */
export interface Heard {
  /** The body that each key was answered with; null where nobody has heard an answer yet. By the reference of what it creates. */
  readonly keys: Map<string, string | null>
  /** The ids of what was canceled, by the answer to a client. */
  readonly canceled: Set<string>
}

/** How what is created under a key is told apart in every book. */
export const referenceOf = (owner: number, of: Kind, key: number): string => `${owner}-${of}-${key}`

/** What a reference was made of. */
export const partsOf = (reference: string): { readonly of: Kind; readonly key: number } => {
  const [, of, key] = reference.split("-")
  return { of: of === "payout" ? "payout" : "invoice", key: Number(key) }
}

/** Whether a process died as it was planned to, whatever else became of it. */
const hasCrashed = (cause: Cause.Cause<unknown>): boolean =>
  cause.reasons.some((reason) => Cause.isDieReason(reason) && reason.defect instanceof Crash)

/** Why something did not succeed: the tag of an error that it may fail with, a death that was planned, or what must not be. */
const why = (exit: Exit.Failure<unknown, unknown>, may: ReadonlyArray<string>): string | undefined => {
  if (hasCrashed(exit.cause)) return undefined
  const error = Cause.squash(exit.cause)
  const isExpected = may.some((tag) => Predicate.isTagged(error, tag)) && !Cause.hasDies(exit.cause)
  return isExpected ? undefined : Cause.pretty(exit.cause)
}

/** What is wrong with how something ended that may fail in some ways. */
export const judge = (
  what: string,
  exit: Exit.Exit<unknown, unknown>,
  ...may: ReadonlyArray<string>
): ReadonlyArray<string> => {
  if (exit._tag === "Success") return []
  const reason = why(exit, may)
  return reason === undefined ? [] : [`${what}: ${reason}`]
}

const fieldsOf = (
  body: string
): { readonly id: string; readonly our_number: string; readonly contractor_reference: string } => JSON.parse(body)

/** Keeps the answer to a creation, and says what is wrong with it. */
export const hear = ({ keys }: Heard, reference: string, exit: Exit.Exit<Answer, unknown>): ReadonlyArray<string> => {
  const known = keys.get(reference) ?? null
  keys.set(reference, known)
  if (exit._tag === "Failure") {
    const wrong = judge(reference, exit, "ProviderError", "IdempotencyInProgress")
    return known === null || hasCrashed(exit.cause)
      ? wrong
      : [...wrong, `${reference} was answered before, and is not any more`]
  }
  const { replayed, response } = exit.value
  keys.set(reference, known ?? response.body)
  return [
    ...(response.status === 201 ? [] : [`${reference}: answered ${response.status}`]),
    ...(fieldsOf(response.body).contractor_reference === reference ? [] : [`${reference}: answered with another's`]),
    ...(known === null || (replayed && response.body === known)
      ? []
      : [`${reference}: answered ${response.body} after ${known}`])
  ]
}

/** What an owner was told is there, with its number; nothing is there that nobody asked for. */
export const audit = ({ canceled, keys }: Heard, { invoices, payouts }: Facts): ReadonlyArray<string> => {
  const all = [...invoices, ...payouts]
  const byReference = new Map(all.map((each) => [each.request.contractor_reference, each]))
  return [
    ...all.flatMap(({ ourNumber, request: { contractor_reference = "" } }) =>
      keys.has(contractor_reference) ? [] : [`${ourNumber} is ${contractor_reference}, which nobody asked for`]
    ),
    ...[...keys].flatMap(([reference, body]) => {
      if (body === null) return []
      const { id, our_number } = fieldsOf(body)
      const there = byReference.get(reference)
      return there?.id === id && there.ourNumber === our_number
        ? []
        : [`${reference} was answered with ${our_number}, and is ${there?.ourNumber ?? "not there"}`]
    }),
    ...all.flatMap(({ id, ourNumber, status }) =>
      canceled.has(id) && status !== "canceled" && status !== "paid" && status !== "failed"
        ? [`${ourNumber} was canceled, and is ${status}`]
        : []
    )
  ]
}
