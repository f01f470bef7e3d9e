/**
 * The service that a document is about: an item of Lei Complementar 116/2003 as people write it (`1.05`, `01.05`), or the six
 * digits of the national list.
 */
import { Result } from "effect"
import { services } from "./Tables.ts"

/** Fields of the layout that depend on the service, and that a payment's request has none of. */
const groups: Readonly<Record<string, string>> = {
  obra: "the construction work",
  atvEvento: "the event"
}

/** What is wrong with a code: a message for people, the choices in it where there are several. */
export interface Wrong {
  readonly code: "invalid_service_code" | "ambiguous_service_code" | "unsupported_service_code"
  readonly message: string
}

const refuse = (code: Wrong["code"], message: string) => Result.fail({ code, message })

const described = (code: string): string => `${code} (${services.get(code)?.description ?? ""})`

/** The six digits of the national list, or what is wrong with the code. */
export const resolve = (text: string): Result.Result<string, Wrong> => {
  const item = /^(\d{1,2})\.(\d{2})$/.exec(text)
  const prefix = item === null ? text : `${item[1]?.padStart(2, "0")}${item[2]}`
  const found =
    item === null && !/^\d{6}$/.test(text) ? [] : [...services.keys()].filter((code) => code.startsWith(prefix))
  const [code, ...more] = found
  if (code === undefined) {
    return refuse(
      "invalid_service_code",
      "Expected an item of the service list, such as 01.05, or the six digits of a national service code"
    )
  }
  if (more.length > 0) {
    return refuse("ambiguous_service_code", `Expected the six digits of one of: ${found.map(described).join("; ")}`)
  }
  const group = services.get(code)?.group
  return group === undefined
    ? Result.succeed(code)
    : refuse(
        "unsupported_service_code",
        `A document of ${code} must tell of ${groups[group] ?? group}, which is not supported`
      )
}
