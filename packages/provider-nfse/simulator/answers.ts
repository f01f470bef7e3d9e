/** Answers in the documented JSON. Every one tells the environment, the application and the time. */
import { readFileSync } from "node:fs"
import { Schema } from "effect"
import { HttpServerResponse } from "effect/http"

const texts = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Record(Schema.String, Schema.String)))(
  readFileSync(new URL("../data/refusals.json", import.meta.url), "utf8")
)

/** What is wrong, by its published code; `where` goes into the complement. */
export interface Complaint {
  readonly code: string
  readonly where?: string
  /** Instead of the published text. */
  readonly message?: string
}

const told = ({ code, message, where }: Complaint) => ({
  codigo: code,
  descricao: message ?? texts[code] ?? "Erro não catalogado.",
  ...(where === undefined ? {} : { complemento: where })
})

export const version = "SimuladorSefin_1.0"

/** Brasília's time, as the documents and the answers tell it. */
export const brasilia = (at: number): string => `${new Date(at - 3 * 3600 * 1000).toISOString().slice(0, 19)}-03:00`

const envelope = (environment: 1 | 2, at: number) => ({
  tipoAmbiente: environment,
  versaoAplicativo: version,
  dataHoraProcessamento: brasilia(at)
})

/** Makes answers of one environment. */
export const make = (environment: 1 | 2, now: () => number) => {
  const body = (more: object) => ({ ...envelope(environment, now()), ...more })
  /** Of documents, which have a list. */
  const list = (complaints: ReadonlyArray<Complaint>, reference?: string | null) =>
    body({ ...(reference == null ? {} : { idDPS: reference }), erros: complaints.map(told) })
  /** Of events and lookups, which have one in the document. The production system gives a list here too. */
  const single = (complaint: Complaint) => body({ erro: [told(complaint)] })
  return {
    body,
    list,
    single,
    ok: (more: object) => HttpServerResponse.jsonUnsafe(body(more)),
    errors: (status: number, complaints: ReadonlyArray<Complaint>, reference?: string | null) =>
      HttpServerResponse.jsonUnsafe(list(complaints, reference), { status }),
    /** One by its code, or in words where the document gives no code. */
    error: (status: number, complaint: Complaint | string) =>
      HttpServerResponse.jsonUnsafe(
        typeof complaint === "string" ? body({ erro: { descricao: complaint } }) : single(complaint),
        { status }
      )
  }
}
export type Answers = ReturnType<typeof make>
