/**
 * The client side of SalesOS Payments: calls the API, and verifies the webhooks that it sends.
 */
export { Problems } from "@salesos/api"

export * as Client from "./Client.ts"
export * as Failures from "./Failures.ts"
export * as Paging from "./Paging.ts"
export * as Promised from "./Promised.ts"
export * as Retry from "./Retry.ts"
export { SalesOS } from "./SalesOS.ts"
export type { SalesOSOptions } from "./SalesOS.ts"
export * as Webhook from "./Webhook.ts"
