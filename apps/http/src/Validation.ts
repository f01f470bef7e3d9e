/** What a request that does not fit its schema is answered. */
import { Problems, Validation } from "@salesos/api"
import { FieldError } from "@salesos/core"
import { Effect } from "effect"
import { HttpApiMiddleware } from "effect/http-api"

export const layer = HttpApiMiddleware.layerSchemaErrorTransform(Validation.Validation, (error) =>
  // Our own answer is wrong: a bug, not the client's.
  error.kind === "Body" || error.kind === "ResponseHeaders"
    ? Effect.die(error.cause)
    : Effect.fail(
        new Problems.ValidationError({
          detail: "The request is not valid; nothing was stored",
          errors: FieldError.fromIssue(error.cause.issue)
        })
      )
)
