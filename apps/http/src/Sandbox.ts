/** Handlers of the sandbox group. */
import { Api } from "@salesos/api"
import { Ids, type Sandbox, SandboxActions } from "@salesos/core"
import { Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Requests from "./Requests.ts"

const isInvoiceId = Schema.is(Ids.InvoiceId)
const isPayoutId = Schema.is(Ids.PayoutId)

type Given = Parameters<typeof Requests.posted>[1] & { readonly params: { readonly id: string } }

const onInvoice = (action: Sandbox.ChargeAction) => (given: Given) =>
  Requests.act(`/sandbox/invoices/${given.params.id}/${action}`, given, (owner, keyed) =>
    Effect.flatMap(Requests.idOf(isInvoiceId, given.params.id, "invoice"), (id) =>
      SandboxActions.onInvoice(owner, keyed, id, action)
    )
  )

const onPayout = (given: Given) =>
  Requests.act(`/sandbox/payouts/${given.params.id}/return`, given, (owner, keyed) =>
    Effect.flatMap(Requests.idOf(isPayoutId, given.params.id, "payout"), (id) =>
      SandboxActions.onPayout(owner, keyed, id)
    )
  )

const whole = { uninterruptible: true } as const

export const layer = HttpApiBuilder.group(Api, "sandbox", (handlers) =>
  handlers
    .handleRaw("pay", onInvoice("pay"), whole)
    .handleRaw("expire", onInvoice("expire"), whole)
    .handleRaw("chargeback", onInvoice("chargeback"), whole)
    .handleRaw("return", onPayout, whole)
)
