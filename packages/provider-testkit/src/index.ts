/** Proves a driver: `Conformance.suite(name, subject)` in a vitest file registers every law of the port. */
export * as Conformance from "./Conformance.ts"
export * as Probe from "./Probe.ts"
export type * from "./Subject.ts"
export * as Tell from "./Tell.ts"
export * as Taxes from "./taxes/index.ts"
