import { Schema } from "effect"

/** Why there is no figure. The message is meant for whoever ran the bench. */
export class BenchError extends Schema.TaggedError<BenchError>()("BenchError", { message: Schema.String }) {}
