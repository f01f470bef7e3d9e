/** `salesos show` and `salesos refund`. */
import { Ids, Invoices, Payouts, Refunds, Resources as Rendered, Settings } from "@salesos/core"
import { History } from "@salesos/store-postgres"
import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import * as Operator from "./Operator.ts"
import * as Output from "./Output.ts"
import * as Resources from "./Resources.ts"

const isInvoiceId = Schema.is(Ids.InvoiceId)
const isPayoutId = Schema.is(Ids.PayoutId)

const asRows = (list: ReadonlyArray<unknown>) => list.map((each) => ({ ...Object(each) }))

const rendered = Effect.fnUntraced(function* ({ id, owner }: History.Found) {
  if (isInvoiceId(id)) return Rendered.invoice(yield* Invoices.get(owner, id), yield* Settings.Settings)
  if (isPayoutId(id)) return Rendered.payout(yield* Payouts.get(owner, id))
  return yield* Effect.die("What was found has an id of its kind")
})

export const show = Command.make(
  "show",
  {
    ...Resources.named,
    raw: Flag.Boolean("raw").pipe(
      Flag.withDescription("Show what providers said word by word, payers' data included"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ raw, ...named }) {
    const found = yield* Resources.find(named)
    const resource = yield* rendered(found)
    // Who looks at a tenant's invoice is written down like who changes it.
    const history = yield* Operator.audited(
      { action: "show", owner: found.owner, subject: found.id, detail: { raw } },
      History.read(found, raw)
    )
    const { attempts, deliveries, entries, events, facts, letters, observations, requests } = history
    yield* Output.sections(
      { tenant: found.owner.tenant, environment: found.owner.environment, ...resource },
      {
        requests: asRows(requests),
        attempts: asRows(attempts),
        observations: asRows(observations),
        facts: asRows(facts),
        entries: asRows(entries),
        events: asRows(events),
        deliveries: asRows(deliveries),
        letters: asRows(letters)
      }
    )
  }, Operator.withGateway)
).pipe(
  Command.withDescription(
    "Show an invoice or a payout with its whole history: requests, attempts, observations, facts, ledger, events, deliveries, letters"
  )
)

export const refund = Command.make(
  "refund",
  {
    ...Resources.named,
    attempt: Flag.Int("attempt").pipe(
      Flag.withDescription("Give back what this attempt was paid, instead of what settled the invoice"),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* ({ attempt, ...named }) {
    const { id, owner } = yield* Resources.find(named)
    if (!isInvoiceId(id)) return yield* new Operator.Failed({ message: "Only an invoice can be refunded" })
    const refunded = yield* Operator.audited(
      {
        action: "refund",
        owner,
        subject: id,
        ...(Option.isSome(attempt) ? { detail: { attempt: attempt.value } } : {})
      },
      Refunds.refund(owner, id, Option.getOrUndefined(attempt))
    )
    const { amount_paid, amount_reversed, currency, our_number, status } = Rendered.invoice(
      refunded,
      yield* Settings.Settings
    )
    yield* Output.one({ id, our_number, status, amount_paid, amount_reversed, currency })
  }, Operator.withGateway)
).pipe(Command.withDescription("Give a payment back in full, at the provider that took it"))
