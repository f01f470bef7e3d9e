/** What becomes known of a request while it is served: for its answer's headers and for the audit log. */
import type { ApiKeys, Ids, Owner } from "@salesos/core"
import { Context } from "effect"

export interface Facts {
  /** Where it comes from; null when that is not known. */
  address: string | null
  owner?: Owner.Owner
  key?: Ids.ApiKeyId
  /** Whether it changes what is managed: keys, cost centers, webhook endpoints. */
  managing?: boolean
  /** The id of what it made. */
  subject?: string
  /** How much of its hour the key has used, this request included. */
  usage?: ApiKeys.Usage
}

/** The facts of the request that is being served, which is the only one to write them. */
export const RequestFacts = Context.Reference<Facts>("@salesos/app-http/RequestFacts", {
  defaultValue: () => ({ address: null })
})
