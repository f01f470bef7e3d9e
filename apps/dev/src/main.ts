/**
 * What `start` runs: the embedded database, the simulators, the API and the worker in one process, with a demo tenant.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { routes, serve } from "@salesos/app-http"
import { Gateway, Process } from "@salesos/app-wiring"
import * as Worker from "@salesos/app-worker"
import { Settings } from "@salesos/core"
import * as InfraPsp from "@salesos/provider-infrapsp/simulator"
import * as Nfse from "@salesos/provider-nfse/simulator"
import * as SellxPay from "@salesos/provider-sellxpay/simulator"
import * as UsdBrl from "@salesos/provider-usdbrl/simulator"
import { Migrations } from "@salesos/store-postgres"
import { EmbeddedPostgres } from "@salesos/store-postgres/embedded"
import { Effect, Layer, Option, Redacted } from "effect"
import { join, resolve } from "node:path"
import * as Config from "./Config.ts"
import * as Demo from "./Demo.ts"
import * as Inbox from "./Inbox.ts"
import * as State from "./State.ts"
import { welcome } from "./Welcome.ts"

/** `DATABASE_URL`, or a server of our own that lives as long as the scope. */
const database = Effect.fnUntraced(function* (
  url: Option.Option<string>,
  own: { readonly directory: string; readonly port: Option.Option<number>; readonly password: string }
) {
  if (Option.isSome(url)) return url.value
  const server = yield* EmbeddedPostgres.start({
    dataDir: join(own.directory, "postgres"),
    password: own.password,
    port: Option.getOrUndefined(own.port)
  })
  return server.url
})

const program = Effect.gen(function* () {
  const config = yield* Config.load
  const directory = resolve(config.directory)
  const worker = yield* Worker.Config.load
  const outbox = Option.getOrElse(worker.mail.outbox, () => join(directory, "outbox"))
  const state = yield* State.load(directory)
  const local = `http://127.0.0.1:${config.port}`
  const publicUrl = Option.getOrElse(config.publicUrl, () => local)
  const apiKey = Option.getOrElse(config.apiKey, () => state.apiKey)
  const url = yield* database(config.databaseUrl, {
    directory,
    port: config.databasePort,
    password: state.databasePassword
  })
  const gateway = Gateway.layer(
    {
      databaseUrl: Redacted.make(url),
      maxConnections: 20,
      encryptionKeys: Redacted.make(Option.getOrElse(config.encryptionKey, () => state.encryptionKey)),
      settings: { ...Settings.defaults, publicUrl }
    },
    "salesos"
  )
  const stateFile = (provider: string) => join(directory, `${provider}.jsonl`)
  const { infrapsp, sellxpay, usdbrl } = Demo.simulators
  const simulators = Layer.mergeAll(
    InfraPsp.layer({ ...infrapsp.credentials, prefix: infrapsp.prefix, stateFile: stateFile("infrapsp") }),
    SellxPay.layer({ ...sellxpay.credentials, prefix: sellxpay.prefix, stateFile: stateFile("sellxpay") }),
    UsdBrl.layer({ ...usdbrl.credentials, prefix: usdbrl.prefix, stateFile: stateFile("usdbrl") })
  )
  const { authority, own, taxpayer } = Nfse.keep(join(directory, "nfse"), Demo.taxpayer)
  const nfse = yield* Nfse.serve({
    authority,
    own,
    host: Config.nfseHost,
    port: config.nfsePort,
    stateFile: stateFile("nfse")
  })
  const inbox = Inbox.layer(Redacted.make(state.webhookSecret))
  const setUp = Demo.setUp(state, {
    apiKey,
    simulators: local,
    authority: { url: nfse.url, ca: authority, certificate: taxpayer },
    webhookUrl: Option.getOrElse(config.webhookUrl, () => `${local}${Inbox.path}`)
  })
  const server = serve(Layer.mergeAll(routes, simulators, inbox), config).pipe(Layer.provide(NodeFileSystem.layer))
  return yield* Layer.launch(
    Layer.effectDiscard(welcome({ apiKey, directory, outbox, url: publicUrl })).pipe(
      Layer.provide(
        Layer.mergeAll(server, Worker.layer({ ...worker, mail: { ...worker.mail, outbox: Option.some(outbox) } }))
      ),
      Layer.provide(Layer.effectDiscard(Effect.andThen(Migrations.migrate, setUp))),
      Layer.provide(gateway)
    )
  )
})

Process.runMain(Effect.scoped(program))
