/** The SellxPay provider: PIX in and out, boleto and card for SalesOS Payments. */
export { defaultBaseUrl } from "./Calls.ts"
export { capabilities, facts, make, sellxpay } from "./Driver.ts"
