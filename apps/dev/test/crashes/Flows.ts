/** What can be under way when a process dies. Nothing here says where: that is found by watching. */
import type { Gateway } from "@salesos/app-wiring"
import {
  type Ids,
  Idempotency,
  Invoices,
  type InvoiceRequest,
  Lookups,
  Money,
  Reconciliations,
  Refunds,
  Store,
  TaxDocuments,
  TaxSending
} from "@salesos/core"
import { type Auditor, PayoutSamples, Samples } from "@salesos/core/testing"
import { DateTime, Duration, Effect, type Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { Cell } from "./Cell.ts"

/** Nothing becomes of it by itself before the test is over. */
const amount = Money.Amount.make(123_98)

/** A request of a client, which is repeated with its key until it is answered for good. */
interface Request {
  readonly path: string
  readonly body: unknown
}

type Ports = Layer.Success<ReturnType<typeof Gateway.layer>>

export interface Given {
  readonly request?: Request
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
  readonly issuesDocuments?: true
  /** When others may go on after its process has died, where that is later than usual. */
  readonly freeAfter?: Duration.Input
  /** What there is before it, made in peace. */
  readonly given: (cell: Cell) => Effect.Effect<Given, unknown, Ports>
  /** What is not as it should be when all is over, besides what the auditor finds. */
  readonly wrong: (facts: Auditor.Facts) => ReadonlyArray<string>
}

const keyed = (key: string, body: unknown): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/", body)
})

/** An invoice with its charge. */
const charged = Effect.fnUntraced(function* ({ owner }: Cell, changes: Partial<InvoiceRequest.InvoiceRequest>) {
  const request = Samples.request({ amount, payment_method: { type: "pix" }, ...changes })
  yield* Invoices.create(owner, keyed("given", request), request)
  const { data } = yield* Invoices.list(owner, {}, { limit: 1 })
  const charge = data[0]?.attempts[0]?.providerId ?? null
  if (data[0] === undefined || charge === null) return yield* Effect.die(new Error("There is no charge"))
  return { id: data[0].id, charge }
})

const asked = { type: "nfse" } as const

const requestDocument = ({ owner }: Cell, id: Ids.InvoiceId) =>
  TaxDocuments.request(owner, keyed("document", asked), id, asked)

const sendDocuments = Effect.gen(function* () {
  const due = yield* (yield* Store.TaxStore).takeDue(10, Duration.seconds(30))
  yield* Effect.forEach(due, TaxSending.seeTo)
})

const pay = ({ control }: Cell, charge: string) => control(`infrapsp/control/charges/${charge}/pay`, {})

/** Whoever else would hear of it first has no reason to ask. */
const notLookedUp = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`update charge_attempt set due_at = clock_timestamp() + interval '1 day'`
})

const card = { payment_method: { type: "card" } } as const

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
const creating = (name: string, request: InvoiceRequest.PaymentMethod, charges: number): Flow => ({
  name,
  role: "http",
  given: () =>
    Effect.succeed({ request: { path: "/invoices", body: Samples.request({ amount, payment_method: request }) } }),
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
  {
    name: "cancel an invoice with its tax document",
    role: "http",
    issuesDocuments: true,
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
        const { charge, id } = yield* charged(cell, card)
        yield* pay(cell, charge)
        yield* Lookups.lookUp({ owner, invoice: id, attempt: 1 })
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
    name: "deliver a webhook",
    role: "worker",
    steps: ["deliveries"],
    given: (cell) =>
      Effect.gen(function* () {
        const { charge, id } = yield* charged(cell, {})
        yield* pay(cell, charge)
        yield* Lookups.lookUp({ owner: cell.owner, invoice: id, attempt: 1 })
        return {}
      }),
    wrong: (facts) => [...paid(facts), ...count("events", facts.events.length, 1)]
  },
  {
    name: "issue a tax document",
    role: "worker",
    steps: ["invoices", "taxes", "nfse"],
    issuesDocuments: true,
    given: (cell) =>
      Effect.gen(function* () {
        const { charge, id } = yield* charged(cell, {})
        yield* pay(cell, charge)
        yield* Lookups.lookUp({ owner: cell.owner, invoice: id, attempt: 1 })
        yield* requestDocument(cell, id)
        return {}
      }),
    wrong: (facts) => [...paid(facts), ...count("documents", issued(facts).length, 1)]
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
