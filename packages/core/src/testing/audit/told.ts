/** Rules of what was told: each change once, in its order, and what is true. */
import type { PublicEvent } from "../../models/Events.ts"
import { group, repeated, type Rule } from "./facts.ts"

interface Told {
  readonly updated_at: string
  readonly our_number: string
  readonly status: string
  readonly amount_reversed?: number
}

/** What an event says, as a client reads it. */
const read = ({ body }: PublicEvent): Told => JSON.parse(body).data.object

/** Events have ids of their own, and what is told later of something is not older. */
const inOrder: Rule = ({ events }) => [
  ...repeated(events.map(({ id }) => id)).map((id) => `${id} is told more than once`),
  ...group(events, ({ subject }) => subject).flatMap(([subject, all]) => {
    const times = all.map((event) => read(event).updated_at)
    return times.every((time, place) => time >= (times[place - 1] ?? ""))
      ? []
      : [`${subject}: told ${times.join(", ")}`]
  })
]

/** What became of an invoice was told once, and nothing else was told. */
const ofInvoices: Rule = ({ events, invoices }) => {
  const bySubject = Map.groupBy(events, ({ subject }) => subject)
  return invoices.flatMap(({ amountReversed, facts, failure, id, ourNumber, status }) => {
    const own = bySubject.get(id) ?? []
    const told = (type: string) => own.filter((event) => event.type === type).length
    const [paid, failed, canceled] = [told("invoice.paid"), told("invoice.failed"), told("invoice.canceled")]
    const reversals = facts.filter(({ kind }) => kind !== "payment").length
    const last = own.findLast(({ type }) => type === "invoice.reversed")
    const expected = {
      paid: status === "paid" ? 1 : 0,
      failed: status === "failed" ? (failure?.code === "not_created" ? 0 : 1) : Math.min(failed, 1),
      canceled: status === "canceled" ? 1 : Math.min(canceled, 1),
      reversed: reversals
    }
    const counts = { paid, failed, canceled, reversed: told("invoice.reversed") }
    return [
      ...(JSON.stringify(counts) === JSON.stringify(expected)
        ? []
        : [`${ourNumber} is ${status}: told ${JSON.stringify(counts)} instead of ${JSON.stringify(expected)}`]),
      ...(status === "open" && failed + canceled > 0 ? [`${ourNumber} is open, and was told to be over`] : []),
      ...(last === undefined || read(last).amount_reversed === amountReversed
        ? []
        : [`${ourNumber}: ${amountReversed} went back, and ${read(last).amount_reversed} was told`]),
      ...own.flatMap((event) => {
        const said = read(event)
        const agrees = event.type === "invoice.reversed" || event.type === `invoice.${said.status}`
        return agrees && said.our_number === ourNumber ? [] : [`${ourNumber}: ${event.type} says ${said.status}`]
      })
    ]
  })
}

/** The last thing told of a payout is what has become of it, nothing was told twice in a row, and of a 502 nothing is. */
const ofPayouts: Rule = ({ events, payouts }) => {
  const bySubject = Map.groupBy(events, ({ subject }) => subject)
  return payouts.flatMap(({ attempts, failure, id, ourNumber, status }) => {
    const told = (bySubject.get(id) ?? []).map(({ type }) => type)
    const surelyNot = failure?.code === "not_created" && attempts.every((each) => each.status === "rejected")
    const isOver = ["paid", "failed", "canceled"].includes(status) && !surelyNot
    const expected = isOver ? `payout.${status}` : undefined
    return [
      ...(told.at(-1) === expected ? [] : [`${ourNumber} is ${status}, and ${told.at(-1) ?? "nothing"} was told last`]),
      ...(told.some((type, place) => type === told[place - 1]) ? [`${ourNumber}: told ${told.join(", ")}`] : [])
    ]
  })
}

export const told: ReadonlyArray<Rule> = [inOrder, ofInvoices, ofPayouts]
