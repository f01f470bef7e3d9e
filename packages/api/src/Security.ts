/**
 * Who may call what: the bearer key, the caller that it stands for, and the scope that an endpoint needs.
 */
import { Context, Schema } from "effect"
import { type HttpApiEndpoint, type HttpApiGroup, HttpApiMiddleware, HttpApiSecurity, OpenApi } from "effect/http-api"
import { InsufficientScope, IpNotAllowed, problem, RateLimited, Unauthorized, Unavailable } from "./Problems.ts"

/** What an API key may do: create and cancel, read, or manage. */
export const Scope = Schema.Literals(["payments:write", "payments:read", "payments:admin"])
export type Scope = typeof Scope.Type

/** Whom an API key stands for. */
export interface CallerValues {
  readonly tenant: string
  /** `sk_test_` keys reach only the sandbox, `sk_live_` keys only live. */
  readonly environment: "sandbox" | "live"
  /** The id of the API key, never the key itself. */
  readonly keyId: string
  readonly scopes: ReadonlyArray<Scope>
}

/** The caller of the request that is being served. */
export class Caller extends Context.Service<Caller, CallerValues>()("@salesos/api/Caller") {}

/** The scope that a group or an endpoint needs, as an annotation; the endpoint's own counts. Null needs none. */
export const RequiredScope = Context.Reference<Scope | null>("@salesos/api/RequiredScope", {
  defaultValue: () => null
})

/** The scope that an endpoint of a group needs, or null. */
export const requiredScope = (of: {
  readonly group: Pick<HttpApiGroup.Top, "annotations">
  readonly endpoint: Pick<HttpApiEndpoint.Top, "annotations">
}): Scope | null => Context.get(Context.merge(of.group.annotations, of.endpoint.annotations), RequiredScope)

/** Finds the caller by the bearer key, checks where the request comes from, counts it against the key's limit and checks the required scope. */
export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: Caller }>()(
  "@salesos/api/Authorization",
  {
    requiredForClient: true,
    security: {
      bearer: HttpApiSecurity.bearer.pipe(
        HttpApiSecurity.annotate(OpenApi.Description, "An API key: `sk_live_…`, or `sk_test_…` for the sandbox")
      )
    },
    error: [
      problem(Unauthorized),
      problem(InsufficientScope),
      problem(IpNotAllowed),
      problem(RateLimited),
      problem(Unavailable)
    ]
  }
) {}
