/**
 * Whose something is: one tenant in one environment. Sandbox and live are separate worlds, and every row, key and
 * number belongs to exactly one owner.
 */
import { Schema } from "effect"
import { TenantId } from "../values/Ids.ts"

export const Environment = Schema.Literals(["sandbox", "live"])
export type Environment = typeof Environment.Type

export const Owner = Schema.Struct({ tenant: TenantId, environment: Environment })
export type Owner = typeof Owner.Type
