/** `salesos refusals`: what providers refuse an account as a whole. */
import { AccountRefusals } from "@salesos/core"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import * as Flags from "./Flags.ts"
import * as Operator from "./Operator.ts"
import * as Output from "./Output.ts"

const list = Command.make(
  "list",
  Flags.owner,
  Effect.fnUntraced(function* (owner) {
    const standing = yield* (yield* AccountRefusals.AccountRefusals).list(owner)
    yield* Output.rows(
      standing.map(({ account, kind, message, probeAt, since }) => ({
        account,
        kind,
        since,
        probe_at: probeAt,
        message
      })),
      "No account is refused"
    )
  }, Operator.withGateway)
).pipe(Command.withDescription("List what is refused, oldest first"))

const clear = Command.make(
  "clear",
  {
    ...Flags.owner,
    account: Flag.String("account").pipe(Flag.withDescription("The provider account's name")),
    kinds: Flag.Literals("kind", AccountRefusals.Kind.literals).pipe(
      Flag.withDescription("What is served again; all of it without"),
      Flag.atLeast(0)
    )
  },
  Effect.fnUntraced(function* ({ account, environment, kinds, tenant }) {
    const owner = { tenant, environment }
    const refusals = yield* AccountRefusals.AccountRefusals
    const wanted = kinds.length === 0 ? AccountRefusals.Kind.literals : kinds
    const standing = (yield* refusals.list(owner)).filter(
      (each) => each.account === account && wanted.includes(each.kind)
    )
    if (standing.length === 0) return yield* new Operator.Failed({ message: `Nothing is refused to ${account}` })
    yield* Operator.audited(
      { action: "refusals clear", owner, subject: account, detail: { kinds: wanted.join(" ") } },
      refusals.clear(owner, account, wanted)
    )
    yield* Output.rows(
      standing.map(({ kind, message, since }) => ({ account, kind, since, message, cleared: true })),
      ""
    )
  }, Operator.withGateway)
).pipe(Command.withDescription("Say that an account is served again"))

export const refusals = Command.make("refusals").pipe(
  Command.withDescription("What providers refuse an account as a whole"),
  Command.withSubcommands([list, clear])
)
