/**
 * Deliveries of events to webhook endpoints: what is sent, what an answer means, and when a delivery is tried again.
 */
import { type DateTime, Duration, Schema } from "effect"
import type { DeliveryId, EventId, WebhookEndpointId } from "../values/Ids.ts"
import { spread } from "./Backoff.ts"
import type * as Events from "./Events.ts"
import type { Environment } from "./Owner.ts"

export const Status = Schema.Literals(["pending", "delivered", "failed"])
export type Status = typeof Status.Type

/** One event on its way to one endpoint. A redelivery is another one, of the same event. */
export interface Delivery {
  readonly id: DeliveryId
  readonly event: EventId
  readonly type: Events.Type
  readonly endpoint: WebhookEndpointId
  readonly status: Status
  /** How often it was tried, a try that nobody has heard of since included. */
  readonly tries: number
  /** Null when it will not be tried again. While its endpoint is disabled it waits, whatever the time. */
  readonly nextAttemptAt: DateTime.Utc | null
  readonly createdAt: DateTime.Utc
}

/** What is sent: the same body on every try, signed with each of the endpoint's secrets in force. */
export interface Outgoing {
  readonly id: DeliveryId
  readonly environment: Environment
  readonly url: string
  readonly secrets: ReadonlyArray<string>
  readonly type: Events.Type
  readonly body: string
}

/** What came back of one try. */
export interface Attempt {
  /** Null when no answer came. */
  readonly status: number | null
  /** The first 500 characters of the answer, or what went wrong. */
  readonly excerpt: string
  readonly duration: Duration.Duration
}

/** A try as it is kept. */
export interface Tried extends Attempt {
  /** 1, 2, 3 …; one that nobody has heard of since leaves a gap. */
  readonly number: number
  /** When it was over. */
  readonly at: DateTime.Utc
}

/** Only 2xx is success; a redirect is not followed. */
export const isDelivered = ({ status }: Attempt): boolean => status !== null && status >= 200 && status < 300

/** The endpoint says that it is gone, for good. */
export const isGone = ({ status }: Attempt): boolean => status === 410

/** How long one try may take. */
export const timeoutSeconds = 10

/** An endpoint that does not answer within this is served beside the others, so that they need not wait for it. */
const promptSeconds = 2

/** Whether an endpoint kept us waiting, or did not answer at all. */
export const isSlow = ({ duration, status }: Attempt): boolean =>
  status === null || Duration.isGreaterThan(duration, Duration.seconds(promptSeconds))

/** How often a delivery is tried before it has failed. */
export const maximumAttempts = 16

const delays: ReadonlyArray<Duration.Input> = [
  "5 seconds",
  "30 seconds",
  "2 minutes",
  "5 minutes",
  "15 minutes",
  "30 minutes",
  "1 hour",
  "2 hours",
  "4 hours",
  "6 hours",
  "8 hours",
  "10 hours",
  "12 hours",
  "14 hours",
  "14 hours"
]

/** The delay after so many tries: growing, three days in all. */
const delayAfter = (tries: number, random: number): Duration.Duration => spread(delays[tries - 1] ?? "14 hours", random)

/** What becomes of a delivery. */
export type Outcome =
  | { readonly _tag: "Delivered" }
  | { readonly _tag: "Failed" }
  | { readonly _tag: "Again"; readonly after: Duration.Duration }

/** What becomes of a delivery by its try number `number`. `random`, from 0 up to 1, spreads the next ones. */
export const outcome = (attempt: Attempt, number: number, random: number): Outcome => {
  if (isDelivered(attempt)) return { _tag: "Delivered" }
  return isGone(attempt) || number >= maximumAttempts
    ? { _tag: "Failed" }
    : { _tag: "Again", after: delayAfter(number, random) }
}
