/**
 * Whether the service lives and can serve, for whoever runs it. No key is needed.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { BadRequest, problem, Unavailable } from "./Problems.ts"

export const Health = Schema.Struct({ status: Schema.Literal("ok") }).annotate({
  identifier: "Health",
  description: "All is well",
  examples: [{ status: "ok" }]
})

export class Group extends HttpApiGroup.make("system", { topLevel: true })
  .add(
    HttpApiEndpoint.get("healthz", "/healthz", { success: Health, error: problem(BadRequest) }).annotateMerge(
      OpenApi.annotations({
        summary: "Whether the process lives",
        description: "Looks at nothing but the process itself: restart it when this fails."
      })
    ),
    HttpApiEndpoint.get("readyz", "/readyz", {
      success: Health,
      error: [problem(BadRequest), problem(Unavailable)]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Whether requests can be served",
        description:
          "The database can be reached and its schema is the one this version needs. Send no requests while this fails."
      })
    )
  )
  .annotateMerge(
    OpenApi.annotations({ title: "System", description: "The state of the service, for whoever runs it." })
  ) {}
