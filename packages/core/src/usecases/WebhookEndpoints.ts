/**
 * Registering and listing webhook endpoints.
 */
import { DateTime, Effect } from "effect"
import type { Keyed } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import * as Resources from "../models/Resources.ts"
import * as Webhook from "../models/Webhook.ts"
import type { Page } from "../ports/Operations.ts"
import { Webhooks } from "../ports/Webhooks.ts"
import * as Ids from "../values/Ids.ts"
import { type Answer, decided } from "./Execution.ts"

/**
 * Registers an endpoint. `secret` signs what is sent there; it is in this answer only, not in the one that is stored and
 * replayed. Fails with `IdempotencyKeyReused`.
 */
export const register = Effect.fn("WebhookEndpoints.register")(function* (
  owner: Owner,
  keyed: Keyed,
  request: Webhook.EndpointRequest,
  secret: string
) {
  const endpoint: Webhook.Endpoint = {
    id: yield* Ids.generate("we"),
    url: request.url,
    events: request.events,
    description: request.description ?? null,
    status: "enabled",
    createdAt: yield* DateTime.now
  }
  const resource = Resources.webhookEndpoint(endpoint)
  const stored = { status: 201, body: JSON.stringify(resource) }
  const registered = yield* (yield* Webhooks).register(owner, { ...endpoint, secret }, { keyed, response: stored })
  if (registered._tag !== "Registered") return yield* decided(registered)
  const response = { status: 201, body: JSON.stringify({ ...resource, secret }) }
  return { response, replayed: false } satisfies Answer
})

/** Endpoints of an owner, newest first. */
export const list = Effect.fn("WebhookEndpoints.list")(function* (owner: Owner, page: Page) {
  return yield* (yield* Webhooks).endpoints(owner, page)
})
