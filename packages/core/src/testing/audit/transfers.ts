/** Rules between payouts and the transfers in their providers' books. */
import { nameOf, payoutAttemptsOf, repeated, type Rule, transfersByName } from "./facts.ts"

/** Every request for a transfer was made once at most, and no payout has two transfers that a beneficiary may get. */
const oneTransferPerRequest: Rule = (facts) => {
  const byName = transfersByName(facts)
  return [
    ...repeated(facts.transfers.map(({ account, transfer }) => nameOf(account, transfer))).map(
      (name) => `${name}: transferred more than once`
    ),
    ...repeated(payoutAttemptsOf(facts).map(({ name }) => name)).map(
      (name) => `${name}: several attempts have this reference`
    ),
    ...facts.payouts.flatMap(({ attempts, ourNumber }) => {
      const made = attempts.filter((attempt) => byName.has(nameOf(attempt.account, attempt)))
      return made.length > 1 ? [`${ourNumber}: ${made.length} transfers`] : []
    })
  ]
}

/** What the store says of a transfer, the provider says, too. */
const nothingInvented: Rule = (facts) => {
  const names = new Set(payoutAttemptsOf(facts).map(({ name }) => name))
  const byName = transfersByName(facts)
  return [
    ...facts.transfers.flatMap(({ account, transfer }) =>
      names.has(nameOf(account, transfer))
        ? []
        : [`${nameOf(account, transfer)}: transferred without a recorded attempt`]
    ),
    ...payoutAttemptsOf(facts).flatMap(({ attempt, name, payout }) => {
      const transfer = byName.get(name)?.transfer
      const booked = (kind: string) =>
        payout.facts.filter((fact) => fact.attempt === attempt.number && fact.kind === kind).length
      const says = (status: string) => `${name}: ${attempt.status} here, ${status} at the provider`
      const isThere = ["accepted", "delivered", "failed", "canceled", "returned"].includes(attempt.status)
      const delivered = transfer?.deliveries.length ?? 0
      const returned = transfer?.returns.length ?? 0
      return [
        ...(attempt.providerId === null || attempt.providerId === transfer?.id ? [] : [says("another transfer")]),
        ...(isThere && transfer === undefined ? [says("unknown")] : []),
        ...(["rejected", "absent"].includes(attempt.status) && transfer !== undefined ? [says("made")] : []),
        ...(["delivered", "returned"].includes(attempt.status) === booked("delivery") > 0
          ? []
          : [`${name}: ${attempt.status}, with ${booked("delivery")} deliveries`]),
        ...(booked("delivery") <= delivered && booked("return") <= returned ? [] : [says(`${delivered} deliveries`)])
      ]
    }),
    ...facts.payouts.flatMap(({ attempts, ourNumber, status }) => {
      const isPaid = attempts.some((each) => each.status === "delivered")
      return (status === "paid") === isPaid ? [] : [`${ourNumber}: ${status}, and its money is elsewhere`]
    })
  ]
}

export const transfers: ReadonlyArray<Rule> = [oneTransferPerRequest, nothingInvented]

/** Nothing is in doubt, and what is over or delivered at a provider is so here. */
const nothingMissed: Rule = (facts) => {
  const byName = transfersByName(facts)
  return [
    ...payoutAttemptsOf(facts).flatMap(({ attempt, name }) => {
      const isOver = byName.get(name)?.transfer.status._tag === "ended"
      return [
        ...(attempt.status === "sent" || attempt.status === "in_doubt" ? [`${name}: still ${attempt.status}`] : []),
        ...(isOver && attempt.status === "accepted" ? [`${name}: over at the provider`] : [])
      ]
    }),
    ...facts.payouts.flatMap(({ attempts, ourNumber, status }) => {
      const made = attempts.flatMap((attempt) => byName.get(nameOf(attempt.account, attempt))?.transfer ?? [])
      const isPaid = made.some(({ deliveries, returns }) => deliveries.length > 0 && returns.length === 0)
      return isPaid === (status === "paid")
        ? []
        : [`${ourNumber}: ${status}, by its provider ${isPaid ? "paid" : "not"}`]
    })
  ]
}

export const transfersSettled: ReadonlyArray<Rule> = [nothingMissed]
