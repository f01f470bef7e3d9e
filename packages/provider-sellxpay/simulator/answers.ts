/**
 * Errors in the document's format ("Formato da Resposta de Erro"), and which of them a bad request gets.
 */
import type { Parse } from "@salesos/simulator-kit"
import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"

/** The codes of the document's table, and messages in its tone. */
const errors = {
  400: ["bad_request", "Requisicao mal formatada."],
  401: ["unauthorized", "Token invalido ou expirado."],
  403: ["forbidden", "Sem permissao: cash-out desabilitado."],
  404: ["not_found", "Recurso nao encontrado."],
  422: ["validation_error", "Os dados fornecidos sao invalidos."],
  429: ["too_many_requests", "Rate limit excedido."],
  500: ["server_error", "Erro interno do servidor."]
} as const

const isDocumented = (status: number): status is keyof typeof errors => status in errors

/** An error with a status of the document's table; any other one tells of a server error. */
export const failure = (
  status: number,
  headers: Readonly<Record<string, string>> = {}
): HttpServerResponse.HttpServerResponse => {
  const [error, message] = errors[isDocumented(status) ? status : 500]
  return HttpServerResponse.jsonUnsafe({ error, message }, { status, headers })
}

/** A 422 with a code of its own, such as `insufficient_balance`. */
export const refusal = (code: string, message: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe({ error: code, message }, { status: 422 })

/** A 422 naming the fields at fault. */
export const invalid = ({ paths }: Parse.Invalid): HttpServerResponse.HttpServerResponse => {
  const [error, message] = errors[422]
  return HttpServerResponse.jsonUnsafe(
    { error, message, errors: Object.fromEntries(paths.map((path) => [path, [`O campo ${path} e invalido.`]])) },
    { status: 422 }
  )
}

/** The body by its decoder, or the answer to one that is no good. */
export const read = <A>(
  decode: (value: unknown) => { readonly value: A } | { readonly invalid: Parse.Invalid }
): Effect.Effect<A, HttpServerResponse.HttpServerResponse, HttpServerRequest.HttpServerRequest> =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const body = yield* Effect.mapError(request.json, () => failure(400))
    const decoded = decode(body)
    return "invalid" in decoded ? yield* Effect.fail(invalid(decoded.invalid)) : decoded.value
  })
