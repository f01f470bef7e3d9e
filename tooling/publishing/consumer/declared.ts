/** What a consumer's declarations name: every type in here is inferred, and must be reachable through the packages' exports. */
import { Api } from "@salesos/api"
import { Webhook } from "@salesos/client"
import {
  InDoubt,
  InvoiceRequest,
  Invoices,
  Lookups,
  Notifications,
  Observations,
  Routing,
  Statements,
  WebhookEndpoints
} from "@salesos/core"
import { Auditor, FakeProvider, Memory, StoreLaws, TestOwners } from "@salesos/core/testing"
import { make } from "@salesos/provider-infrapsp"
import { ApiKeys, Client, layer, Migrations, Setup, Vault } from "@salesos/store-postgres"
import { EmbeddedPostgres, TestDatabase } from "@salesos/store-postgres/embedded"

export const api = Api
export const webhook = { ...Webhook }
export const usecases = {
  ...InDoubt,
  ...Invoices,
  ...Lookups,
  ...Notifications,
  ...Observations,
  ...Statements,
  ...WebhookEndpoints
}
export const requests = { ...InvoiceRequest }
export const routing = { ...Routing }
export const testing = { ...Auditor, ...FakeProvider, ...Memory, ...StoreLaws, ...TestOwners }
export const driver = make
export const store = layer
export const stored = { ...ApiKeys, ...Client, ...Migrations, ...Setup, ...Vault }
export const embedded = { ...EmbeddedPostgres, ...TestDatabase }
