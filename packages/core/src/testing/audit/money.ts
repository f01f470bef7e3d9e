/**
 * What the ledger and the statement must hold when all is known, worked out from the providers' books alone: by balances of each
 * account, and by the rows of each invoice and payout.
 */
import type { AuditedAuthority, AuditedCharge, AuditedTransfer, Facts } from "./facts.ts"
import { chargesByName, differences, nameOf, type Rule, sum, transfersByName } from "./facts.ts"

/** Debits less credits of ledger accounts, by the ledger's own names; charges and adjustments are one, whichever was first. */
interface Moved {
  readonly provider_balance: number
  readonly fees: number
  readonly income: number
  readonly payouts: number
}

const ofCharge = ({ payments, reversals }: AuditedCharge["charge"]): Moved => {
  const received = sum(payments.map(({ money }) => money.amount))
  const fees = sum(payments.map(({ fee }) => fee ?? 0)) - sum(reversals.map(({ feeGivenBack }) => feeGivenBack))
  const back = sum(reversals.map(({ kind, money }) => (kind === "chargeback_won" ? -money.amount : money.amount)))
  return { provider_balance: received - back - fees, fees, income: back - received, payouts: 0 }
}

const ofTransfer = ({ feeMode, transfer: { deliveries, returns } }: AuditedTransfer): Moved => {
  const asked = sum(deliveries.map(({ money }) => money.amount))
  const fees = sum(deliveries.map(({ fee }) => fee ?? 0))
  const back = sum(returns.map(({ money }) => money.amount))
  const left = asked + (feeMode === "on_top" ? fees : 0)
  return { provider_balance: back - left, fees, income: 0, payouts: left - fees - back }
}

const ledgerNames: Readonly<Record<string, string>> = { charges: "income", adjustments: "income" }

/** What an issuer of tax documents has taken. */
const ofAuthority = ({ fee, issued }: AuditedAuthority): Moved => {
  const fees = fee * issued.length
  return { provider_balance: -fees, fees, income: 0, payouts: 0 }
}

/** Each account of each provider account has the balance that the provider's books lead to. */
const balances: Rule = ({ authorities, charges, postings, transfers }) =>
  differences([
    ...[
      ...charges.map(({ account, charge }) => ({ account, currency: charge.money.currency, moved: ofCharge(charge) })),
      ...transfers.map((each) => ({
        account: each.account,
        currency: each.transfer.money.currency,
        moved: ofTransfer(each)
      })),
      ...authorities.map((each) => ({ account: each.account, currency: "BRL", moved: ofAuthority(each) }))
    ].flatMap(({ account, currency, moved }) =>
      Object.entries(moved).map(([ledger, there]) => ({ name: `${ledger} of ${account} in ${currency}`, there }))
    ),
    ...postings.map(({ account, posting }) => ({
      name: `${ledgerNames[posting.account] ?? posting.account} of ${account} in ${posting.currency}`,
      here: posting.amount
    }))
  ])

const rowsOf = ({ statement }: Facts) => Map.groupBy(statement, ({ source }) => source.id)

const signed = (amounts: ReadonlyArray<number>): string => amounts.toSorted((a, b) => a - b).join(", ")

/** An invoice's rows: one for each movement in its providers' books, the first of its payments the charge, and its fees. */
const rowsOfInvoices: Rule = (facts) => {
  const byName = chargesByName(facts)
  const rows = rowsOf(facts)
  return facts.invoices.flatMap(({ attempts, documents, id, ourNumber }) => {
    const references = documents.map(({ sending }) => sending?.reference)
    const issuing = facts.authorities.map(
      ({ fee, issued }) => fee * issued.filter(({ reference }) => references.includes(reference)).length
    )
    const made = attempts.flatMap((attempt) => byName.get(nameOf(attempt.account, attempt)) ?? [])
    const payments = made.flatMap((charge) => charge.payments)
    const reversals = made.flatMap((charge) => charge.reversals)
    const there = signed([
      ...payments.map(({ money }) => money.amount),
      ...reversals.flatMap(({ feeGivenBack, kind, money }) => [
        kind === "chargeback_won" ? money.amount : -money.amount,
        ...(feeGivenBack > 0 ? [feeGivenBack] : [])
      ])
    ])
    const own = rows.get(id) ?? []
    const here = signed(own.flatMap(({ line }) => (line.type === "fee" ? [] : [line.amount])))
    const fees = {
      there: sum(payments.map(({ fee }) => fee ?? 0)) + sum(issuing),
      here: sum(own.map(({ line }) => (line.type === "fee" ? -line.amount : line.fee)))
    }
    const firsts = own.filter(({ line }) => line.type === "charge").length
    return [
      ...(there === here ? [] : [`${ourNumber}: the providers moved ${there}, the statement says ${here}`]),
      ...(fees.there === fees.here ? [] : [`${ourNumber}: fees of ${fees.there} there, ${fees.here} here`]),
      ...(firsts === Math.min(payments.length, 1) ? [] : [`${ourNumber}: ${firsts} rows are its charge`])
    ]
  })
}

/** A payout's rows add up to what its provider took and gave back, and so do its fees. */
const rowsOfPayouts: Rule = (facts) => {
  const byName = transfersByName(facts)
  const rows = rowsOf(facts)
  return facts.payouts.flatMap(({ attempts, id, ourNumber }) => {
    const moved = attempts.flatMap((attempt) => {
      const made = byName.get(nameOf(attempt.account, attempt))
      return made === undefined ? [] : [ofTransfer(made)]
    })
    const own = rows.get(id) ?? []
    return differences([
      { name: `${ourNumber}, net`, there: sum(moved.map((each) => each.provider_balance)) },
      { name: `${ourNumber}, net`, here: sum(own.map(({ line }) => line.net)) },
      { name: `${ourNumber}, fees`, there: sum(moved.map(({ fees }) => fees)) },
      {
        name: `${ourNumber}, fees`,
        here: sum(own.map(({ line }) => (line.type === "fee" ? -line.amount : line.fee)))
      }
    ])
  })
}

export const moneySettled: ReadonlyArray<Rule> = [balances, rowsOfInvoices, rowsOfPayouts]
