/** `salesos tenants` */
import { Errors, Ids } from "@salesos/core"
import { Operator as Store, Setup } from "@salesos/store-postgres"
import { DateTime, Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Flags from "./Flags.ts"
import * as Operator from "./Operator.ts"
import * as Output from "./Output.ts"

const TimeZone = Schema.String.check(
  Schema.makeFilter((text: string) => Option.isSome(DateTime.zoneMakeNamed(text)), {
    message: "Expected an IANA time zone, such as America/Sao_Paulo"
  })
)

const create = Command.make(
  "create",
  {
    name: Flag.String("name").pipe(
      Flag.withDescription("What you call it"),
      Flag.withSchema(Schema.String.check(Schema.isNonEmpty(), Schema.isMaxLength(255)))
    ),
    timeZone: Flag.String("time-zone").pipe(
      Flag.withDescription("Where its years begin, and so its numbers"),
      Flag.withSchema(TimeZone),
      Flag.withDefault("America/Sao_Paulo")
    ),
    latePayments: Flag.Literals("late-payments", ["accept", "refund"]).pipe(
      Flag.withDescription("What becomes of money that comes after an invoice's end"),
      Flag.withDefault("accept")
    ),
    letters: Flag.Literals("letters", ["on", "off"]).pipe(
      Flag.withDescription("Whether its payers and beneficiaries get receipts and fiscal documents by e-mail"),
      Flag.withDefault("on")
    )
  },
  Effect.fnUntraced(function* ({ latePayments, letters, name, timeZone }) {
    const id = yield* Ids.generate("ten")
    yield* Operator.audited(
      { action: "tenants create", subject: id },
      Setup.tenant({ id, name, timeZone, latePayments, letters: letters === "on" })
    )
    yield* Output.one({ id, name, time_zone: timeZone, late_payments: latePayments, letters: letters === "on" })
  }, Operator.withGateway)
).pipe(Command.withDescription("Create a tenant"))

const letters = Command.make(
  "letters",
  {
    tenant: Flags.tenant,
    sent: Argument.Literals("on|off", ["on", "off"]).pipe(Argument.withDescription("Whether letters are sent"))
  },
  Effect.fnUntraced(function* ({ sent, tenant }) {
    const changed = Effect.filterOrFail(
      Setup.letters(tenant, sent === "on"),
      (found) => found,
      () => new Errors.NotFound({ message: `There is no tenant ${tenant}` })
    )
    yield* Operator.audited({ action: "tenants letters", subject: tenant, detail: { letters: sent } }, changed)
    yield* Output.one({ id: tenant, letters: sent === "on" })
  }, Operator.withGateway)
).pipe(Command.withDescription("Send payers and beneficiaries receipts and fiscal documents by e-mail, or do not"))

const list = Command.make(
  "list",
  {},
  Effect.fnUntraced(function* () {
    const all = yield* Store.tenants
    yield* Output.rows(
      all.map((tenant) => ({ ...tenant })),
      "There are no tenants"
    )
  }, Operator.withGateway)
).pipe(Command.withDescription("List the tenants"))

export const tenants = Command.make("tenants").pipe(
  Command.withDescription("Who uses the gateway"),
  Command.withSubcommands([create, letters, list])
)
