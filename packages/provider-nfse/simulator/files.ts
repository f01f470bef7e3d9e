/** Certificates kept in a directory, so that who trusts them once trusts them after a restart. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Certificates from "./certificates.ts"

/** What a simulator and one taxpayer need. */
export interface Kept {
  /** The certificate of the authority, in PEM. */
  readonly authority: string
  readonly own: Certificates.Pair
  readonly taxpayer: Certificates.A1
}

/** In milliseconds. */
const tenYears = 3650 * 24 * 3600 * 1000

/** Reads what is in `directory`, and makes what is not: files that only their owner can read. */
export const keep = (directory: string, holder: Certificates.Holder): Kept => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = (name: string) => join(directory, name)
  const pair = (name: string, make: () => Certificates.Pair): Certificates.Pair => {
    const certificate = path(`${name}.pem`)
    const key = path(`${name}.key`)
    if (!existsSync(certificate) || !existsSync(key)) {
      const made = make()
      writeFileSync(key, made.key, { mode: 0o600 })
      writeFileSync(certificate, made.certificate, { mode: 0o600 })
    }
    return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") }
  }
  const authority = pair("ca", () => Certificates.authority())
  const own = pair("server", () => Certificates.server(authority))
  const file = path("taxpayer.pfx")
  if (!existsSync(file)) {
    // Real ones last a year; nobody renews these.
    const notAfter = new Date(Date.now() + tenYears)
    writeFileSync(file, Buffer.from(Certificates.a1(authority, { notAfter, ...holder }).pfx, "base64"), { mode: 0o600 })
  }
  return {
    authority: authority.certificate,
    own,
    taxpayer: { pfx: readFileSync(file).toString("base64"), password: holder.password }
  }
}
