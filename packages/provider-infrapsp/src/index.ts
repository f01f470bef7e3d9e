/** The InfraPSP provider: charges by PIX and by payment link for SalesOS Payments. */
export { defaultBaseUrl } from "./Calls.ts"
export { capabilities, facts, infrapsp, make } from "./Driver.ts"
