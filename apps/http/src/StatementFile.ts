/** The statement as a file: streamed row by row, so that its length is nobody's memory. */
import type { BalanceTransactions } from "@salesos/api"
import { FieldError, type Owner, StatementCsv, Statements } from "@salesos/core"
import { Cause, DateTime, Effect, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { statementFilter } from "./Queries.ts"

const mediaType = "text/csv"

/** The quality that an `Accept` header gives to a media type; 0 where it is not named. */
const qualityOf = (accept: string, wanted: string): number =>
  accept
    .toLowerCase()
    .split(",")
    .map((range) => range.split(";").map((part) => part.trim()))
    .filter(([name]) => name === wanted)
    .map(([, ...parameters]) => Number(parameters.find((each) => each.startsWith("q="))?.slice(2) ?? 1))
    .find((quality) => quality > 0) ?? 0

/** Whether a client asks for the file: it names `text/csv`, and no JSON that it would rather have. */
export const isWanted = (accept: string | undefined): boolean => {
  const quality = qualityOf(accept ?? "", mediaType)
  return quality > 0 && quality >= qualityOf(accept ?? "", "application/json")
}

const refuse = (field: string, message: string): FieldError.FieldError => ({ field, code: "not_applicable", message })

/** What of a query does not go with the representation that is asked for. Fails with `ValidationError`. */
export const check = (query: BalanceTransactions.BalanceTransactionQuery, asFile: boolean) => {
  const errors = asFile
    ? (["limit", "starting_after", "ending_before"] as const)
        .filter((field) => query[field] !== undefined)
        .map((field) => refuse(field, "A file has no pages: it is the whole statement"))
    : query.csv === undefined
      ? []
      : [refuse("csv", `Expected the header Accept: ${mediaType}`)]
  return errors.length === 0 ? Effect.void : Effect.fail(new FieldError.ValidationError({ errors }))
}

/** A spreadsheet takes a file for UTF-8 when it begins with this. */
const byteOrderMark = "\ufeff"

/**
 * The file. Its first rows are read before anything is answered, so that a database that is down is a 503; one that goes down on
 * the way breaks the connection off, and no half of a statement looks like a whole one.
 */
export const respond = Effect.fnUntraced(function* (
  owner: Owner.Owner,
  query: BalanceTransactions.BalanceTransactionQuery
) {
  const [format, beginning] = query.csv === "pt-BR" ? [StatementCsv.brazilian, byteOrderMark] : [StatementCsv.plain, ""]
  const rows = yield* Statements.all(owner, statementFilter(query))
  const body = rows.pipe(
    Stream.mapArray((some) => [some.map((row) => StatementCsv.line(row, format)).join("")]),
    Stream.prepend([`${beginning}${StatementCsv.header(format)}`]),
    Stream.encodeText,
    // A client that has enough is no error.
    Stream.tapCause((cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.logError("A statement broke off", cause)
    )
  )
  const day = DateTime.formatIsoDateUtc(yield* DateTime.now)
  return HttpServerResponse.stream(body, {
    contentType: `${mediaType}; charset=utf-8; header=present`,
    headers: {
      "content-disposition": `attachment; filename="balance-transactions-${day}.csv"`,
      "cache-control": "no-store",
      vary: "accept"
    }
  })
})
