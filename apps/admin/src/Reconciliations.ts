/** `salesos reconciliations`: what our books and the providers' statements say of each other. */
import { Ids, ReconciliationReport, Reconciliations } from "@salesos/core"
import { DateTime, Effect, FileSystem, Option, Path, Schema, Stdio, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Flags from "./Flags.ts"
import * as Operator from "./Operator.ts"
import * as Output from "./Output.ts"

const report = {
  ...Flags.owner,
  id: Argument.String("report").pipe(
    Argument.withDescription("A report's id, rec_…"),
    Argument.withSchema(Ids.ReconciliationId)
  )
}

const list = Command.make(
  "list",
  {
    ...Flags.owner,
    account: Flag.String("account").pipe(Flag.withDescription("Only those of this provider account"), Flag.optional),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("How many, at most"),
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
      Flag.withDefault(30)
    )
  },
  Effect.fnUntraced(function* ({ account, environment, limit, tenant }) {
    const filter = Option.isSome(account) ? { account: account.value } : {}
    const { data } = yield* Reconciliations.list({ tenant, environment }, filter, { limit })
    yield* Output.rows(
      data.map((each) => {
        const { balances: _, counts, sums: __, ...rest } = ReconciliationReport.json(each)
        return { ...rest, ...counts }
      }),
      "Nothing was reconciled"
    )
  }, Operator.withGateway)
).pipe(Command.withDescription("List reports, newest first"))

const show = Command.make(
  "show",
  {
    ...report,
    outcomes: Flag.Literals("outcome", ReconciliationReport.outcomes).pipe(
      Flag.withDescription("Only rows that came out like this; once for each"),
      Flag.atLeast(0)
    )
  },
  Effect.fnUntraced(function* ({ environment, id, outcomes, tenant }) {
    const owner = { tenant, environment }
    const found = yield* Reconciliations.get(owner, id)
    const rows = Reconciliations.rows(owner, id).pipe(
      Stream.filter(({ outcome }) => outcomes.length === 0 || outcomes.includes(outcome)),
      Stream.map(ReconciliationReport.rowJson)
    )
    yield* Output.streamed(ReconciliationReport.json(found), "rows", rows)
  }, Operator.withGateway)
).pipe(
  Command.withDescription("Show a report with its rows, one for every movement"),
  Command.withExamples([
    {
      command: "salesos reconciliations show rec_… --tenant ten_… --environment live --outcome different",
      description: "What is for a person to look at"
    }
  ])
)

/** Writes a file that is there as a whole or not at all, and only where there is none: beside its place, and then moved to it. */
const written = Effect.fnUntraced(function* <E, R>(out: string, bytes: Stream.Stream<Uint8Array, E, R>) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (yield* files.exists(out)) return yield* new Operator.Failed({ message: `${out} can't be written: it is there` })
  const beside = yield* files.makeTempDirectoryScoped({ directory: path.dirname(out), prefix: ".salesos-" })
  const file = path.join(beside, path.basename(out))
  yield* Stream.run(bytes, files.sink(file, { flag: "wx", mode: 0o600 }))
  yield* files.rename(file, out)
}, Effect.scoped)

const csv = Command.make(
  "csv",
  {
    ...report,
    out: Flag.String("out").pipe(
      Flag.withDescription("Where the file is written, which must not be there yet; standard output without"),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* ({ environment, id, out, tenant }) {
    const owner = { tenant, environment }
    yield* Reconciliations.get(owner, id)
    const lines = Stream.encodeText(Reconciliations.csv(owner, id))
    if (Option.isNone(out)) return yield* Stream.run(lines, (yield* Stdio.Stdio).stdout({ endOnDone: false }))
    yield* written(out.value, lines).pipe(
      Effect.catchTag("PlatformError", ({ message }) =>
        Effect.fail(new Operator.Failed({ message: `${out.value} can't be written: ${message}` }))
      )
    )
  }, Operator.withGateway)
).pipe(Command.withDescription("Write a report's rows as CSV"))

const request = Command.make(
  "request",
  {
    ...Flags.owner,
    account: Argument.String("account").pipe(Argument.withDescription("The provider account's name")),
    from: Flags.from(
      "From when on; without, from some days before --to or before what is covered already, whichever is earlier"
    ),
    to: Flags.to("Up to when; up to now without")
  },
  Effect.fnUntraced(function* ({ account, environment, from, tenant, to }) {
    const owner = { tenant, environment }
    const now = yield* DateTime.now
    const range = {
      ...(Option.isSome(from) ? { from: from.value } : {}),
      ...(Option.isSome(to) ? { to: to.value } : {})
    }
    const end = DateTime.min(
      Option.getOrElse(to, () => now),
      now
    )
    if (Option.exists(from, (begin) => DateTime.isGreaterThanOrEqualTo(begin, end))) {
      return yield* new Operator.Failed({
        message: `--from: Expected a time before --to and now: ${DateTime.formatIso(end)}`
      })
    }
    const detail = Object.fromEntries(Object.entries(range).map(([name, time]) => [name, DateTime.formatIso(time)]))
    yield* Operator.audited(
      { action: "reconciliations request", owner, subject: account, detail },
      Reconciliations.request(owner, account, range)
    )
    yield* Output.one({ account, ...range, requested: true })
  }, Operator.withGateway)
).pipe(Command.withDescription("Have a worker reconcile an account now"))

const schedules = Command.make(
  "schedules",
  Flags.owner,
  Effect.fnUntraced(function* (owner) {
    const all = yield* Reconciliations.schedules(owner)
    yield* Output.rows(
      all.map(({ account, coveredTo, failures, lastRun, nextAt, running }) => ({
        account,
        next_at: nextAt,
        covered_to: coveredTo,
        last_report: lastRun,
        failures,
        running
      })),
      "There are no provider accounts"
    )
  }, Operator.withGateway)
).pipe(Command.withDescription("List when each account is reconciled next, and up to when all of it is covered"))

export const reconciliations = Command.make("reconciliations").pipe(
  Command.withDescription("Our books and the providers' statements, compared"),
  Command.withSubcommands([list, show, csv, request, schedules])
)
