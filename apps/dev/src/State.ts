/**
 * What the first start makes up and later starts keep: keys, passwords and ids of the demo, in `.salesos/state.json` that
 * only its owner can read.
 */
import { Ids } from "@salesos/core"
import { Vault } from "@salesos/store-postgres"
import { Effect, Schema } from "effect"
import { randomBytes } from "node:crypto"
import { mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"

const State = Schema.Struct({
  tenant: Ids.TenantId,
  encryptionKey: Schema.String,
  databasePassword: Schema.String,
  apiKey: Schema.String,
  apiKeyId: Ids.ApiKeyId,
  webhookEndpoint: Ids.WebhookEndpointId,
  webhookSecret: Schema.String,
  notificationToken: Schema.String
})
export type State = typeof State.Type

export class UnreadableState extends Schema.TaggedError<UnreadableState>()("UnreadableState", {
  message: Schema.String
}) {}

const token = (bytes: number): string => randomBytes(bytes).toString("base64url")

const fresh = Effect.gen(function* () {
  return {
    tenant: yield* Ids.generate("ten"),
    encryptionKey: Vault.generateKey(),
    databasePassword: token(24),
    apiKey: `sk_test_${token(24)}`,
    apiKeyId: yield* Ids.generate("key"),
    webhookEndpoint: yield* Ids.generate("we"),
    webhookSecret: `whsec_${token(24)}`,
    notificationToken: token(24)
  } satisfies State
})

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(State))

/** The state in a directory, which is made on the first start. Fails with `UnreadableState`. */
export const load = Effect.fnUntraced(function* (directory: string) {
  const file = join(directory, "state.json")
  // Others may pass: as root, the database runs as another user and has its data in here. The file itself is ours alone.
  yield* Effect.promise(() => mkdir(directory, { recursive: true, mode: 0o755 }))
  const text = yield* Effect.promise(() => readFile(file, "utf8").catch(() => undefined))
  if (text !== undefined) {
    return yield* Effect.mapError(
      decode(text),
      () =>
        new UnreadableState({
          message: `${file} can't be read. Without its keys the data beside it is lost: restore it, or delete the directory`
        })
    )
  }
  const state = yield* fresh
  yield* Effect.promise(async () => {
    await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
    await rename(`${file}.new`, file)
  })
  return state
})
