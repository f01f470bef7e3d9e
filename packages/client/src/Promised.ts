/**
 * The API's endpoints as methods that take plain values and give promises, by type. Derived from the definition: an
 * endpoint that is added to it is a method here.
 *
 * What a method takes is one object: the parameters in the path, the query, and the body, which never share a name.
 */
import type { Api } from "@salesos/api"
import type { DateTime, Types } from "effect"
import type { HttpApi, HttpApiClient, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import type { Page } from "./Paging.ts"

export interface CallOptions {
  /**
   * For a POST: what makes it safe to send again, also by another process. 1 to 255 visible ASCII characters, unique for
   * each operation. One is made for each call when it is left out.
   */
  readonly idempotencyKey?: string | undefined
  /** Gives up when it is aborted. What was sent may be carried out all the same. */
  readonly signal?: AbortSignal | undefined
}

/** A page of a list, and by `for await` all of its items, each page asked for when it is needed. */
export interface PageOf<List extends Page<{ readonly id: string }>>
  extends Promise<List>, AsyncIterable<List["data"][number]> {}

/** A time may be given as a `Date`, or as text in ISO 8601. */
type Loose<Value> = [Extract<Value, DateTime.Utc>] extends [never]
  ? Value
  : Exclude<Value, DateTime.Utc> | Date | string

/** A part of a request; those that take nothing, or any name, add nothing. */
type Part<Value> = [Value] extends [never]
  ? {}
  : string extends keyof Value
    ? {}
    : { readonly [K in keyof Value]: Loose<Value[K]> }

/** What a method takes. */
export type Input<Endpoint extends HttpApiEndpoint.ConstraintRequest> = Types.Simplify<
  Part<Endpoint["~Params"]["Type"]> & Part<Endpoint["~Query"]["Type"]> & Part<Endpoint["~Payload"]["Type"]>
>

type Body<Success> = Success extends HttpApiSchema.withHeaders<infer Inner, infer _Headers> ? Inner : Success

/** What a method gives. */
export type Output<Endpoint extends HttpApiEndpoint.ConstraintRequest> = Body<
  HttpApiClient.SuccessType<Endpoint["~Success"]>
>

type Result<Endpoint extends HttpApiEndpoint.ConstraintRequest> = "starting_after" extends keyof Input<Endpoint>
  ? [Output<Endpoint>] extends [Page<{ readonly id: string }>]
    ? PageOf<Output<Endpoint>>
    : Promise<Output<Endpoint>>
  : Promise<Output<Endpoint>>

/** A method for an endpoint. */
export type Method<Endpoint extends HttpApiEndpoint.ConstraintRequest> =
  {} extends Input<Endpoint>
    ? (input?: Input<Endpoint>, options?: CallOptions) => Result<Endpoint>
    : (input: Input<Endpoint>, options?: CallOptions) => Result<Endpoint>

type Methods<Endpoints> = {
  readonly [
    Endpoint in Extract<Endpoints, HttpApiEndpoint.ConstraintRequest> as Endpoint["identifier"]
  ]: Method<Endpoint>
}

type OfGroups<Groups extends HttpApiGroup.Constraint> = {
  readonly [Group in Extract<Groups, { readonly topLevel: false }> as Group["identifier"]]: Methods<
    HttpApiGroup.Endpoints<Group>
  >
} & Methods<HttpApiGroup.Endpoints<Extract<Groups, { readonly topLevel: true }>>>

type OfApi<A> = A extends HttpApi.HttpApi<infer _Id, infer Groups> ? Types.Simplify<OfGroups<Groups>> : never

/** Every group of the API with a method for each of its endpoints, and the endpoints of no group. */
export type Promised = OfApi<typeof Api>
