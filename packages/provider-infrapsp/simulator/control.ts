/**
 * What only a test can do to the provider, apart from what all simulators allow: decide what happens to transactions,
 * links, chargebacks, payables and transfers, and look behind the API.
 */
import { Control, Parse, type Table } from "@salesos/simulator-kit"
import { Effect, Option, Schema } from "effect"
import { type HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Bookings from "./bookings.ts"
import * as Chargebacks from "./chargebacks.ts"
import * as Id from "./ids.ts"
import * as Links from "./links.ts"
import type { Provider } from "./provider.ts"
import { iso, merchantId } from "./rows.ts"
import * as Transactions from "./transactions.ts"
import * as Transfers from "./transfers.ts"
import { positive } from "./wire/common.ts"
import type { Invoice, Payable } from "./wire/money.ts"

const Dispute = Schema.Struct({
  /** All of the transaction unless told. */
  amount: Schema.optionalKey(positive),
  reason: Schema.optionalKey(Schema.String),
  isGuaranteePaid: Schema.optionalKey(Schema.Boolean)
})
const Win = Schema.Struct({ wonAmount: Schema.optionalKey(positive) })
const TransferOut = Schema.Struct({ amount: positive })
const Charged = Schema.Struct({ amount: positive, description: Schema.optionalKey(Schema.String) })

/** A control request's body by a schema, or the answer to one that does not fit it. */
const bodyOf = <A, I>(schema: Schema.Codec<A, I>) => {
  const decode = Parse.decoder(schema)
  return Effect.flatMap(Control.body, (body) => {
    const decoded = decode(body)
    return "invalid" in decoded ? Effect.fail(Control.invalid(decoded.invalid)) : Effect.succeed(decoded.value)
  })
}

/** A table whose rows have external ids. */
type Listable = Pick<Table.Table<unknown, "externalId">, "ids" | "idsOf">

/** Adds the routes to `router`. */
export const addControl = Effect.fnUntraced(function* (router: HttpRouter.HttpRouter, { state, take }: Provider) {
  const { chargebacks, charges, links, operations, payables, payouts } = state.tables

  for (const [action, ending] of [
    ["pay", "paid"],
    ["expire", "expired"],
    ["fail", "failed"]
  ] as const) {
    yield* Control.onRow(router, `/control/transactions/:id/${action}`, charges, (charge) =>
      take((now, ids) => {
        if (!Transactions.mayEnd(charge, ending)) return undefined
        const step = Transactions.end(charge, ending, now, ids)
        return { step, result: step.charges?.[0]?.transaction }
      })
    )
  }

  yield* Control.onRow(router, "/control/transactions/:id/charge-back", charges, (charge) =>
    Effect.flatMap(
      bodyOf(Dispute),
      ({ amount = charge.transaction.amount, isGuaranteePaid = false, reason = "fraud" }) =>
        take((now, ids) => {
          if (charge.transaction.status !== "paid" || amount > charge.transaction.amount) return undefined
          const chargeback = Chargebacks.open(charge, { amount, isGuaranteePaid, reason }, now, ids)
          return { step: { chargebacks: [chargeback] }, result: chargeback }
        })
    )
  )
  for (const [name, action] of [
    ["dispute", "disputing"],
    ["win", "won"],
    ["lose", "lost"],
    ["cancel", "canceled"]
  ] as const) {
    yield* Control.onRow(router, `/control/chargebacks/:id/${name}`, chargebacks, (chargeback) =>
      Effect.flatMap(bodyOf(Win), ({ wonAmount }) =>
        take((now, ids) => {
          const charge = charges.get(chargeback.transactionId)
          if (charge === undefined || !Chargebacks.may(chargeback, action)) return undefined
          const { chargeback: result, step } = Chargebacks.act(charge, chargeback, action, wonAmount, now, ids)
          return { step, result }
        })
      )
    )
  }

  yield* Control.onRow(router, "/control/pre-transactions/:id/expire", links, (link) =>
    take((now) => {
      if (link.preTransaction.status !== "active") return undefined
      const step = Links.expire(link, now)
      return { step, result: step.links?.[0]?.preTransaction }
    })
  )

  // A payer pays by link with a card that works
  yield* Control.onRow(router, "/control/pre-transactions/:id/pay", links, (link) =>
    take((now, ids) => {
      if (Links.closed(link) !== null) return undefined
      const step = Links.pay(link, now, ids)
      return { step, result: step.links?.[0]?.preTransaction }
    })
  )

  const settle = (ids: ReadonlyArray<string>) => {
    const waiting = ids.flatMap((id): ReadonlyArray<Payable> => {
      const payable = payables.get(id)
      return payable?.status === "waiting_funds" ? [payable] : []
    })
    return take((now) => {
      const settled = waiting.map((payable) =>
        Bookings.settle(
          payable,
          operations.idsOf("payableId", payable.id).flatMap((id) => operations.get(id) ?? []),
          now
        )
      )
      const step = {
        payables: settled.flatMap((each) => each.payables),
        operations: settled.flatMap((each) => each.operations)
      }
      return { step, result: { settled: step.payables.length } }
    })
  }
  // Every payable whose funds are still to come, of a transaction or of all
  yield* Control.onRow(router, "/control/transactions/:id/settle", charges, ({ transaction }) =>
    settle(payables.idsOf("transactionId", transaction.id))
  )
  yield* router.add(
    "POST",
    "/control/payables/settle",
    Effect.map(
      Effect.suspend(() => settle(payables.ids)),
      (settled) => HttpServerResponse.jsonUnsafe(Option.getOrNull(settled))
    )
  )

  // What InfraPSP does by itself: a transfer to the merchant's bank, and its own monthly invoice
  yield* router.add(
    "POST",
    "/control/transfers",
    bodyOf(TransferOut).pipe(
      Effect.flatMap(({ amount }) =>
        take((now, ids) => {
          const payout = Transfers.open({ amount, method: "pix" }, true, now, ids)
          const step = Transfers.end(payout, "completed", now, ids)
          return { step, result: step.payouts?.[0]?.transfer }
        })
      ),
      Effect.map((transfer) => HttpServerResponse.jsonUnsafe(Option.getOrNull(transfer))),
      Effect.catch((refusal) => Effect.succeed(refusal))
    )
  )
  for (const [name, to] of [
    ["complete", "completed"],
    ["fail", "failed"]
  ] as const) {
    yield* Control.onRow(router, `/control/transfers/:id/${name}`, payouts, (payout) =>
      take((now, ids) => {
        if (payout.next === null) return undefined
        const step = Transfers.end(payout, to, now, ids)
        return { step, result: step.payouts?.[0]?.transfer }
      })
    )
  }
  yield* router.add(
    "POST",
    "/control/invoices",
    bodyOf(Charged).pipe(
      Effect.flatMap(({ amount, description = "Taxes" }) =>
        take((now, ids) => {
          const createdAt = iso(now)
          const invoice: Invoice = {
            id: Id.entity(ids),
            merchantId,
            status: "issued",
            totalAmount: amount,
            period: createdAt.slice(0, 7).replace("-", ""),
            issuedData: { number: ids.digits(6), checkCode: ids.digits(10) },
            lines: [{ id: Id.entity(ids), description, amount, createdAt }],
            createdAt,
            updatedAt: createdAt
          }
          return { step: { ...Bookings.invoice(amount, now, ids), invoices: [invoice] }, result: invoice }
        })
      ),
      Effect.map((invoice) => HttpServerResponse.jsonUnsafe(Option.getOrNull(invoice))),
      Effect.catch((refusal) => Effect.succeed(refusal))
    )
  )

  /** `GET path`, with `externalId` to narrow it: a count, and the newest rows under a name. */
  const shown = (path: `/${string}`, name: string, table: Listable, show: (id: string) => unknown) =>
    router.add(
      "GET",
      path,
      Effect.map(HttpServerRequest.ParsedSearchParams, ({ externalId }) => {
        const ids = typeof externalId === "string" ? table.idsOf("externalId", externalId) : table.ids
        return HttpServerResponse.jsonUnsafe({ count: ids.length, [name]: ids.slice(-Control.maxListed).map(show) })
      })
    )
  yield* shown("/control/transactions", "transactions", charges, (id) => charges.get(id)?.transaction)
  yield* shown("/control/pre-transactions", "preTransactions", links, (id) => links.get(id)?.preTransaction)
})
