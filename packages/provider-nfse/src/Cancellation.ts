/** The request for a cancellation: event e101101, layout 1.01 (Anexo II v1.01-20260122). */
import type { DateTime } from "effect"
import { application, namespace, past, taxId, time } from "./Dps.ts"
import type { Issuer } from "./Profile.ts"
import * as Text from "./Text.ts"
import { document, element } from "./Xml.ts"

/** The events after which a document is canceled: by its issuer, by its substitution, upon analysis, and by the tax office. */
export const canceling = ["101101", "105102", "105104", "305101"] as const

/** `TSMotivo` wants 15 to 255 characters: a shorter reason is told with what it is a reason for. */
export const reasonOf = (reason: string): string => {
  const text = Text.line(reason, 255)
  return text.length >= 15 ? text : `Cancelamento: ${text === "" ? "sem motivo" : text}`
}

/** The request as XML, not signed yet. */
export const build = (
  profile: Issuer["profile"],
  { accessKey, reason }: { readonly accessKey: string; readonly reason: string },
  now: DateTime.Utc
): string => {
  const root = element(
    "pedRegEvento",
    [
      element(
        "infPedReg",
        [
          element("tpAmb", profile.environment === "production" ? "1" : "2"),
          element("verAplic", application),
          element("dhEvento", time(past(now))),
          taxId(profile.document, "Autor"),
          element("chNFSe", accessKey),
          element("e101101", [
            element("xDesc", "Cancelamento de NFS-e"),
            element("cMotivo", profile.cancellationCode),
            element("xMotivo", reasonOf(reason))
          ])
        ],
        { Id: `PRE${accessKey}101101` }
      )
    ],
    { versao: profile.layout, xmlns: namespace }
  )
  return root === null ? "" : document(root)
}
