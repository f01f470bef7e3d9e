/** The USD→BRL provider: PIX and bank transfer for SalesOS Payments, priced in dollars or reais. */
export { capabilities, defaultBaseUrls, facts, make, usdbrl } from "./Driver.ts"
