import { describe, expect, it } from "vitest"
import { read } from "../statementLog.ts"

describe("the log of statements", () => {
  it("gives statements with their parameters, over several lines and with quotes", () => {
    const lines = [
      "pid 7 LOG:  execute effect_1: select 1",
      "\t      from t where a = $1 and b = $2",
      "pid 7 DETAIL:  Parameters: $1 = 'it''s $2 = ''x''', $2 = NULL, $3 = 'two",
      "\tlines'",
      "pid 8 LOG:  statement: begin"
    ]
    expect(read(lines)).toEqual([
      {
        pid: 7,
        sql: "select 1\n      from t where a = $1 and b = $2",
        parameters: ["it's $2 = 'x'", null, "two\nlines"]
      },
      { pid: 8, sql: "begin", parameters: [] }
    ])
  })

  it("passes over what is no statement", () => {
    expect(
      read([
        "PostgreSQL stand-alone",
        "pid 7 LOG:  checkpoint starting: time",
        "pid 7 ERROR:  no",
        "pid 7 STATEMENT:  x"
      ])
    ).toEqual([])
  })
})
