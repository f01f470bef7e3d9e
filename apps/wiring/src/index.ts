/** What the HTTP API and the worker have in common. */
export * as Config from "./Config.ts"
export * as Destinations from "./Destinations.ts"
export * as EarlyRequests from "./EarlyRequests.ts"
export * as Gateway from "./Gateway.ts"
export * as Logging from "./Logging.ts"
export * as Metrics from "./Metrics.ts"
export * as PayerTokens from "./PayerTokens.ts"
export * as Process from "./Process.ts"
