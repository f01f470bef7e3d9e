/** PostgreSQL's log of statements, read back: what was executed, and with which parameters. */

/** A statement as the server got it. */
export interface Executed {
  /** The server process, one for each connection. */
  readonly pid: number
  readonly sql: string
  /** In the text form of their types, `$1` first; null for NULL. */
  readonly parameters: ReadonlyArray<string | null>
}

/** The setting `log_line_prefix` that this file reads. */
export const linePrefix = "pid %p "

const first = /^pid (\d+) (\w+): {2}(.*)$/
const parameter = /\$\d+ = (?:(NULL)|'((?:[^']|'')*)')/g

const parametersOf = (detail: string): ReadonlyArray<string | null> =>
  [...detail.matchAll(parameter)].map(([, isNull, text]) =>
    isNull !== undefined ? null : (text ?? "").replaceAll("''", "'")
  )

/** Statements in the order in which they were executed, from lines under {@link linePrefix}. */
export const read = (lines: ReadonlyArray<string>): ReadonlyArray<Executed> => {
  const entries: Array<{ pid: number; severity: string; text: string }> = []
  for (const line of lines) {
    const [, pid, severity, text] = first.exec(line) ?? []
    const last = entries.at(-1)
    if (pid !== undefined && severity !== undefined) entries.push({ pid: Number(pid), severity, text: text ?? "" })
    // A line that begins with a tab continues the one before.
    else if (last !== undefined && line.startsWith("\t")) last.text += `\n${line.slice(1)}`
  }
  return entries.flatMap(({ pid, severity, text }, place) => {
    const [, sql] = (severity === "LOG" && /^(?:execute [^:]*|statement): ([^]*)$/.exec(text)) || []
    if (sql === undefined) return []
    const next = entries[place + 1]
    const detail = next?.severity === "DETAIL" && next.pid === pid ? next.text : ""
    return [{ pid, sql: sql.trim(), parameters: parametersOf(detail) }]
  })
}
