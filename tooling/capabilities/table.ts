/** The capability table: what every driver was found to do at its simulator, as Markdown. */
import { globSync } from "node:fs"
import { join, resolve } from "node:path"
import { Money, type Provider } from "@salesos/core"
import type { Subject, Taxes } from "@salesos/provider-testkit"
import * as Probe from "@salesos/provider-testkit/Probe"
import { Effect } from "effect"

export const root = resolve(import.meta.dirname, "../..")

/** What every driver of payments is proven with; an issuer of tax documents moves no money. */
const subjects = Effect.forEach(globSync("packages/provider-*/test/subject.ts", { cwd: root }).toSorted(), (path) =>
  Effect.promise((): Promise<{ readonly subject: Subject | Taxes.Subject }> => import(join(root, path)))
).pipe(Effect.map((all) => all.flatMap(({ subject }) => ("charges" in subject ? [subject] : []))))

const decimal = (amount: number, currency: Provider.Capability["currency"]): string => {
  const [whole = "", fraction] = Money.toDecimal({ amount: Money.MinorUnits.make(amount), currency }).split(".")
  return `${whole.replaceAll(/\B(?=(\d{3})+$)/g, ",")}${fraction === undefined ? "" : `.${fraction}`}`
}

const span = (seconds: number | null): string => {
  if (seconds === null) return "–"
  const days = Math.round(seconds / 86_400)
  return days >= 1 ? `${days} ${days === 1 ? "day" : "days"}` : `${Math.round(seconds / 60)} minutes`
}

const yes = (so: boolean): string => (so ? "yes" : "–")

const what = (capability: Provider.Capability): string =>
  [
    capability.direction,
    capability.method.replace("_", " "),
    ...("card" in capability ? [`by ${capability.card}`] : [])
  ].join(" ")

const cells = ({ balance, name, rows, statement, status }: Probe.Probed): ReadonlyArray<ReadonlyArray<string>> =>
  rows.map(({ capability, expirySeconds, features }) => {
    const { country, currency, limits } = capability
    const can = (feature: (typeof features)[number]) => yes(features.includes(feature))
    return [
      `${name} (${status})`,
      what(capability),
      country,
      `${currency} ${decimal(limits.minimum, currency)}–${decimal(limits.maximum, currency)}`,
      capability.method === "boleto" ? "its due date" : span(expirySeconds),
      can("cancel"),
      can("refund"),
      can("lookup"),
      can("artifact_in_lookup"),
      yes(statement),
      yes(balance)
    ]
  })

const head = [
  "driver",
  "what",
  "country",
  "amount",
  "payable for",
  "cancel",
  "refund",
  "look-up",
  "artifact looked up",
  "statement",
  "balance"
]

/** Tries every driver and gives the table. */
export const table = Effect.gen(function* () {
  const probed = yield* Effect.forEach(yield* subjects, Probe.probe, {
    concurrency: "unbounded"
  })
  return [head, head.map(() => "---"), ...probed.flatMap(cells)].map((row) => `| ${row.join(" | ")} |`).join("\n")
})

const place = /(<!-- capabilities[^>]*-->\n)[^]*?(<!-- \/capabilities -->)/

/** A text with its capability table replaced. Fails where it has no place for one. */
export const replaced = (text: string, rows: string): string => {
  if (!place.test(text)) throw new Error("There is no <!-- capabilities --> … <!-- /capabilities -->")
  return text.replace(place, (_, begin: string, end: string) => `${begin}${rows}\n${end}`)
}
