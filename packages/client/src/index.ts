/**
 * The client side of SalesOS Payments: verifies the webhooks that the gateway sends.
 */
export * as Webhook from "./Webhook.ts"
