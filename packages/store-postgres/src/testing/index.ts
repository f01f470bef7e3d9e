/** For tests of what is built on the store: what it keeps and no port shows, time that passes at once, and ports for processes. */
export * as Inspection from "./Inspection.ts"
export * as MovableClock from "./MovableClock.ts"
export * as Ports from "./Ports.ts"
