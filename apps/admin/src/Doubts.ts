/** `salesos doubts`: what was perhaps done at a provider, and nobody knows. */
import { Doubts, Ids } from "@salesos/core"
import { Operator as Store } from "@salesos/store-postgres"
import { Effect, Schema } from "effect"
import { Command } from "effect/cli"
import * as Operator from "./Operator.ts"
import * as Output from "./Output.ts"
import * as Resources from "./Resources.ts"

const isInvoiceId = Schema.is(Ids.InvoiceId)
const isPayoutId = Schema.is(Ids.PayoutId)

const show = (list: ReadonlyArray<Store.Doubt>) =>
  Output.rows(
    list.map((doubt) => ({ ...doubt })),
    "Nothing is in doubt"
  )

const list = Command.make(
  "list",
  {},
  Effect.fnUntraced(function* () {
    yield* show(yield* Store.doubts)
  }, Operator.withGateway)
).pipe(Command.withDescription("List all that is in doubt, oldest first, and what a person was told lasts"))

const resolve = Command.make(
  "resolve",
  Resources.named,
  Effect.fnUntraced(function* (named) {
    const { id, owner } = yield* Resources.find(named)
    const about = Effect.map(Store.doubts, (all) => all.filter((doubt) => doubt.id === id))
    const before = yield* about
    if (before.length === 0) return yield* new Operator.Failed({ message: `Nothing about ${id} is in doubt` })
    const ask = Effect.gen(function* () {
      if (isPayoutId(id)) yield* Doubts.askAboutPayout(owner, id)
      if (isInvoiceId(id)) yield* Doubts.askAboutInvoice(owner, id)
    })
    yield* Operator.audited({ action: "doubts resolve", owner, subject: id }, ask)
    const after = yield* about
    yield* show(after)
    if (after.length > 0) {
      return yield* new Operator.Failed({
        message: (yield* Store.isTaken(owner, id))
          ? "Somebody else is at it now; `salesos doubts list` says in a while what came of it"
          : "The provider did not settle it yet; it is asked again by schedule, and never sent again by guess"
      })
    }
  }, Operator.withGateway)
).pipe(
  Command.withDescription(
    "Ask the provider now about what is in doubt of an invoice or a payout: its charges, their cancellations and refunds, its tax document"
  )
)

export const doubts = Command.make("doubts").pipe(
  Command.withDescription("What was perhaps done at a provider, and nobody knows"),
  Command.withSubcommands([list, resolve])
)
