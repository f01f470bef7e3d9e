/**
 * A captured creation as a pgbench script. Every parameter stays a parameter: what was a literal goes in as a variable
 * that never changes, and what differs between creations is computed from the number of the transaction and its tenant.
 */
import { ApiKeys } from "@salesos/store-postgres"
import type { Capture } from "./capture.ts"
import { idDigits, keyDigits } from "./tenants.ts"

export interface Script {
  readonly text: string
  /** For pgbench's `-D`: the parameters that are the same in every transaction. */
  readonly variables: ReadonlyArray<readonly [name: string, value: string]>
}

const lookup = (key: string): Uint8Array => ApiKeys.lookupOf(key)
const bytea = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString("hex")}`

const padded = (variable: string, length: number): string => `lpad(:${variable}::text, ${length}, '0')`

/** The text of what varies, and the SQL that gives it in a transaction: `:t` is its tenant, `:u` a number of its own. */
const replacements = ({ varying }: Capture): ReadonlyArray<readonly [text: string, sql: string]> => [
  [varying.tenant, `'ten_' || ${padded("t", idDigits)}`],
  [varying.key, "'pgbench-' || :u::text"],
  [varying.invoice, `'inv_' || ${padded("u", idDigits)}`],
  [varying.providerId, padded("u", varying.providerId.length)],
  [
    bytea(lookup(varying.apiKey)),
    `substring(sha256(convert_to('sk_test_' || ${padded("t", keyDigits)}, 'UTF8')) from 1 for ${lookup("").length})`
  ]
]

/**
 * Numbers grow with time, as the application's ids do, so that indexes grow where the application's would. `:base` is
 * given with each run.
 */
const prologue = (tenants: number, clients: number): ReadonlyArray<string> => [
  `\\set t random(1, ${tenants})`,
  "\\set n :n + 1",
  `\\set u :base + :n * ${clients} + :client_id`
]

export const make = (capture: Capture, tenants: number, clients: number): Script => {
  const variables: Array<readonly [string, string]> = []
  const rules = replacements(capture)

  const literal = (name: string, value: string): string => {
    variables.push([name, value])
    return `:${name}`
  }

  const expression = (name: string, value: string | null): string => {
    if (value === null) return "null" // a variable of pgbench can't be
    const pieces = rules.reduce<ReadonlyArray<{ readonly sql?: string; readonly text: string }>>(
      (all, [varies, sql]) =>
        all.flatMap((piece) =>
          piece.sql !== undefined
            ? [piece]
            : piece.text
                .split(varies)
                .flatMap((text, place) => (place === 0 ? [{ text }] : [{ sql, text: varies }, { text }]))
        ),
      [{ text: value }]
    )
    const kept = pieces.filter(({ sql, text }) => sql !== undefined || text !== "")
    const [only] = kept
    if (only === undefined) return literal(name, value)
    if (kept.length === 1) return only.sql === undefined ? literal(name, value) : `(${only.sql})`
    const parts = kept.map(({ sql, text }, place) => sql ?? `${literal(`${name}_${place}`, text)}::text`)
    return `(${parts.join(" || ")})`
  }

  const statements = capture.statements.map(({ parameters, sql }, place) =>
    sql.replace(/\$(\d+)/g, (_, number: string) =>
      expression(`s${place + 1}_${number}`, parameters[Number(number) - 1] ?? null)
    )
  )
  const header = [
    "-- One creation of a PIX invoice, as captured from the application and run by pgbench in its place.",
    "-- Made by `pnpm bench`; don't edit. Its variables:",
    "--",
    "-- :base is given with each run and :n begins at 0; both make every transaction's ids its own.",
    ...variables.map(([name, value]) => `-- :${name} = ${value.replaceAll(/\s*\n\s*/g, " ")}`)
  ]
  return {
    text: [...header, "", ...prologue(tenants, clients), "", ...statements.map((sql) => `${sql};\n`)].join("\n"),
    variables
  }
}
