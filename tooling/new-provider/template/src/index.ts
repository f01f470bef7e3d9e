/** The NewPay driver. */
export { capabilities, defaultBaseUrl, facts, make, newpay } from "./Driver.ts"
