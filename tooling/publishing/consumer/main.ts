/** A consumer of the packed packages: what it imports must be in them, and run on plain Node. */
import { Api, basePath } from "@salesos/api"
import { Webhook } from "@salesos/client"
import { Invoices } from "@salesos/core"
import { Memory } from "@salesos/core/testing"
import * as Money from "@salesos/core/values/Money"
import { capabilities } from "@salesos/provider-infrapsp"
import { Client, layer } from "@salesos/store-postgres"
import { EmbeddedPostgres } from "@salesos/store-postgres/embedded"

const header: string = await Webhook.sign({ payload: "{}", secret: "whsec_0123456789abcdef" })
const used = [Api, Invoices.create, Memory.layer, Money.toDecimal, Client.layer, layer, EmbeddedPostgres, header]
console.log(
  basePath,
  capabilities[0]?.method,
  used.every((value) => value !== undefined) ? "all there" : "something is missing"
)
