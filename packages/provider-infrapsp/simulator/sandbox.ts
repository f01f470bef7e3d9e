/**
 * What every simulator can be asked to do to a charge, whatever the provider calls it: here a charge is a transaction, or a link
 * with the transaction that was paid by it.
 */
import { Control } from "@salesos/simulator-kit"
import { Effect } from "effect"
import type { HttpRouter } from "effect/http"
import * as Chargebacks from "./chargebacks.ts"
import * as Links from "./links.ts"
import type { Provider } from "./provider.ts"
import type { Charge, Link, Step } from "./rows.ts"
import * as Transactions from "./transactions.ts"

type Row = { readonly charge: Charge } | { readonly link: Link }

/** Adds the routes to `router`. */
export const addSandbox = Effect.fnUntraced(function* (router: HttpRouter.HttpRouter, { state, take }: Provider) {
  const { charges, links } = state.tables
  const either = {
    get: (id: string): Row | undefined => {
      const charge = charges.get(id)
      const link = links.get(id)
      return charge !== undefined ? { charge } : link === undefined ? undefined : { link }
    }
  }

  const ofLink = ({ preTransaction }: Link): ReadonlyArray<Charge> =>
    charges.idsOf("preTransactionId", preTransaction.id).flatMap((id) => charges.get(id) ?? [])

  const end = (row: Row, ending: "paid" | "expired") =>
    take((now, ids): { readonly step: Step; readonly result: unknown } | undefined => {
      if ("charge" in row) {
        if (!Transactions.mayEnd(row.charge, ending)) return undefined
        const step = Transactions.end(row.charge, ending, now, ids)
        return { step, result: step.charges?.[0]?.transaction }
      }
      if (Links.closed(row.link) !== null) return undefined
      const step = ending === "paid" ? Links.pay(row.link, now, ids) : Links.expire(row.link, now)
      return { step, result: step.links?.[0]?.preTransaction }
    })

  yield* Control.onRow(router, "/control/charges/:id/pay", either, (row) => end(row, "paid"))
  yield* Control.onRow(router, "/control/charges/:id/expire", either, (row) => end(row, "expired"))

  // A dispute that is lost at once: its amount is taken.
  yield* Control.onRow(router, "/control/charges/:id/chargeback", either, (row) =>
    take((now, ids) => {
      const paid = ("charge" in row ? [row.charge] : ofLink(row.link)).find(
        ({ transaction }) => transaction.status === "paid"
      )
      if (paid === undefined) return undefined
      const { amount } = paid.transaction
      const dispute = Chargebacks.open(paid, { amount, isGuaranteePaid: false, reason: "fraud" }, now, ids)
      const { chargeback, step } = Chargebacks.act(paid, dispute, "lost", undefined, now, ids)
      return { step, result: chargeback }
    })
  )
})
