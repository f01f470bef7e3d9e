/** What tests of real programs need: servers that end with a scope, ports that stay free, and clocks that are off. */
export * as Clocks from "./Clocks.ts"
export * as Ports from "./Ports.ts"
export * as Servers from "./Servers.ts"
