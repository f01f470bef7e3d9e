/** What a resource consists of beside its own row, attempts and tax documents: written by the statement that writes the resource. */
import { Struct } from "effect"
import type { SqlClient, Statement } from "effect/sql"

/** The table of a kind of part; `Row` is one of its rows as JSON, without what names the resource. */
export interface Table<Part, Row> {
  readonly name: "charge_attempt" | "payout_attempt" | "tax_document"
  /** The resource, and the column that names it. */
  readonly of: "invoice" | "payout"
  /** What tells the parts of a resource apart. */
  readonly key: ("number" | "id") & keyof Part & keyof Row
  /** The types of the columns. */
  readonly columns: Readonly<Record<keyof Row & string, string>>
  /** The columns that stay as they were inserted. */
  readonly kept: ReadonlyArray<keyof Row & string>
  readonly toRow: (part: Part) => Row
}

/**
 * The parts of a write that follow `changed`, which gives tenant, environment and id where the change was written: what is other than it
 * was `before` is updated, then what was not there is inserted. `dueAt` says when a row `was` that becomes `r` is due.
 *
 * Not by `on conflict do update`: these tables have several unique indexes, and their rows are moved without the lease as they
 * fall due. PostgreSQL can overlook the row that is just moving in the index it is told of, and then fails by another one
 * (docs/decisions/0114).
 */
export const write = <Part, Row>(
  sql: SqlClient.SqlClient,
  { columns, kept, key, name, of, toRow }: Table<Part, Row>,
  before: ReadonlyArray<Part>,
  after: ReadonlyArray<Part>,
  dueAt: Statement.Fragment
): Statement.Fragment => {
  const changed = after.filter((part) => !before.includes(part))
  const isKnown = (part: Part) => before.some((each) => each[key] === part[key])
  const names = Struct.keys(columns)
  const changing = names.filter((column) => column !== "due_at" && !kept.includes(column))
  const types = sql.literal(names.map((column) => `${column} ${columns[column]}`).join(", "))
  const recordset = (parts: ReadonlyArray<Part>) =>
    sql`jsonb_to_recordset(${JSON.stringify(parts.map(toRow))}::jsonb) as r (${types})`
  return sql`
    ${sql(`${name}_updated`)} as (
      update ${sql(name)} was
      set ${sql.literal(changing.map((column) => `${column} = r.${column}`).join(", "))}, due_at = ${dueAt}
      from changed c, ${recordset(changed.filter(isKnown))}
      where (was.tenant, was.environment, was.${sql(of)}, was.${sql(key)}) = (c.tenant, c.environment, c.id, r.${sql(key)})
      returning 1
    ), ${sql(`${name}_inserted`)} as (
      insert into ${sql(name)} (tenant, environment, ${sql(of)}, ${sql.literal(names.join(", "))})
      select c.*, r.* from changed c, ${recordset(changed.filter((part) => !isKnown(part)))}
      where (select count(*) from ${sql(`${name}_updated`)}) >= 0 -- after it: one may take the place of the other
    )`
}
