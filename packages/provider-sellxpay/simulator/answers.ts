/**
 * Errors in the document's format ("Formato da Resposta de Erro").
 */
import type { Parse } from "@salesos/simulator-kit"
import { HttpServerResponse } from "effect/http"

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
