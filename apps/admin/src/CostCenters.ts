/** `salesos cost-centers` */
import { CostCenter, CostCenters } from "@salesos/core"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import * as Flags from "./Flags.ts"
import * as Operator from "./Operator.ts"
import * as Output from "./Output.ts"

const show = (list: ReadonlyArray<CostCenter.CostCenter>) => Output.rows(list, "None are registered: any code will do")

const set = Command.make(
  "set",
  {
    ...Flags.owner,
    list: Argument.String("code=name").pipe(
      Argument.withDescription("Every cost center there is to be, such as CC-MKT=Marketing; none to allow any code"),
      Argument.variadic()
    )
  },
  Effect.fnUntraced(function* ({ list, ...owner }) {
    const { cost_centers } = yield* CostCenter.decode({
      cost_centers: list.map((each) => {
        const [code = "", ...name] = each.split("=")
        return { code, name: name.join("=") }
      })
    })
    const registered = yield* Operator.audited(
      { action: "cost-centers set", owner, detail: { count: cost_centers.length } },
      CostCenters.replace(owner, cost_centers)
    )
    yield* show(registered)
  }, Operator.withGateway)
).pipe(Command.withDescription("Replace the list of cost centers"))

const list = Command.make(
  "list",
  Flags.owner,
  Effect.fnUntraced(function* (owner) {
    yield* show(yield* CostCenters.list(owner))
  }, Operator.withGateway)
).pipe(Command.withDescription("List the cost centers"))

export const costCenters = Command.make("cost-centers").pipe(
  Command.withDescription("What invoices and payouts may be filed under"),
  Command.withSubcommands([set, list])
)
