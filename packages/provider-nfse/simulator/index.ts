/**
 * A simulator of Sefin Nacional: the national NFS-e system's API over mutual TLS, with the official schemas, its business rules by
 * their published codes, signatures, and cancellations. It is written from the public documents and shares nothing with the driver.
 */
export * as Certificates from "./certificates.ts"
export { keep, type Kept } from "./files.ts"
export { base, layer, type Options } from "./sefin.ts"
export { createServer, serve, type Serving } from "./server.ts"
