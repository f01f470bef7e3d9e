/** What can be under way when a process dies. Nothing here says where: that is found by watching. */
import {
  Cancellation,
  Invoices,
  type InvoiceRequest,
  Payouts,
  Reconciliations,
  Refunds,
  WebhookDeliveries
} from "@salesos/core"
import { type Auditor, PayoutSamples, Samples } from "@salesos/core/testing"
import { DateTime, Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Cell } from "./Cell.ts"
import type { Flow } from "./Flow.ts"
import { amount, card, charged, keyed, notLookedUp, paidInvoice, pay, requestDocument, sendDocuments } from "./Given.ts"

const count = (what: string, found: number, expected: number): ReadonlyArray<string> =>
  found === expected ? [] : [`${found} ${what} instead of ${expected}`]

const isStatus = ({ invoices }: Auditor.Facts, expected: string): ReadonlyArray<string> =>
  invoices.length === 1 && invoices[0]?.status === expected
    ? []
    : [`invoices: ${invoices.map(({ status }) => status).join()} instead of ${expected}`]

const paid = (facts: Auditor.Facts): ReadonlyArray<string> => [
  ...isStatus(facts, "paid"),
  ...count("charges", facts.charges.length, 1),
  ...count("payments", facts.charges.flatMap(({ charge }) => charge.payments).length, 1)
]

const issued = ({ authorities }: Auditor.Facts) => authorities.flatMap((each) => each.issued)

/** A request for an invoice makes the charges that it takes, whatever dies meanwhile. */
const creating = (
  name: string,
  request: InvoiceRequest.PaymentMethod,
  charges: number,
  before: (cell: Cell) => Effect.Effect<unknown> = () => Effect.void
): Flow => ({
  name,
  role: "http",
  given: (cell) =>
    Effect.as(before(cell), {
      request: { path: "/invoices", body: Samples.request({ amount, payment_method: request }) }
    }),
  wrong: (facts) => {
    const attempts = facts.invoices.flatMap((each) => each.attempts)
    const of = (status: string) => attempts.filter((each) => each.status === status).length
    return [
      ...isStatus(facts, "open"),
      ...count("charges that a payer sees", of("open"), charges),
      // What to pay it with was in an answer that is lost, and its provider shows it once only: it is watched.
      ...count("charges", facts.charges.length, charges + of("orphaned"))
    ]
  }
})

export const flows: ReadonlyArray<Flow> = [
  creating("create an invoice by PIX", { type: "pix" }, 1),
  creating("create an invoice by boleto and PIX", { type: "bolepix" }, 2),
  creating("create an invoice that one provider refuses", { type: "pix" }, 1, ({ control }) =>
    control("infrapsp/control/faults", { rejectCreates: { code: "blocked", message: "The payer is blocked" } })
  ),
  {
    name: "cancel an invoice with its tax document",
    role: "http",
    cell: { issuesDocuments: true },
    given: (cell) =>
      Effect.gen(function* () {
        const { id } = yield* charged(cell, card)
        yield* requestDocument(cell, id)
        yield* sendDocuments
        return { request: { path: `/invoices/${id}/cancel`, body: {} } }
      }),
    wrong: (facts) => [
      ...isStatus(facts, "canceled"),
      ...count("charges", facts.charges.length, 1),
      ...count("canceled charges", facts.charges.filter(({ charge }) => charge.status._tag === "ended").length, 1),
      ...count("canceled documents", issued(facts).filter(({ status }) => status === "canceled").length, 1)
    ]
  },
  {
    name: "create a payout",
    role: "http",
    given: () => Effect.succeed({ request: { path: "/payouts", body: PayoutSamples.request({ amount }) } }),
    wrong: ({ payouts, transfers }) => [
      ...count("payouts", payouts.length, 1),
      // Nobody knows whether it was sent: then it is looked for, and never sent again.
      ...payouts.flatMap(({ status }) => count("transfers", transfers.length, status === "failed" ? 0 : 1))
    ]
  },
  {
    name: "cancel a payout",
    role: "http",
    given: ({ owner }) =>
      Effect.gen(function* () {
        const request = PayoutSamples.abroad({ amount })
        yield* Payouts.create(owner, keyed("given", request), request)
        const { data } = yield* Payouts.list(owner, {}, { limit: 1 })
        return { request: { path: `/payouts/${data[0]?.id}/cancel`, body: {} } }
      }),
    wrong: ({ payouts, transfers }) => [
      ...count("canceled payouts", payouts.filter(({ status }) => status === "canceled").length, 1),
      ...count("transfers", transfers.length, 1),
      ...count("canceled transfers", transfers.filter(({ transfer }) => transfer.status._tag === "ended").length, 1)
    ]
  },
  {
    name: "be notified of a payment",
    role: "http",
    given: (cell) =>
      Effect.gen(function* () {
        const { charge } = yield* charged(cell, {})
        yield* notLookedUp
        return { happens: pay(cell, charge) }
      }),
    wrong: paid,
    // Nobody asks the provider by himself here: what it does not get rid of is never heard of.
    alsoWrong: ({ control }) =>
      Effect.map(control("infrapsp/control/notifications"), (text) =>
        text.includes('"notifications":[]') ? [] : [`Notifications were not accepted: ${text}`]
      )
  },
  {
    name: "hear of a payment",
    role: "worker",
    steps: ["invoices", "notifications", "infrapsp"],
    given: (cell) =>
      Effect.gen(function* () {
        const { charge } = yield* charged(cell, {})
        yield* pay(cell, charge)
        yield* cell.pass("1 minute")
        return {}
      }),
    wrong: paid
  },
  {
    name: "refund a payment",
    role: "operator",
    given: (cell) =>
      Effect.gen(function* () {
        const { owner } = cell
        const id = yield* paidInvoice(cell, card)
        // What went back already can't be given back: so the command says when it is repeated, and then all is well.
        const again = Refunds.refund(owner, id).pipe(
          Effect.asVoid,
          Effect.catchTag("InvalidState", () => Effect.void)
        )
        return { variables: { REFUND: `${owner.tenant} ${id}` }, again }
      }),
    wrong: (facts) => [
      ...paid(facts),
      ...count("refunds", facts.charges.flatMap(({ charge }) => charge.reversals).length, 1),
      ...count("refunded invoices", facts.invoices.filter(({ amountReversed }) => amountReversed === amount).length, 1)
    ]
  },
  {
    name: "give back what was paid late",
    role: "worker",
    cell: { latePayments: "refund" },
    steps: ["invoices", "notifications", "infrapsp"],
    given: (cell) =>
      Effect.gen(function* () {
        const { charge, id } = yield* charged(cell, {})
        yield* Cancellation.cancel(cell.owner, keyed("cancel", {}), id)
        yield* pay(cell, charge)
        yield* cell.pass("1 minute")
        return {}
      }),
    wrong: (facts) => [
      ...isStatus(facts, "canceled"),
      ...count("charges", facts.charges.length, 1),
      ...count("payments", facts.charges.flatMap(({ charge }) => charge.payments).length, 1),
      // Nobody knows whether it was sent: then it is looked for, never sent again, and a person is told.
      ...facts.invoices.flatMap(({ amountReversed, attempts }) => {
        const expected = attempts.some(({ refund }) => refund?.status === "refused") ? 0 : 1
        return [
          ...count("refunds", facts.charges.flatMap(({ charge }) => charge.reversals).length, expected),
          ...count("refunded amount", amountReversed, expected * amount)
        ]
      })
    ]
  },
  {
    name: "deliver a webhook",
    role: "worker",
    steps: ["deliveries"],
    given: (cell) => Effect.as(paidInvoice(cell), {}),
    wrong: (facts) => [...paid(facts), ...count("events", facts.events.length, 1)]
  },
  {
    name: "ask for a webhook again",
    role: "http",
    given: (cell) =>
      Effect.gen(function* () {
        yield* paidInvoice(cell)
        const { data } = yield* WebhookDeliveries.list(cell.owner, {}, { limit: 1 })
        return { request: { path: `/webhook-deliveries/${data[0]?.id}/redeliver`, body: {} } }
      }),
    wrong: (facts) => [...paid(facts), ...count("events", facts.events.length, 1)],
    alsoWrong: ({ owner }) =>
      Effect.map(WebhookDeliveries.list(owner, {}, { limit: 10 }), ({ data }) => count("deliveries", data.length, 2))
  },
  {
    name: "send a letter",
    role: "worker",
    cell: { letters: true },
    steps: ["mails"],
    given: (cell) => Effect.as(paidInvoice(cell), {}),
    wrong: paid,
    // Who gets one twice, by a mail server, tells by its Message-ID, which is the event's.
    alsoWrong: ({ letters }, { events }) =>
      Effect.gen(function* () {
        const expected = events.map(({ id }) => `${id}.eml`).join()
        const written = (yield* letters).join()
        const sql = yield* SqlClient.SqlClient
        const waiting = yield* sql`select 1 from letter where status <> 'sent'`
        return [
          ...(written === expected ? [] : [`letters: ${written} instead of ${expected}`]),
          ...count("letters that were not sent", waiting.length, 0)
        ]
      })
  },
  {
    name: "issue a tax document",
    role: "worker",
    steps: ["invoices", "taxes", "nfse"],
    cell: { issuesDocuments: true },
    given: (cell) =>
      Effect.gen(function* () {
        yield* requestDocument(cell, yield* paidInvoice(cell))
        return {}
      }),
    wrong: (facts) => [...paid(facts), ...count("documents", issued(facts).length, 1)]
  },
  {
    name: "cancel a tax document",
    role: "http",
    cell: { issuesDocuments: true },
    given: (cell) =>
      Effect.gen(function* () {
        const { id } = yield* charged(cell, {})
        yield* requestDocument(cell, id)
        yield* sendDocuments
        const [document] = (yield* Invoices.get(cell.owner, id)).documents
        const path = `/invoices/${id}/tax-documents/${document?.id}/cancel`
        return { request: { path, body: { reason: "The service was not rendered" } } }
      }),
    wrong: (facts) => [
      ...isStatus(facts, "open"),
      ...count("canceled documents", issued(facts).filter(({ status }) => status === "canceled").length, 1)
    ]
  },
  {
    name: "reconcile an account",
    role: "worker",
    steps: ["reconciliations", "lines", "infrapsp", "invoices"],
    freeAfter: "25 minutes", // the turn of an account is long
    given: (cell) =>
      Effect.gen(function* () {
        const { charge } = yield* charged(cell, {})
        yield* pay(cell, charge)
        yield* notLookedUp
        yield* cell.control("infrapsp/control/transfers", { amount: 5_000 })
        const from = DateTime.subtract(yield* DateTime.now, { days: 2 })
        yield* Reconciliations.request(cell.owner, "infrapsp", { from })
        return {}
      }),
    wrong: (facts) => [
      ...paid(facts),
      ...count(
        "lines of the provider",
        facts.statement.filter(({ source }) => source.resource === "provider_line").length,
        1
      )
    ]
  }
]
