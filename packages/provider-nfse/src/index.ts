/** Issues NFS-e, Brazil's service invoices, through the national system for SalesOS Payments. */
export { facts, issuer, nfse } from "./Driver.ts"
export { FiscalProfile, validate } from "./Profile.ts"
