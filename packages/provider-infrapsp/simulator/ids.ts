/**
 * The random identifiers that InfraPSP hands out.
 */
import { Ids } from "@salesos/simulator-kit"

/** An entity id: 21 characters of `[0-9a-zA-Z_]` (InfraPSP document, every `id`). */
export const entity = (ids: Ids.Ids): string => ids.of(`${Ids.alphanumeric}_`, 21)

/** The id of the bank behind InfraPSP, hexadecimal as in the document's example. */
export const provider = (ids: Ids.Ids): string => ids.hex(42)
