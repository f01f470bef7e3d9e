/**
 * The gateway's processes with their real layers, one of which may die: by SIGKILL, at the place that `DIE_AT` names. `ROLE` says
 * which: `http`, `worker`, `both` in one process, or `operator`, who refunds what `REFUND` names. All places that are passed are
 * written to the file `PLACES`.
 */
import { routes, serve } from "@salesos/app-http"
import { Config, Gateway, Process } from "@salesos/app-wiring"
import * as Worker from "@salesos/app-worker"
import {
  AccountLines,
  AccountRefusals,
  DeliveryQueue,
  Ids,
  Mails,
  Provider,
  ReconciliationStore,
  Refunds,
  Store,
  TaxIssuer,
  Webhooks
} from "@salesos/core"
import { Context, Effect, Layer } from "effect"
import { appendFileSync } from "node:fs"
import * as Bank from "./bank/Driver.ts"
import * as Places from "./Places.ts"

const variable = (name: string): string => process.env[name] ?? ""

const places = Places.make((place) => {
  if (variable("PLACES") !== "") appendFileSync(variable("PLACES"), `${place}\n`)
  if (place === variable("DIE_AT")) process.kill(process.pid, "SIGKILL")
})

type Ports = Layer.Success<ReturnType<typeof Gateway.layer>>

/** The gateway's ports, each of which may be the last. */
const watched = (config: Config.GatewayConfig) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const ports = yield* Effect.context<Ports>()
      const watch = <I extends Ports, A extends object>(name: string, port: Context.Service<I, A>) =>
        Layer.succeed(port, places.wrap(name, Context.get(ports, port)))
      const wrapped = yield* Layer.build(
        Layer.mergeAll(
          watch("invoices", Store.InvoiceStore),
          watch("payouts", Store.PayoutStore),
          watch("taxes", Store.TaxStore),
          watch("notifications", Store.Notifications),
          watch("refusals", AccountRefusals.AccountRefusals),
          watch("lines", AccountLines.AccountLines),
          watch("reconciliations", ReconciliationStore.ReconciliationStore),
          watch("deliveries", DeliveryQueue.DeliveryQueue),
          watch("webhooks", Webhooks.Webhooks),
          watch("mails", Mails.Mails),
          Layer.succeed(
            Provider.Drivers,
            Context.get(ports, Provider.Drivers).map((driver) => places.wrap(driver.name, driver))
          ),
          Layer.succeed(
            TaxIssuer.TaxIssuers,
            Context.get(ports, TaxIssuer.TaxIssuers).map((issuer) => places.wrap(issuer.name, issuer))
          )
        )
      )
      return Context.merge(ports, wrapped)
    })
  ).pipe(Layer.provide(Layer.provideMerge(Bank.added, Gateway.layer(config, `salesos-${variable("ROLE")}`))))

const api = serve(routes, { host: "127.0.0.1", port: Number(variable("PORT")) })
const worker = Layer.unwrap(Effect.map(Worker.Config.load, Worker.layer))

const refund = Effect.gen(function* () {
  const [tenant = "", invoice = ""] = variable("REFUND").split(" ")
  yield* Refunds.refund({ tenant: Ids.TenantId.make(tenant), environment: "sandbox" }, Ids.InvoiceId.make(invoice))
})

Process.runMain(
  Effect.gen(function* () {
    const ports = watched(yield* Config.load)
    switch (variable("ROLE")) {
      case "operator":
        return yield* Effect.provide(refund, ports)
      case "http":
        return yield* Layer.launch(Layer.provide(api, ports))
      case "worker":
        return yield* Layer.launch(Layer.provide(worker, ports))
      default:
        return yield* Layer.launch(Layer.provide(Layer.merge(api, worker), ports))
    }
  })
)
