/** For tests of what is built on the store: what it keeps and no port shows, and time that passes at once. */
export * as Inspection from "./Inspection.ts"
export * as MovableClock from "./MovableClock.ts"
