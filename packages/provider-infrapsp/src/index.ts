/** The InfraPSP provider: PIX charges for SalesOS Payments. */
export { capability, defaultBaseUrl, facts, infrapsp, make } from "./Driver.ts"
