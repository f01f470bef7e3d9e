/**
 * What happens when a request, or our own answer, does not fit its schema.
 */
import { HttpApiMiddleware } from "effect/http-api"
import { BadRequest, problem, ServerError, ValidationError } from "./Problems.ts"

/** Turns decoding failures into problems. Innermost, right around the handlers. */
export class Validation extends HttpApiMiddleware.Service<Validation>()("@salesos/api/Validation", {
  error: [problem(BadRequest), problem(ValidationError), problem(ServerError)]
}) {}
