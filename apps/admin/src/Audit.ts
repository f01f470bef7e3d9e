/** `salesos audit` */
import { AuditVerify } from "@salesos/store-postgres"
import { Effect, Option, Schema, SchemaTransformation } from "effect"
import { Command, Flag } from "effect/cli"
import * as Operator from "./Operator.ts"
import * as Output from "./Output.ts"

const Head = Schema.String.check(
  Schema.isPattern(/^[1-9]\d{0,15}:[0-9a-f]{64}$/, { message: "Expected a batch's number and hash, such as 12:ab34…" })
).pipe(
  Schema.decodeTo(
    Schema.Struct({ number: Schema.Number, hash: Schema.String }),
    SchemaTransformation.transform({
      decode: (text) => ({ number: Number(text.split(":")[0]), hash: text.split(":")[1] ?? "" }),
      encode: ({ hash, number }) => `${number}:${hash}`
    })
  )
)

const verify = Command.make(
  "verify",
  {
    head: Flag.String("head").pipe(
      Flag.withDescription("A head that was told before, by the worker's log or by this command: NUMBER:HASH"),
      Flag.withSchema(Head),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* ({ head: expected }) {
    const { findings, head, ...counts } = yield* AuditVerify.verify(Option.getOrNull(expected))
    yield* Output.sections(
      { intact: findings.length === 0, ...counts, head: head === null ? null : `${head.number}:${head.hash}` },
      { findings: findings.map((finding) => ({ ...finding })) }
    )
    if (findings.length > 0) {
      return yield* new Operator.Failed({
        message: `The audit log is not as it was sealed: ${findings.length} findings`
      })
    }
  }, Operator.withDatabase)
).pipe(Command.withDescription("Find whether anybody has tampered with the audit log"))

export const audit = Command.make("audit").pipe(
  Command.withDescription("The log of requests and administrative acts"),
  Command.withSubcommands([verify])
)
